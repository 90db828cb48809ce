// Package page is the demo page in front of the local edge: drop a picture, see
// its thumbnails and how far each request for one had to travel.
package page

import (
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/thumburl/js"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

//go:embed index.html
var indexSource string

//go:embed cards.html
var cards []byte

//go:embed app
var appFiles embed.FS

var index = template.Must(template.New("index.html").Parse(indexSource))

// Options say what the page is in front of.
type Options struct {
	Objects *s3.Client // lists the originals bucket
	Bucket  string     // of the originals
	Uploads upload.Signer
	// URLs writes the URLs of thumbnails, with the secret; an empty Base makes
	// them paths of the page's own origin.
	URLs thumburl.Client
	Log  *slog.Logger // nil discards
}

type page struct{ Options }

// New gives a handler of "/", "/uploads" and what is below "/app/".
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := page{o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("GET /app/{name}", p.file)
	// What others install by npm.
	mux.Handle("GET /app/thumbfront/", http.StripPrefix("/app/thumbfront/", http.FileServerFS(js.Modules)))
	mux.HandleFunc("GET /app/cards", showCards)
	mux.HandleFunc("GET /app/pictures", p.pictures)
	mux.Handle("POST /uploads", upload.Handler{Signer: o.Uploads, Log: o.Log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// probe is signed for what its URL tells of S3.
var probe = upload.File{Name: "probe.jpg", Size: 1, Type: "image/jpeg"}

func (p page) index(w http.ResponseWriter, r *http.Request) {
	request, err := p.Uploads.Put(r.Context(), probe)
	if err != nil {
		p.fail(w, err)
		return
	}
	s3URL, err := url.Parse(request.URL)
	if err != nil {
		p.fail(w, err)
		return
	}
	maxBytes := p.Uploads.MaxBytes
	if maxBytes == 0 {
		maxBytes = upload.DefaultMaxBytes
	}
	var body strings.Builder
	// Some browsers offer HEIC and AVIF by their extensions alone.
	if err := index.Execute(&body, map[string]any{
		"Accept": strings.Join(upload.Types(), ",") + ",.heic,.heif,.avif", "MaxMB": maxBytes >> 20,
	}); err != nil {
		p.fail(w, err)
		return
	}
	show(w, []byte(body.String()), s3URL.Scheme+"://"+s3URL.Host)
}

// showCards shows the newest originals as a shop or a feed would: each picture an <img>
// whose URLs the browser writes itself.
func showCards(w http.ResponseWriter, _ *http.Request) { show(w, cards) }

// show answers with HTML that runs its own scripts alone, and connects to others as well.
func show(w http.ResponseWriter, html []byte, others ...string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "+
		"connect-src "+strings.Join(append([]string{"'self'"}, others...), " ")+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(html)
}

func (p page) file(w http.ResponseWriter, r *http.Request) {
	name := "app/" + r.PathValue("name")
	if info, err := fs.Stat(appFiles, name); err != nil || info.IsDir() {
		refuse(w, http.StatusNotFound, "NotFound", "The page has no such file.")
		return
	}
	http.ServeFileFS(w, r, appFiles, name)
}

// fail answers for a mistake that is not the client's.
func (p page) fail(w http.ResponseWriter, err error) {
	p.Log.Error("page", "error", err)
	refuse(w, http.StatusInternalServerError, "InternalError", "Something is wrong on the server's side; its log says what.")
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{status, code, message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only where the viewer has gone
}
