package stack_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language/imgproxy"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// listening is the bootstrap as a server of its own. What do and get of it answer is its own.
type listening struct {
	*local
	server *stack.Server
}

func (l *local) listen(environment ...string) *listening {
	l.t.Helper()
	server, err := stack.Listen(bootstrap, l.S3URL, io.Discard, environment...)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(server.Kill)
	return &listening{&local{Stack: &stack.Stack{URL: server.URL}, t: l.t, log: l.log}, server}
}

// The server answers as the edge does, and the two share what is stored.
func TestListenAnswersAsTheEdgeDoes(t *testing.T) {
	l := start(t, stack.Options{Presets: `{"card":{"edits":{"resize":{"width":30,"height":20}},"outputFormat":"auto"}}`})
	server := l.listen("ACCESS=presets", "PRESETS="+`{"card":{"edits":{"resize":{"width":30,"height":20}},"outputFormat":"auto"}}`)
	l.put("uploads/a.jpg", photo(t, 300, 200))
	if r := server.get("/healthz"); r.StatusCode != http.StatusOK || string(r.body) != "ok\n" {
		t.Errorf("health: %d %s", r.StatusCode, r.body)
	}
	preset, err := thumburl.Client{}.Preset("card", "uploads/a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	signed := l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 40}}})
	for _, c := range []struct{ name, path, accept string }{
		{"signed", signed, ""},
		{"preset", preset, "image/avif,image/webp"}, {"preset", preset, "image/webp"}, {"preset", preset, "*/*"},
		{"no original", l.signed(thumburl.Request{Key: "uploads/none.jpg"}), ""},
		{"outside the prefixes", l.signed(thumburl.Request{Key: "quarantine/a.jpg"}), ""},
		{"forged", signed[:len(signed)-22] + strings.Repeat("A", 22), ""},
		{"unsigned", signed[:len(signed)-23], ""},
		{"no path of ours", "/no.ico", ""}, {"not canonical", "/eyJhIjoxfQ", ""},
	} {
		first := server.get(c.path, "Accept", c.accept, "Origin", "https://example.com")
		again := server.get(c.path, "Accept", c.accept, "Origin", "https://example.com")
		edge := l.get(c.path, "Accept", c.accept, "Origin", "https://example.com")
		if first.StatusCode != edge.StatusCode || !bytes.Equal(first.body, edge.body) || !bytes.Equal(again.body, edge.body) {
			t.Errorf("%s %s: %d %.200q, behind the edge %d %.200q", c.name, c.accept, first.StatusCode, first.body, edge.StatusCode, edge.body)
		}
		for _, name := range []string{"Content-Type", "ETag", "Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "Access-Control-Allow-Origin", "Content-Length"} {
			if got, want := first.Header.Get(name), edge.Header.Get(name); got != want && !(want == "" && first.StatusCode != http.StatusOK) {
				t.Errorf("%s %s: %s is %q, behind the edge %q", c.name, c.accept, name, got, want)
			}
		}
		if first.StatusCode == http.StatusOK && (first.trip() != "rendered" || again.trip() != "S3" || edge.trip() != "S3") {
			t.Errorf("%s %s: %s, then %s; behind the edge %s", c.name, c.accept, first.trip(), again.trip(), edge.trip())
		}
		if c.name == "preset" && first.Header.Get("Vary") != "Accept" {
			t.Errorf("%s %s: Vary is %q", c.name, c.accept, first.Header.Get("Vary"))
		}
		if again := server.get(c.path, "Accept", c.accept, "If-None-Match", first.Header.Get("ETag")); first.StatusCode == http.StatusOK && again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: unchanged, and answered %d", c.name, again.StatusCode)
		}
	}
	if err := server.server.Stop(); err != nil {
		t.Errorf("told to end, it ends with %v", err)
	}
}

