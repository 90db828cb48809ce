package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/render"
)

// Handler takes the messages of the queues: S3's events, and purges that were put
// off. What fails is reported, comes again, and ends among the dead letters.
type Handler struct {
	Ingester *Ingester
	// Invalidate has the CDN forget paths; the reference is one for each call. Nil:
	// there is no CDN.
	Invalidate func(ctx context.Context, reference string, paths []string) error
	// Later sends a message that comes back when no render that has begun by now
	// can be under way any more.
	Later func(ctx context.Context, message string) error
	// Exit ends the process after a decoder could not be stopped; nil is not to.
	Exit func(code int)
	Log  *slog.Logger
}

// spare is the time that has to be left to begin with a message, besides that of
// its render.
const spare = 10 * time.Second

// Handle deals with a batch. Messages for which no time is left are reported as
// failed.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	b := &work{Handler: h, failed: map[string]bool{}}
	for _, m := range batch.Records {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < h.Ingester.RenderTimeout+spare && m.MessageId != batch.Records[0].MessageId {
			b.fail(m.MessageId, errors.New("ingest: no time is left for it"))
			continue
		}
		if err := b.deal(ctx, m); err != nil {
			b.fail(m.MessageId, err)
		}
	}
	b.finish(ctx)
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, m := range batch.Records {
		if b.failed[m.MessageId] {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return response, nil
}

// work is one batch.
type work struct {
	*Handler
	failed map[string]bool // by message
	// stale are beginnings of payloads of which something may be cached that is no
	// more, and messages those that said so.
	stale, messages []string
	again           []purge.Original
}

func (b *work) fail(message string, err error) {
	b.failed[message] = true
	b.Log.Error("a message is not dealt with", "message", message, "error", err.Error())
	var e *render.Error
	if errors.As(err, &e) && e.Abandoned && b.Exit != nil {
		b.Exit(1) // it would take the processor away from all that comes
	}
}

func (b *work) deal(ctx context.Context, m events.SQSMessage) error {
	changes, purges, err := parseMessage(m.Body)
	if err != nil {
		return err
	}
	for _, c := range changes {
		original, isPutOff := purge.Original{Bucket: c.Bucket, Key: c.Key}, false
		stale, err := b.Ingester.Apply(ctx, c, func(ctx context.Context) error {
			err := b.putOff(ctx, original)
			isPutOff = err == nil
			return err
		})
		if len(stale) > 0 { // what was deleted before it failed is not found again
			if !isPutOff {
				b.again = append(b.again, original)
			}
			b.note(m.MessageId, stale)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Key, err)
		}
	}
	for _, o := range purges {
		stale, err := b.Ingester.Purge(ctx, o)
		b.note(m.MessageId, stale)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Key, err)
		}
	}
	return nil
}

func (b *work) note(message string, stale []string) {
	b.stale = append(b.stale, stale...)
	if !slices.Contains(b.messages, message) {
		b.messages = append(b.messages, message)
	}
}

// finish puts off the second purges that are not yet, and invalidates, once for the whole batch.
func (b *work) finish(ctx context.Context) {
	var err error
	if len(b.again) > 0 {
		err = b.putOff(ctx, b.again...)
	}
	if err == nil {
		err = b.invalidate(ctx)
	}
	if err == nil {
		return
	}
	for _, message := range b.messages {
		b.fail(message, err)
	}
}

// putOff has originals purged again later.
func (b *work) putOff(ctx context.Context, originals ...purge.Original) error {
	message, err := purgeMessage(originals)
	if err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	return b.Later(ctx, message)
}

func (b *work) invalidate(ctx context.Context) error {
	paths := b.Ingester.Purger.Paths(b.stale)
	if len(paths) == 0 || b.Invalidate == nil {
		return nil
	}
	return b.Invalidate(ctx, rand.Text(), paths)
}
