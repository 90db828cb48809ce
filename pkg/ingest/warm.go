package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Warmer has the presets of a picture made before anybody asks for them.
type Warmer struct {
	// Handler renders and stores a path, such as a [thumbnail.Handler]; nil makes
	// nothing.
	Handler http.Handler
	Presets thumburl.Presets
	Epoch   int
	// Sign gives the signature of a payload; nil leaves paths unsigned, as a
	// deployment shows presets that serves them so.
	Sign func(ctx context.Context, payload string) (string, error)
	// RenderTimeout is what one path may take: none is begun that might not end
	// before ctx does.
	RenderTimeout time.Duration
}

// variants that browsers ask for.
var variants = []thumburl.Format{thumburl.AVIF, thumburl.WebP, thumburl.JPEG}

// warm makes the presets of an original that are not among the stored ones. What
// fails is logged: the first viewer has it rendered then.
func (w Warmer) warm(ctx context.Context, log *slog.Logger, key string, stored []storage.Stored) {
	if w.Handler == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(w.Presets)) {
		paths, err := w.paths(ctx, name, key)
		if err != nil {
			log.Warn("a preset is not made", "key", key, "preset", name, "error", err.Error())
			continue
		}
		for _, path := range paths {
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < w.RenderTimeout+spare {
				log.Warn("no time is left for presets: the first viewers have them made", "key", key)
				return
			}
			if slices.ContainsFunc(stored, func(s storage.Stored) bool { return s.Key == path }) {
				continue
			}
			if status := w.ask(ctx, path); status != http.StatusOK {
				log.Warn("a preset is not made", "key", key, "preset", name, "status", status)
			}
		}
	}
}

// paths are those of a preset without the epoch's first slash: the S3 keys.
func (w Warmer) paths(ctx context.Context, preset, key string) ([]string, error) {
	payload, err := thumburl.Encode(thumburl.Request{Key: key, Preset: preset})
	if err != nil {
		return nil, err
	}
	path := thumburl.Path{Epoch: w.Epoch, Payload: payload}
	if w.Sign != nil {
		if path.Signature, err = w.Sign(ctx, payload); err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
	}
	if w.Presets[preset].OutputFormat != thumburl.Auto {
		return []string{path.String()}, nil
	}
	var paths []string
	for _, path.Variant = range variants {
		paths = append(paths, path.String())
	}
	return paths, nil
}

// ask has one path rendered and stored; 0 is an answer that was broken off,
// because the original changed meanwhile.
func (w Warmer) ask(ctx context.Context, path string) (status int) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/"+path, nil)
	if err != nil { // base64url and digits
		panic(err)
	}
	answer := statusWriter{header: http.Header{}}
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				panic(v)
			}
			status = 0
		}
	}()
	w.Handler.ServeHTTP(&answer, request)
	return answer.status
}

// statusWriter keeps nothing of an answer but its status.
type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header { return w.header }

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(p), nil
}