// All front doors of an open server: imgproxy's URLs and the custom server's.
func TestListenOtherLanguages(t *testing.T) {
	var drawing bytes.Buffer
	if err := png.Encode(&drawing, image.NewGray(image.Rect(0, 0, 60, 30))); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/photos/a.png":
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Last-Modified", time.Unix(1_700_000_000, 0).UTC().Format(http.TimeFormat))
			_, _ = w.Write(drawing.Bytes())
		case "/photos/text":
			_, _ = w.Write([]byte("no picture"))
		case "/photos/out":
			http.Redirect(w, r, "/private/a.png", http.StatusFound)
		case "/private/a.png":
			t.Error("outside the prefix")
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	settings := map[string]string{"SOURCE_PREFIXES": web.URL + "/photos/", "SOURCE_NETWORKS": "127.0.0.0/8", "IMGPROXY_PRESETS": "small=rs:fit:20:20", "AUTO_WEBP": "Yes", "MEMORY_MB": "2000",
		"IMGPROXY_WATERMARK_URL": "s3://" + stack.OriginalsBucket + "/uploads/mark.png"}
	languages := []string{"native", "imgproxy", "thumbnail"}
	l := start(t, stack.Options{Access: thumburl.Open, Languages: languages, Environment: settings})
	l.put("uploads/a.jpg", photo(t, 300, 200))
	l.put("uploads/mark.png", drawing.Bytes())
	environment := []string{"ACCESS=open", "LANGUAGES=" + strings.Join(languages, ",")}
	for name, value := range settings {
		environment = append(environment, name+"="+value)
	}
	server := l.listen(environment...)
	s3 := "plain/s3://" + stack.OriginalsBucket + "/uploads/a.jpg"
	for path, want := range map[string]string{
		"/unsafe/rs:fit:60:60/" + s3:                              "jpeg 60x40",
		"/unsafe/rs:fill:60:60/" + s3 + "@png":                    "png 60x60",
		"/unsafe/rs:fill:600:100/" + s3:                           "jpeg 300x100",
		"/unsafe/rs:fill-down:600:100/" + s3:                      "jpeg 300x50",
		"/unsafe/rs:fill:600:100:1/" + s3:                         "jpeg 600x100",
		"/unsafe/rs:force:50:50/" + s3:                            "jpeg 50x50",
		"/unsafe/rs:force:600:100/" + s3:                          "jpeg 300x50",
		"/unsafe/rs:auto:60:30/" + s3:                             "jpeg 60x30",
		"/unsafe/rs:auto:30:60/" + s3:                             "jpeg 30x20",
		"/unsafe/w:30/" + s3:                                      "jpeg 30x20",
		"/unsafe/h:30/" + s3:                                      "jpeg 45x30",
		"/unsafe/rs:force:50/" + s3:                               "jpeg 50x200",
		"/unsafe/mw:600/" + s3:                                    "jpeg 600x400",
		"/unsafe/rs:fit:30:30/mw:60/" + s3:                        "jpeg 30x30",
		"/unsafe/z:0.5/" + s3:                                     "jpeg 150x100",
		"/unsafe/rs:fit:60:60/z:1:2/" + s3:                        "jpeg 60x80",
		"/unsafe/dpr:2/rs:fit:60:60/pd:5:10/" + s3:                "jpeg 160x100",
		"/unsafe/rs:fit:60:60/ex:1/" + s3:                         "jpeg 60x60",
		"/unsafe/c:100:50:soea/" + s3:                             "jpeg 100x50",
		"/unsafe/c:0.5:0.25/rs:fit:30:30/" + s3:                   "jpeg 30x10",
		"/unsafe/rot:90/w:40/" + s3:                               "jpeg 40x60",
		"/unsafe/rs:fit:60:60/ex:1/" + s3 + "@png":                "png 60x60",
		"/unsafe/rs:fit:60:60/exar:1/" + s3 + "@png":              "png 60x60",
		"/unsafe/rs:fill:60:40/g:fp:0:0/bl:1/sh:1/pix:3/" + s3:    "jpeg 60x40",
		"/unsafe/rs:fill:60:20/g:no:0:0.2/" + s3:                  "jpeg 60x20",
		"/unsafe/rs:fill:60:20/g:sm/" + s3:                        "jpeg 60x20",
		"/unsafe/t:10/rs:fill:60:20/fl:1:1/bg:ff0000/q:40/" + s3:  "jpeg 60x20",
		"/unsafe/pr:small/" + s3:                                  "jpeg 20x13",
		"/unsafe/rs:fit:30:30/plain/" + web.URL + "/photos/a.png": "png 30x15",
		"/thumbnail?url=" + web.URL + "/photos/a.png":             "png 100x100",
		"/thumbnail?url=" + web.URL + "/photos/a.png&size=30x20":  "png 30x20",
		"/thumbnail?url=" + web.URL + "/photos/a.png&size=24":     "png 24x24",
		"/thumbnail?url=" + web.URL + "/photos/a.png&size=30x0":   "png 30x15",
	} {
		r := server.get(path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
			continue
		}
		if got := sizeOf(t, r.body); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if again := server.get(path); !bytes.Equal(again.body, r.body) || strings.Contains(again.Header.Get("Server-Timing"), "render") {
			t.Errorf("%s again: %d, %s", path, again.StatusCode, again.Header.Get("Server-Timing"))
		}
		edge := l.get(path)
		if !bytes.Equal(edge.body, r.body) || edge.StatusCode != r.StatusCode || edge.Header.Get("Content-Type") != r.Header.Get("Content-Type") ||
			edge.Header.Get("Cache-Control") != r.Header.Get("Cache-Control") || edge.Header.Get("Content-Disposition") != r.Header.Get("Content-Disposition") {
			t.Errorf("%s: %d %v, behind the edge %d %v", path, r.StatusCode, r.Header, edge.StatusCode, edge.Header)
		}
	}
	plain, marked := server.get("/unsafe/w:100/"+s3+"@png"), server.get("/unsafe/w:100/wm:1:soea:2:2:0.5/"+s3+"@png")
	if marked.StatusCode != http.StatusOK || bytes.Equal(plain.body, marked.body) {
		t.Errorf("a watermark: %d, %d bytes", marked.StatusCode, len(marked.body))
	}
	for path, want := range map[string]string{"/unsafe/w:30/" + s3: "webp 30x20", "/unsafe/w:30/" + s3 + "@png": "png 30x20"} {
		for name, r := range map[string]response{"the server": server.get(path, "Accept", "image/webp,*/*"), "the edge": l.get(path, "Accept", "image/webp,*/*")} {
			if got := sizeOf(t, r.body); got != want {
				t.Errorf("%s of a viewer who takes WebP: %s by %s, want %s", path, got, name, want)
			}
		}
	}
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"/unsafe/foo:1/" + s3: {404, "UnknownOption"}, "/unsafe/w:x/" + s3: {404, "InvalidOption"},
		"/unsafe/w:5/plain/s3://" + stack.OriginalsBucket + "/uploads/none.jpg": {404, "OriginalNotFound"},
		"/unsafe/w:5/plain/s3://" + stack.OriginalsBucket + "/quarantine/a.jpg": {403, "KeyNotAllowed"},
		"/unsafe/w:5/plain/s3://others/uploads/a.jpg":                           {403, "BucketNotAllowed"},
		"/unsafe/w:5/plain/" + web.URL + "/private/a.png":                       {403, "SourceNotAllowed"},
		"/unsafe/w:5/plain/" + web.URL + "/photos/out":                          {403, "SourceNotAllowed"},
		"/unsafe/w:5/plain/" + web.URL + "/photos/text":                         {422, "SourceUnsupported"},
		"/thumbnail": {400, "INVALID_IMAGE_URL"}, "/thumbnail?url=x": {400, "INVALID_IMAGE_URL"},
		"/thumbnail?url=" + web.URL + "/private/a.png":        {403, "INVALID_IMAGE_URL"},
		"/thumbnail?url=" + web.URL + "/photos/out":           {403, "INVALID_IMAGE_URL"},
		"/thumbnail?url=" + web.URL + "/photos/a.png&size=-1": {400, "INVALID_IMAGE_SIZE"},
		"/thumbnail?url=" + web.URL + "/photos/none":          {404, "COULD_NOT_READ_IMAGE_FROM_URL"},
		"/thumbnail?url=" + web.URL + "/photos/text":          {415, "COULD_NOT_DECODE_IMAGE"},
	} {
		if r := server.get(path); r.StatusCode != want.status || r.code() != want.code {
			t.Errorf("%s: %d %s, want %v", path, r.StatusCode, r.body, want)
		}
		if edge := l.get(path); edge.StatusCode != want.status || edge.code() != want.code {
			t.Errorf("%s behind the edge: %d %s, want %v", path, edge.StatusCode, edge.body, want)
		}
	}
}

