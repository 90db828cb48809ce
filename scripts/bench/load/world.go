package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

const (
	key = "uploads/load.jpg"
	// memoryMB is the server's MEMORY_MB.
	memoryMB = 256
	// reserved renders at once, of the server and of the local stack's function, which
	// answers 429 beyond.
	reserved = 2
)

// world is everything that is loaded, and its peers.
type world struct {
	*process
	dir       string
	urls      thumburl.Client
	nginx     *exec.Cmd
	nginxURL  string
	imaginary contender.Process
	imagURL   string
	unique    atomic.Int64
}

func newWorld(o options) (w *world, err error) {
	// Children get a signal when the thread that started them ends.
	runtime.LockOSThread()
	w = &world{urls: thumburl.Client{Secret: []byte(thumburl.DevelopmentSecret)}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "thumbfront-load-"); err != nil {
		return nil, err
	}
	body, err := os.ReadFile(o.picture)
	if os.IsNotExist(err) {
		body, err = drawn()
	}
	if err != nil {
		return nil, err
	}
	picture := filepath.Join(w.dir, "load.jpg")
	if err := os.WriteFile(picture, body, 0o644); err != nil {
		return nil, err
	}
	if w.process, err = start(loaded{filepath.Join(w.dir, "data"), o.bootstrap, picture}); err != nil {
		return nil, err
	}
	card, err := w.ask(w.url(w.ServerURL, 288, "card"))
	if err != nil {
		return nil, err
	}
	if o.nginx != "" {
		if err := w.startNginx(o.nginx, card); err != nil {
			return nil, err
		}
	}
	if o.imaginary == "" {
		return w, nil
	}
	if w.imaginary, err = contender.StartImaginary(os.Environ(), o.imaginary, w.dir); err != nil {
		return nil, err
	}
	w.imagURL = contender.BaseOf(w.imaginary) + "/crop?file=load.jpg&width=288&height=264&type=jpeg"
	return w, nil
}

// drawn is a picture of about the size of a photo of a phone that was sent by a messenger.
func drawn() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, 1024, 768))
	for y := range 768 {
		for x := range 1024 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x ^ y), uint8(x / 4), uint8(y / 3), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 80})
	return b.Bytes(), err
}

// startNginx serves a thumbnail from disk.
func (w *world) startNginx(program string, card []byte) error {
	root := w.dir + "/nginx"
	if err := os.MkdirAll(root+"/www", 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(root+"/www/card.jpg", card, 0o644); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	_ = l.Close() // it wants a number
	configuration := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; types { image/jpeg jpg; }
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server { listen %[2]s; root %[1]s/www; }
}
`, root, address)
	if err := os.WriteFile(root+"/nginx.conf", []byte(configuration), 0o644); err != nil {
		return err
	}
	w.nginx = exec.Command(program, "-p", root, "-c", root+"/nginx.conf", "-e", root+"/error.log")
	w.nginx.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := w.nginx.Start(); err != nil {
		return err
	}
	w.nginxURL = "http://" + address + "/card.jpg"
	for range 500 {
		if _, err = w.ask(w.nginxURL); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("nginx does not answer: %w", err)
}

// url of a thumbnail; another version is another picture to render.
func (w *world) url(base string, width int, version string) string {
	c := w.urls
	c.Base = base
	u, err := c.URL(thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: width * 264 / 288}}, OutputFormat: thumburl.JPEG, Version: version})
	if err != nil {
		panic(err) // all of it is constant
	}
	return u
}

func (w *world) ask(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, err
}

// news asks for pictures that nobody has asked for.
func (w *world) news(base string) targets {
	return func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, w.url(base, 288, fmt.Sprint("new-", w.unique.Add(1)))
		return nil
	}
}

// mix asks for some pictures far more often than for others, as people do.
func (w *world) mix(base string, variety int) targets {
	urls := make([]string, variety)
	for i := range urls {
		urls[i] = w.url(base, 100+i, "mix")
	}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(variety-1))
	var mu sync.Mutex
	return func(t *vegeta.Target) error {
		mu.Lock()
		defer mu.Unlock()
		t.Method, t.URL = http.MethodGet, urls[zipf.Uint64()]
		return nil
	}
}

// ours is one of ours.
type ours struct{ name, base string }

func (w *world) ours() []ours {
	return []ours{{serverName, w.ServerURL}, {edgeName, w.EdgeURL}}
}

type server struct {
	name    string
	targets targets
}

type kind struct {
	name    string
	viewers uint64
	servers []server
}

// beside puts servers beside a peer, if it is there.
func beside(peer, url string, servers ...server) []server {
	if url == "" {
		return servers
	}
	return append([]server{{peer, always(url)}}, servers...)
}

func (w *world) kinds(variety int) ([]kind, error) {
	cached, stored := server{edgeName + ", from its cache", always(w.url(w.EdgeURL, 288, "card"))}, server{serverName + ", from S3", always(w.url(w.ServerURL, 288, "card"))}
	all := []kind{
		{"cached", 8, beside("nginx, from disk", w.nginxURL, cached)},
		{"stored", 8, beside("nginx, from disk", w.nginxURL, stored)},
		{"rendered", reserved, beside("imaginary", w.imagURL, server{serverName, w.news(w.ServerURL)}, server{edgeName, w.news(w.EdgeURL)})},
		{"mixed by Zipf", 8, []server{{edgeName, w.mix(w.EdgeURL, variety)}, {serverName, w.mix(w.ServerURL, variety)}}},
	}
	// The mix has more viewers than renders at once: what is not there yet is made first.
	for _, s := range w.ours() {
		for i := range variety {
			if _, err := w.ask(w.url(s.base, 100+i, "mix")); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (w *world) close() {
	if w.nginx != nil && w.nginx.Process != nil {
		_ = w.nginx.Process.Kill()
		_ = w.nginx.Wait() // it was killed
	}
	if w.imaginary != nil {
		w.imaginary.Close()
	}
	if w.process != nil {
		w.process.close()
	}
	if w.dir != "" {
		_ = os.RemoveAll(w.dir)
	}
}
