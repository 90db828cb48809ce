package lambda_test

import (
	"context"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/lambda"
)

func TestInvoke(t *testing.T) {
	f := start(t, nil)
	// What would describe an HTTP answer is an event source's as it is.
	got, err := f.runtime.Invoke(t.Context(), []byte(`{"rawPath":"/buffered","body":"{\"statusCode\":404}"}`))
	if err != nil || string(got) != `{"statusCode":404}` {
		t.Errorf("got %s, %v", got, err)
	}
	for _, path := range []string{"/error", "/panic"} {
		if _, err := f.runtime.Invoke(t.Context(), []byte(`{"rawPath":"`+path+`"}`)); err == nil || !strings.Contains(err.Error(), "as asked") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := f.runtime.Invoke(t.Context(), []byte(strings.Repeat(" ", 7<<20))); err == nil {
		t.Error("an event of 7 MB")
	}
}

func TestInvokeWaitsWhileAllAreBusy(t *testing.T) {
	f := start(t, func(o *lambda.Options) { o.Function.ReservedConcurrentExecutions = 1 })
	first := make(chan error, 1)
	go func() {
		_, err := f.runtime.Invoke(t.Context(), []byte(`{"rawPath":"/hold","requestContext":{"http":{"method":"GET"}}}`))
		first <- err
	}()
	held := <-f.held
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		_, err := f.runtime.Invoke(ctx, []byte(`{"rawPath":"/buffered"}`))
		second <- err
	}()
	cancel()
	if err := <-second; err == nil {
		t.Error("a call that nobody waits for any more was made")
	}
	go func() {
		_, err := f.runtime.Invoke(t.Context(), []byte(`{"rawPath":"/buffered","body":"{}"}`))
		second <- err
	}()
	held.release()
	if err := <-first; err != nil {
		t.Error(err)
	}
	<-f.done
	if err := <-second; err != nil {
		t.Error(err)
	}
}
