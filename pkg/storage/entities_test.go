package storage

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestEntityKeys(t *testing.T) {
	for _, key := range []string{"uploads/a.jpg", "uploads/a.json", "uploads/ü b/c"} {
		if got, ok := OriginalOf(EntityKey(key)); !ok || got != key {
			t.Errorf("%q became %q by way of %q", key, got, EntityKey(key))
		}
	}
	for _, other := range []string{"uploads/a.json", "entities/a.jpg", "quarantine/uploads/a.json"} {
		if key, ok := OriginalOf(other); ok {
			t.Errorf("%q is the entity of %q", other, key)
		}
	}
}

func TestQuarantine(t *testing.T) {
	var calls []string
	e := Entities{client(t, func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, fmt.Sprintf("%s %s from=%s if=%s%s tags=%s %s", r.Method, r.URL.EscapedPath(), r.Header.Get("X-Amz-Copy-Source"),
			r.Header.Get("X-Amz-Copy-Source-If-Match"), r.Header.Get("If-Match"), r.Header.Get("X-Amz-Tagging"), r.Header.Get("X-Amz-Tagging-Directive")))
		if r.Method == http.MethodPut {
			fmt.Fprint(w, `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}), "bucket"}
	if err := e.Quarantine(t.Context(), "uploads/a b+ü.jpg", `"e"`, "SourceCorrupt"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`PUT /bucket/quarantine/uploads/a%20b%2B%C3%BC.jpg from=bucket/uploads%2Fa%20b+%C3%BC.jpg if="e" tags=reason=SourceCorrupt REPLACE`,
		`DELETE /bucket/uploads/a%20b%2B%C3%BC.jpg from= if="e" tags= `,
	}
	if strings.Join(calls, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
}

func TestEntityIsWrittenOverWhatWasRead(t *testing.T) {
	for _, c := range []struct{ etag, header, value string }{{"", "If-None-Match", "*"}, {`"e"`, "If-Match", `"e"`}} {
		e := Entities{client(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Header.Get(c.header) != c.value || r.URL.Path != "/bucket/entities/uploads/a.jpg.json" || !strings.Contains(string(body), "{}") {
				t.Errorf("%s %s with %v", r.Method, r.URL.Path, r.Header)
			}
		}), "bucket"}
		if err := e.Put(t.Context(), "uploads/a.jpg", []byte("{}"), c.etag); err != nil {
			t.Error(err)
		}
	}
	for _, status := range []int{http.StatusPreconditionFailed, http.StatusConflict, http.StatusNotFound} {
		e := Entities{client(t, func(w http.ResponseWriter, _ *http.Request) { s3Error(w, status, "X") }), "bucket"}
		if err := e.Put(t.Context(), "a", nil, `"e"`); !errors.Is(err, ErrChanged) {
			t.Errorf("%d: put: %v", status, err)
		}
		if err := e.Delete(t.Context(), "a", `"e"`); !errors.Is(err, ErrChanged) {
			t.Errorf("%d: delete: %v", status, err)
		}
	}
	e := Entities{client(t, func(w http.ResponseWriter, _ *http.Request) { s3Error(w, http.StatusForbidden, "AccessDenied") }), "bucket"}
	if err := e.Put(t.Context(), "a", nil, ""); err == nil || errors.Is(err, ErrChanged) {
		t.Errorf("a refusal: %v", err)
	}
	if _, _, err := e.Get(t.Context(), "a"); !errors.Is(err, ErrRefused) || !errors.Is(err, ErrNotFound) {
		t.Errorf("a refusal: %v", err)
	}
}

func TestDeleteAllTellsWhatIsLeft(t *testing.T) {
	calls := 0
	th := Thumbnails{Bucket: "thumbnails", Client: client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls++
		if n := strings.Count(string(body), "<Key>"); n != 1000 && n != 1 {
			t.Errorf("%d keys in one call", n)
		}
		fmt.Fprint(w, `<DeleteResult><Error><Key>k7</Key><Code>InternalError</Code></Error></DeleteResult>`)
	})}
	keys := make([]string, 1001)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%d", i)
	}
	if err := th.DeleteAll(t.Context(), keys); err == nil || !strings.Contains(err.Error(), "k7: InternalError") || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
