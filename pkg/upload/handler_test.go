package upload

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serve(t *testing.T, h Handler, method, path, body string) (int, map[string]any, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, answer, w.Header()
}

func TestHandler(t *testing.T) {
	for _, c := range []struct {
		trusted                bool
		method, path, body     string
		status                 int
		code, message, hasKeys string
	}{
		{false, "POST", "/uploads", `{"name":"a.jpg","size":1,"type":"image/jpeg"}`, 200, "", "", "key method url headers expires"},
		{false, "POST", "/uploads", `{"name":"a.jpg","size":16777217}`, 200, "", "", "key method url partBytes"},
		{false, "POST", "/uploads", `{"form":true}`, 200, "", "", "key method url fields expires"},
		{false, "POST", "/uploads", `{"key":"` + begunKey + `","uploadId":"id","size":20000000}`, 200, "", "", "key uploadId parts list complete abort expires"},
		{true, "POST", "/uploads", `{"owner":"users/1","name":"a.jpg","size":1}`, 200, "", "", "key"},
		{true, "POST", "/downloads", `{"key":"uploads/a.jpg"}`, 200, "", "", "url expires"},

		{false, "POST", "/uploads", `{"owner":"users/1","name":"a.jpg","size":1}`, 400, "UnknownField", `the field "owner"`, ""},
		{false, "POST", "/downloads", `{"key":"uploads/a.jpg"}`, 404, "NotFound", "want /uploads", ""},
		{true, "POST", "/", `{}`, 404, "NotFound", "want /uploads or /downloads", ""},
		{true, "GET", "/uploads", ``, 405, "MethodNotAllowed", `method: got "GET", want POST`, ""},
		{true, "POST", "/uploads", ``, 400, "InvalidJSON", "does not parse", ""},
		{true, "POST", "/uploads", `{} {}`, 400, "InvalidJSON", "does not parse", ""},
		{true, "POST", "/uploads", `{"colour":1}`, 400, "UnknownField", `the field "colour"`, ""},
		{true, "POST", "/uploads", strings.Repeat(" ", 5000), 413, "BodyTooLarge", "at most 4096", ""},
		{true, "POST", "/uploads", `{"key":"` + begunKey + `","size":1}`, 400, "InvalidField", `uploadId: got ""`, ""},
		{true, "POST", "/uploads", `{"owner":"../x","name":"a.jpg","size":1}`, 400, "InvalidField", `owner: got "../x"`, ""},
		{true, "POST", "/uploads", `{"name":"a.jpg","size":50000000}`, 413, "UploadTooLarge", "size: got 50000000 bytes", ""},
		{true, "POST", "/uploads", `{"name":"a.txt","size":5}`, 400, "UnsupportedType", `"a.txt"`, ""},
		{true, "POST", "/uploads", `{"name":"a.jpg","size":5,"sha256":"abc"}`, 400, "InvalidField", `sha256: got "abc"`, ""},
	} {
		status, answer, header := serve(t, Handler{Signer: testSigner(), Trusted: c.trusted}, c.method, c.path, c.body)
		message, _ := answer["message"].(string)
		if code, _ := answer["code"].(string); status != c.status || code != c.code || !strings.Contains(message, c.message) {
			t.Errorf("%s %s %.80s: got %d %v, want %d %s %q", c.method, c.path, c.body, status, answer, c.status, c.code, c.message)
		}
		for key := range strings.FieldsSeq(c.hasKeys) {
			if answer[key] == nil {
				t.Errorf("%s: no %s in %v", c.body, key, answer)
			}
		}
		if header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", c.body, header)
		}
	}
}

func FuzzHandler(f *testing.F) {
	f.Add(`{"name":"a.jpg","size":1,"type":"image/jpeg"}`)
	f.Add(`{"key":"` + begunKey + `","uploadId":"id","size":20000000}`)
	f.Add(`{"form":true,"owner":"a/b"}`)
	s := testSigner()
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		Handler{Signer: s, Trusted: true}.ServeHTTP(w, httptest.NewRequest("POST", "/uploads", strings.NewReader(body)))
		var answer struct{ Key, Code string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
		if w.Code >= 500 || w.Code == 200 && !strings.HasPrefix(answer.Key, Prefix) || w.Code != 200 && answer.Code == "" {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}
