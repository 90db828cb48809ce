package lambda

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Invoke calls the function as an event source does, not by its URL: the event is any JSON, and so is the
// answer. It waits while all environments are busy. The error is the function's own failure, a process that
// ended, ctx's end, or a closed runtime.
func (rt *Runtime) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if len(event) > maxBuffered {
		return nil, errTooLarge
	}
	begun := time.Now()
	id := newRequestID()
	inv := newInvocation(id, newTraceID(http.Header{}, begun), event)
	inv.raw = true
	defer inv.body.Close()
	err := rt.dispatch(ctx, inv)
	for err == errThrottled && ctx.Err() == nil {
		rt.awaitChange(ctx)
		err = rt.dispatch(ctx, inv)
	}
	var answer []byte
	if err == nil {
		answer, err = inv.whole(ctx)
	}
	logger := rt.logger.With("function", rt.function.Name, "requestId", id, "duration", time.Since(begun))
	if err != nil {
		logger.Warn("an event is not dealt with", "error", err)
		return nil, err
	}
	logger.Info("an event is dealt with")
	return answer, nil
}

// whole reads the answer to its end.
func (inv *invocation) whole(ctx context.Context) ([]byte, error) {
	var h head
	select {
	case h = <-inv.head:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if h.err != nil {
		return nil, h.err
	}
	stop := context.AfterFunc(ctx, func() { inv.body.CloseWithError(ctx.Err()) })
	defer stop()
	return io.ReadAll(inv.body)
}

// throttledWait bounds a wait for a change that may have come just before it.
const throttledWait = 100 * time.Millisecond

// awaitChange waits until an environment may be free.
func (rt *Runtime) awaitChange(ctx context.Context) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	_ = rt.await(ctx, throttledWait) // the caller looks at ctx itself
}
