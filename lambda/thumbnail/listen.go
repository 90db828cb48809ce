package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/thumbfront/thumbfront/pkg/server"
	"github.com/thumbfront/thumbfront/pkg/storage"
)

// storeTime is what a request may take beside its render: it is stored, and its original
// looked at once more.
const storeTime = 10 * time.Second

// gcPercent has the heap grow to five times of what lives, as far as its limit lets it: what is
// thrown away is much, and what lives little. It saves a fifth of the CPU time of a thumbnail
// from S3.
const gcPercent = 400

// serve serves at an address until the process is told to end.
func serve(address string, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := server.ConfigFromEnv(os.Getenv)
	handler, cfg, err2 := newHandler(ctx, log, config.WithHTTPClient(storage.HTTPClient(c.S3Connections())))
	if err := errors.Join(err2, err); err != nil {
		return err
	}
	// A source is part of its render.
	handler.Renderer.Limits.MemoryBytes = c.RenderBytes()
	handler.Renderer.Limits.SourceBytes = min(handler.Renderer.Limits.SourceBytes, c.RenderBytes())
	if os.Getenv("GOMEMLIMIT") == "" && os.Getenv("GOGC") == "" {
		debug.SetMemoryLimit(int64(c.HeapBytes()))
		debug.SetGCPercent(gcPercent)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	edge := server.Edge{Access: cfg.Access, Epoch: cfg.Epoch, Languages: cfg.Languages, AutoPresets: cfg.Presets.Auto(), Formats: c.Formats}
	front := server.NewHandler(edge, handler.Thumbnails, handler, c.Bounds(cfg.RenderTimeout+storeTime), log)
	return server.Run(ctx, listener, front, c.ShutdownTimeout, log)
}
