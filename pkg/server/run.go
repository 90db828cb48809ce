package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. A viewer sends a line and a few headers; an answer is a
// few megabytes at most, after a render.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	writeGrace        = time.Minute // on top of what a request may take
	maxHeaderBytes    = 16 << 10    // beside 8 KB of path
)

// ErrSpoiled is that a render could not be stopped: it takes CPU and memory as long as
// the process lives, so the process is to end, and to be started again.
var ErrSpoiled = errors.New("a render could not be stopped")

// Run serves until ctx ends, or until the function is spoiled. It then takes no new
// connections, and gives what is under way until shutdownTimeout.
func Run(ctx context.Context, listener net.Listener, h *Handler, shutdownTimeout time.Duration, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		WriteTimeout: maxLookupWait + maxRenderWait + 2*h.flights.timeout + maxBytesWait + writeGrace, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(boundedListener{listener, &h.connections}) }()
	log.Info("listening", "address", listener.Addr().String())
	var reason error
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-h.flights.spoiled:
		reason = ErrSpoiled
	case <-ctx.Done():
	}
	h.leaving.Store(true)
	log.Info("stopping: what is under way is finished first", "timeout", shutdownTimeout.String())
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return errors.Join(reason, server.Shutdown(ctx), h.flights.drain(ctx))
}
