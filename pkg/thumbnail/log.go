package thumbnail

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// entry collects what the one log line of a request says. Neither a secret nor
// a signature, which is as good as one, is part of it.
type entry struct {
	started              time.Time
	payload              string
	variant              thumburl.Format
	bucket, key          string
	sourceBytes          int
	fetch, render, store time.Duration
	picture              *render.Picture
	status               int // 0 until the answer has begun
	failed               *failure
	stored, unconfirmed  error
}

func (e *entry) fail(f failure) { e.failed = &f }

// metrics of CloudWatch's embedded metric format: the log line is the metric.
var metrics = []map[string]string{
	{"Name": "Requests", "Unit": "Count"}, {"Name": "Renders", "Unit": "Count"},
	{"Name": "StoreFailures", "Unit": "Count"}, {"Name": "ServerErrors", "Unit": "Count"},
	{"Name": "FetchTime", "Unit": "Milliseconds"}, {"Name": "RenderTime", "Unit": "Milliseconds"},
	{"Name": "StoreTime", "Unit": "Milliseconds"}, {"Name": "Bytes", "Unit": "Bytes"},
}

func (e *entry) write(log *slog.Logger, r *http.Request, now time.Time) {
	count := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	bytes := 0
	if e.picture != nil {
		bytes = len(e.picture.Body)
	}
	attributes := []any{
		"method", r.Method, "status", e.status, "payload", e.payload,
		"Requests", 1, "Renders", count(e.picture != nil),
		"StoreFailures", count(e.stored != nil), "ServerErrors", count(e.status >= 500),
		"FetchTime", ms(e.fetch), "RenderTime", ms(e.render), "StoreTime", ms(e.store),
		"TotalTime", ms(now.Sub(e.started)), "Bytes", bytes,
	}
	if e.key != "" {
		attributes = append(attributes, "bucket", e.bucket, "key", e.key)
	}
	if p := e.picture; p != nil {
		attributes = append(attributes, "source", p.Source.Kind, "sourceBytes", e.sourceBytes,
			"format", p.Format.String(), "variant", e.variant.String(), "width", p.Width, "height", p.Height)
	}
	level := slog.LevelInfo
	if f := e.failed; f != nil {
		attributes = append(attributes, "code", f.code, "message", f.message)
		if f.cause != nil {
			attributes = append(attributes, "cause", f.cause.Error())
		}
		if f.status >= 500 {
			level = slog.LevelError
		}
	}
	if e.stored != nil {
		attributes = append(attributes, "storeError", e.stored.Error())
		level = slog.LevelError
	}
	if e.unconfirmed != nil {
		attributes = append(attributes, "confirmError", e.unconfirmed.Error())
		level = slog.LevelWarn
	}
	attributes = append(attributes, "_aws", map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []map[string]any{{
			"Namespace": "thumbfront", "Dimensions": [][]string{{}}, "Metrics": metrics,
		}},
	})
	log.Log(r.Context(), level, "request", attributes...)
}
