package server

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Config is what the environment says of the server, beside what it says of the function.
type Config struct {
	Renders     int // RENDERS: at once; the number of CPUs
	RenderQueue int // RENDER_QUEUE: that may wait for one; 4 for each render
	// Lookups in the thumbnails bucket at once (LOOKUPS); 16 for each CPU, which is what keeps
	// one busy where S3 takes some 20 ms. Each has a connection to S3 and a few dozen
	// kilobytes, beside the thumbnail that it brings.
	Lookups     int
	LookupQueue int // LOOKUP_QUEUE: that may wait for one; 4 for each lookup
	// Connections of viewers at once (CONNECTIONS); as many as take a tenth of the memory.
	Connections int
	// MemoryMB of the server in all (MEMORY_MB); 1792 for each render. Renders share 60 %
	// of it, and the answers that are in memory 20 %: what was looked up or rendered and is
	// on its way to a viewer. The rest is for connections, what renders read, and what the
	// collector has not found yet.
	MemoryMB        int
	Formats         []string      // AUTO_AVIF, AUTO_WEBP (Yes or true): offered unasked to requests of other languages, the best first; none
	ShutdownTimeout time.Duration // SHUTDOWN_TIMEOUT: for what is under way when the server is to stop; 30s
}

// The most that is allowed, and what is meant where nothing is said.
const (
	maxRenders         = 1024
	maxLookups         = 1024
	maxQueue           = 65536
	maxConnections     = 1 << 20
	leastMemoryMB      = 128
	maxMemoryMB        = 1 << 20
	maxShutdownTimeout = 15 * time.Minute

	defaultLookups    = 16   // for each CPU
	defaultMemoryMB   = 1792 // for each render
	defaultQueueTimes = 4
)

// ConfigFromEnv reads the configuration. The error names every variable that is wrong.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	var errs []error
	wrong := func(name, allowed string) {
		errs = append(errs, fmt.Errorf("%s is %q, want %s", name, getenv(name), allowed))
	}
	number := func(name string, otherwise, least, most int) int {
		n, err := strconv.Atoi(getenv(name))
		if getenv(name) == "" {
			return otherwise
		}
		if err != nil || n < least || n > most {
			wrong(name, fmt.Sprintf("a whole number from %d to %d", least, most))
		}
		return n
	}
	c := Config{ShutdownTimeout: 30 * time.Second}
	c.Renders = number("RENDERS", runtime.GOMAXPROCS(0), 1, maxRenders)
	c.RenderQueue = number("RENDER_QUEUE", defaultQueueTimes*c.Renders, 0, maxQueue)
	c.Lookups = number("LOOKUPS", min(defaultLookups*runtime.GOMAXPROCS(0), maxLookups), 1, maxLookups)
	c.LookupQueue = number("LOOKUP_QUEUE", defaultQueueTimes*c.Lookups, 0, maxQueue)
	c.MemoryMB = number("MEMORY_MB", defaultMemoryMB*c.Renders, leastMemoryMB, maxMemoryMB)
	c.Connections = number("CONNECTIONS", min(c.share(connectionShare)/connectionBytes, maxConnections), 1, maxConnections)
	for _, format := range []string{"avif", "webp"} {
		switch strings.ToLower(getenv("AUTO_" + strings.ToUpper(format))) {
		case "yes", "true":
			c.Formats = append(c.Formats, format)
		}
	}
	if text := getenv("SHUTDOWN_TIMEOUT"); text != "" {
		var err error
		if c.ShutdownTimeout, err = time.ParseDuration(text); err != nil || c.ShutdownTimeout <= 0 || c.ShutdownTimeout > maxShutdownTimeout {
			wrong("SHUTDOWN_TIMEOUT", "a duration such as 30s, at most "+maxShutdownTimeout.String())
		}
	}
	return c, errors.Join(errs...)
}

// How the memory is shared; what is left is for the rest of the process.
const (
	renderShare     = 0.6
	answerShare     = 0.2
	connectionShare = 0.1
	connectionBytes = 32 << 10 // buffers, stacks, and a request
)

func (c Config) share(part float64) int { return int(float64(c.MemoryMB<<20) * part) }

// RenderBytes is what one render may take, when all are under way.
func (c Config) RenderBytes() int { return c.share(renderShare) / c.Renders }

// HeapBytes is what all but the renders' pixels may take: Go's memory limit.
func (c Config) HeapBytes() int { return c.share(1 - renderShare) }

// S3Connections are in use at once: one of each lookup, and two of each render,
// which is stored while its original is looked at.
func (c Config) S3Connections() int { return c.Lookups + 2*c.Renders }

// Bounds are those of a handler; timeout is that of one lookup, and of one render.
func (c Config) Bounds(timeout time.Duration) Bounds {
	return Bounds{Renders: c.Renders, RenderQueue: c.RenderQueue, Lookups: c.Lookups, LookupQueue: c.LookupQueue, Connections: c.Connections,
		AnswerBytes: int64(c.share(answerShare)), Timeout: timeout}
}
