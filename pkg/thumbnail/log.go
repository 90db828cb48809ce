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
	language             string // empty: the native one
	payload              string
	variant              thumburl.Format
	bucket, key, source  string
	sourceBytes          int
	fetch, render, store time.Duration
	picture              *render.Picture
	status               int // 0 until the answer has begun
	failed               *failure
	stored, unconfirmed  error
}

func (e *entry) fail(f failure) { e.failed = &f }

// write logs the line. It is a metric as well, in CloudWatch's embedded metric
// format, by function; what was not measured is not part of it.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (e *entry) write(log *slog.Logger, function string, r *http.Request, now time.Time) {
	attributes := []any{"method", r.Method, "status", e.status, "payload", e.payload, "FunctionName", function}
	if e.language != "" {
		attributes = append(attributes, "language", e.language)
	}
	var metrics []map[string]string
	metric := func(name, unit string, value any) {
		attributes = append(attributes, name, value)
		metrics = append(metrics, map[string]string{"Name": name, "Unit": unit})
	}
	count := func(name string, b bool) {
		n := 0
		if b {
			n = 1
		}
		metric(name, "Count", n)
	}
	duration := func(name string, d time.Duration) {
		if d > 0 {
			metric(name, "Milliseconds", float64(d.Microseconds())/1000)
		}
	}
	count("Requests", true)
	count("Renders", e.picture != nil)
	count("StoreFailures", e.stored != nil)
	count("ServerErrors", e.status >= 500)
	duration("FetchTime", e.fetch)
	duration("RenderTime", e.render)
	duration("StoreTime", e.store)
	duration("TotalTime", now.Sub(e.started))
	if e.picture != nil {
		metric("Bytes", "Bytes", len(e.picture.Body))
	}
	if e.key != "" {
		attributes = append(attributes, "bucket", e.bucket, "key", e.key)
	}
	if e.source != "" {
		attributes = append(attributes, "sourceURL", e.source)
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
		level = max(level, slog.LevelWarn)
	}
	attributes = append(attributes, "_aws", map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []map[string]any{{
			"Namespace": "thumbfront", "Dimensions": [][]string{{"FunctionName"}}, "Metrics": metrics,
		}},
	})
	log.Log(r.Context(), level, "request", attributes...)
}
