package edge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

// Ten times of what the function could render waited in line for S3 and for each other, and
// was refused after a second and more.
func TestRequestsBeyondTheLimitAreRefusedAtOnce(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		o.OriginRequests = 1
		o.Distribution.CustomErrorResponses = nil // so that errors are cached for 10 s
	})
	asked, release := make(chan string, 9), make(chan struct{})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if strings.HasSuffix(r.URL.Path, "/slow") {
			<-release
		}
		write(w, http.StatusOK, "picture", "Cache-Control", "max-age=60")
	})
	s.get("/cached").want(t, http.StatusOK, "picture", "Miss")
	<-asked
	answers := make(chan answer, 2)
	slow := func() { answers <- s.get("/slow") }
	go slow()
	<-asked

	refused := s.get("/other")
	if refused.status != http.StatusServiceUnavailable || !strings.Contains(refused.body, "503 ERROR") || refused.header.Get("X-Cache") != "Error from cloudfront" {
		t.Fatalf("a request beyond the limit: %d %q %v", refused.status, refused.body, refused.header)
	}
	refused.wantHeader(t, "Retry-After", "1")
	s.get("/cached").want(t, http.StatusOK, "picture", "Hit")
	go slow() // for what is on its way there is no limit
	close(release)
	for range 2 {
		if a := <-answers; a.status != http.StatusOK || a.body != "picture" {
			t.Errorf("of two for one picture, one gets %d %q", a.status, a.body)
		}
	}
	s.get("/other").want(t, http.StatusOK, "picture", "Miss")
	wantCount(t, "S3", s.s3, 3)
}

// What has expired is better than a refusal.
func TestStaleBeyondTheLimit(t *testing.T) {
	s := newStack(t, func(o *edge.Options) { o.OriginRequests = 1 })
	asked, release := make(chan struct{}, 9), make(chan struct{})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		if strings.HasSuffix(r.URL.Path, "/slow") {
			<-release
		}
		write(w, http.StatusOK, "picture", "Cache-Control", "max-age=60")
	})
	s.get("/old").want(t, http.StatusOK, "picture", "Miss")
	<-asked
	s.clock.advance(2 * time.Minute)
	done := make(chan answer, 1)
	go func() { done <- s.get("/slow") }()
	<-asked
	s.get("/old").want(t, http.StatusOK, "picture", "Hit")
	close(release)
	<-done
	s.get("/old").want(t, http.StatusOK, "picture", "Miss")
}
