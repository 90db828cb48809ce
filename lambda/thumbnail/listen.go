package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/thumbfront/thumbfront/pkg/server"
)

// storeTime is what a request may take beside its render: it is stored, and its original
// looked at once more.
const storeTime = 10 * time.Second

// serve serves at an address until the process is told to end.
func serve(address string, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := server.ConfigFromEnv(os.Getenv)
	handler, cfg, err2 := newHandler(ctx, log)
	if err := errors.Join(err2, err); err != nil {
		return err
	}
	if bytes := c.RenderBytes(); bytes > 0 {
		handler.Renderer.Limits.MemoryBytes = bytes
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	edge := server.Edge{Access: cfg.Access, Epoch: cfg.Epoch, Languages: cfg.Languages, AutoPresets: cfg.Presets.Auto(), Formats: c.Formats}
	front := server.NewHandler(edge, handler.Thumbnails, handler, c.Renders, c.Queue, cfg.RenderTimeout+storeTime, log)
	return server.Run(ctx, listener, front, c.ShutdownTimeout, log)
}
