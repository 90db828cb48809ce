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
	Renders int // RENDERS: at once; the number of CPUs
	Queue   int // RENDER_QUEUE: that may wait for one; 4 for each render
	// MemoryMB that the renders together may count on (MEMORY_MB); 0 leaves each what a
	// function's render may take.
	MemoryMB        int
	Formats         []string      // AUTO_AVIF, AUTO_WEBP (Yes or true): offered unasked to requests of other languages, the best first; none
	ShutdownTimeout time.Duration // SHUTDOWN_TIMEOUT: for what is under way when the server is to stop; 30s
}

// The most that is allowed.
const (
	maxRenders         = 1024
	maxQueue           = 65536
	leastMemoryMB      = 128
	maxMemoryMB        = 1 << 20
	maxShutdownTimeout = 15 * time.Minute
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
	c.MemoryMB = number("MEMORY_MB", 0, leastMemoryMB, maxMemoryMB)
	c.Queue = number("RENDER_QUEUE", 4*c.Renders, 0, maxQueue)
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

// memoryShare of the memory is for renders; the rest is for what they read and answer.
const memoryShare = 0.6

// RenderBytes is what one render may take, when all are under way; 0 is not said.
func (c Config) RenderBytes() int {
	return int(float64(c.MemoryMB<<20) * memoryShare / float64(c.Renders))
}
