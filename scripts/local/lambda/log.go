package lambda

import "bytes"

// maxLine is where a line without an end is cut, as CloudWatch cuts an event.
const maxLine = 256 << 10

// writeLog passes a line of any environment on.
func (rt *Runtime) writeLog(line []byte) {
	rt.logMu.Lock()
	defer rt.logMu.Unlock()
	// A log that can't be written is no reason to stop the function.
	_, _ = rt.logWriter.Write(line)
}

// lineWriter passes on whole lines, each with its line feed.
type lineWriter struct {
	write func(line []byte)
	rest  []byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			break
		}
		l.write(l.rest[:end+1])
		l.rest = l.rest[end+1:]
	}
	if len(l.rest) >= maxLine {
		l.flush()
	}
	return len(p), nil
}

// flush ends the line that has no end yet.
func (l *lineWriter) flush() {
	if len(l.rest) > 0 {
		l.write(append(l.rest, '\n'))
		l.rest = nil
	}
}