// imgproxy's signatures, where unsigned requests are not served; and the picture that a
// native request finds then.
func TestListenSignedImgproxy(t *testing.T) {
	l := start(t, stack.Options{})
	l.put("uploads/a.jpg", photo(t, 300, 200))
	server := l.listen("LANGUAGES=native,imgproxy", "IMGPROXY_KEY=736563726574", "IMGPROXY_SALT=68656c6c6f")
	path := "/rs:fill:30:20:1/plain/s3://" + stack.OriginalsBucket + "/uploads/a.jpg@png"
	keys, err := imgproxy.ParseKeys("736563726574", "68656c6c6f")
	if err != nil {
		t.Fatal(err)
	}
	r := server.get("/" + imgproxy.Sign(keys[0], path, imgproxy.MaxSignatureSize) + path)
	if r.StatusCode != http.StatusOK || sizeOf(t, r.body) != "png 30x20" {
		t.Fatalf("signed: %d %s", r.StatusCode, r.body)
	}
	native := server.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 30, Height: 20}}, OutputFormat: thumburl.PNG}))
	if native.StatusCode != http.StatusOK || native.trip() != "S3" || !bytes.Equal(native.body, r.body) {
		t.Errorf("the same picture, natively: %d, %s", native.StatusCode, native.trip())
	}
	for signature, code := range map[string]string{"unsafe": "SignatureRequired", imgproxy.Sign(keys[0], path+"x", imgproxy.MaxSignatureSize): "InvalidSignature", "x": "InvalidSignature"} {
		if r := server.get("/" + signature + path); r.StatusCode != http.StatusForbidden || r.code() != code {
			t.Errorf("%s: %d %s, want %s", signature, r.StatusCode, r.body, code)
		}
	}
}

// Every wrong setting is named at once, of whatever part of the server.
func TestListenNamesAllMistakesAtOnce(t *testing.T) {
	command := exec.Command(bootstrap, "-listen", "127.0.0.1:0")
	command.Env = []string{"AWS_REGION=" + stack.Region, "LANGUAGES=native,imgproxy", "RENDERS=0", "IMGPROXY_KEY=zz", "SOURCE_PREFIXES=x", "EPOCH=-1"}
	out, err := command.CombinedOutput()
	if err == nil {
		t.Error("it started")
	}
	for _, name := range []string{"ORIGINALS_BUCKET", "SECRET_ID", "RENDERS", "IMGPROXY_KEY", "SOURCE_PREFIXES", "EPOCH"} {
		if !strings.Contains(string(out), name) {
			t.Errorf("%s is not named in %s", name, out)
		}
	}
}
