package stack

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Server is the thumbnail function's executable as a server of its own.
type Server struct {
	URL     string
	PID     int
	command *exec.Cmd
	ended   func() error // waits for it
}

// Listen starts one at a free port, over the S3 of a stack and with the development secret, and
// returns when it listens. The environment adds to its variables and replaces them; log gets
// what it prints.
func Listen(bootstrap, s3URL string, log io.Writer, environment ...string) (*Server, error) {
	command := exec.Command(bootstrap, "-listen", "127.0.0.1:0")
	command.Env = append([]string{
		"AWS_REGION=" + Region, "AWS_ACCESS_KEY_ID=" + Admin.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + Admin.SecretAccessKey,
		"AWS_ENDPOINT_URL_S3=" + s3URL, "ORIGINALS_BUCKET=" + OriginalsBucket, "THUMBNAILS_BUCKET=" + ThumbnailsBucket,
		"SIGNING_SECRET=" + thumburl.DevelopmentSecret, "ALLOW_DEVELOPMENT_SECRET=true",
	}, environment...)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &Server{PID: command.Process.Pid, command: command}
	address, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(out)
		for listens := false; ; {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var entry struct{ Msg, Address string }
			if !listens && json.Unmarshal(line, &entry) == nil && entry.Msg == "listening" {
				listens = true
				address <- entry.Address
			}
			_, _ = log.Write(line) // a log that can't be kept stops nothing
		}
	}()
	s.ended = sync.OnceValue(func() error {
		<-read // Wait closes the pipe
		return command.Wait()
	})
	select {
	case a := <-address:
		s.URL = "http://" + a
		return s, nil
	case <-read:
		return nil, fmt.Errorf("the server does not start: %w", s.ended())
	}
}

// Stop tells it to end, and waits until it has.
func (s *Server) Stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.ended()
}

// Kill ends it at once. It may have ended before.
func (s *Server) Kill() {
	_ = s.command.Process.Kill()
	_ = s.ended() // it was killed
}
