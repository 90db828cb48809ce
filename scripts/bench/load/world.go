package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/contender"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

const (
	key = "uploads/load.jpg"
	// listenMB is the server's MEMORY_MB.
	listenMB = 512
	// reserved renders of the local stack's function, which answers 429 beyond.
	reserved = 2
	variety  = 200 // pictures that the mix asks for
)

// world is everything that is loaded.
type world struct {
	*stack.Stack
	dir       string
	lines     *renderLines
	listening *exec.Cmd
	listenURL string
	listened  *renderLines
	nginx     *exec.Cmd
	nginxURL  string
	imaginary contender.Process
	imagURL   string
	picture   string
	unique    atomic.Int64
}

// renderLines counts renders in a function's log.
type renderLines struct {
	mu   sync.Mutex
	rest []byte
	n    int
}

func (r *renderLines) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest = append(r.rest, p...)
	for {
		line, rest, ok := bytes.Cut(r.rest, []byte{'\n'})
		if !ok {
			return len(p), nil
		}
		r.rest = rest
		var entry struct{ Renders int }
		if json.Unmarshal(line, &entry) == nil {
			r.n += entry.Renders
		}
	}
}

func (r *renderLines) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

func newWorld(ctx context.Context, o options) (w *world, err error) {
	// Children get a signal when the thread that started them ends.
	runtime.LockOSThread()
	w = &world{lines: &renderLines{}, listened: &renderLines{}}
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
	w.picture = filepath.Join(w.dir, "load.jpg")
	if err := os.WriteFile(w.picture, body, 0o644); err != nil {
		return nil, err
	}
	template, err := stack.GoldenTemplate()
	if err != nil {
		return nil, err
	}
	if w.Stack, err = stack.Start(ctx, stack.Options{DataDir: w.dir + "/data", Bootstrap: o.bootstrap, Template: template, Reserved: reserved,
		Access: thumburl.PresetsOrSigned, FunctionLog: w.lines, Environment: map[string]string{"PROFILE": "fast"}}); err != nil {
		return nil, err
	}
	if _, err := w.Objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: aws.String(key), Body: bytes.NewReader(body)}); err != nil {
		return nil, err
	}
	if err := w.listen(o.bootstrap); err != nil {
		return nil, err
	}
	card, err := w.ask(w.listenURL, w.url("", 288, "card"))
	if err != nil {
		return nil, err
	}
	if err := w.startNginx(card); err != nil {
		return nil, err
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

// listen starts the bootstrap as a server over the stack's S3.
func (w *world) listen(bootstrap string) error {
	c := exec.Command(bootstrap, "-listen", "127.0.0.1:0")
	c.Env = []string{"AWS_REGION=" + stack.Region, "AWS_ACCESS_KEY_ID=" + stack.Admin.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + stack.Admin.SecretAccessKey,
		"AWS_ENDPOINT_URL_S3=" + w.S3URL, "ORIGINALS_BUCKET=" + stack.OriginalsBucket, "THUMBNAILS_BUCKET=" + stack.ThumbnailsBucket,
		"SIGNING_SECRET=" + thumburl.DevelopmentSecret, "ALLOW_DEVELOPMENT_SECRET=true", "PROFILE=fast", "RENDERS=2", fmt.Sprintf("MEMORY_MB=%d", listenMB)}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	w.listening = c
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the server does not start: %w", err)
		}
		var entry struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening" {
			w.listenURL = "http://" + entry.Address
			break
		}
	}
	go func() { _, _ = io.Copy(w.listened, lines) }()
	return nil
}

// startNginx serves a thumbnail from disk.
func (w *world) startNginx(card []byte) error {
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return fmt.Errorf("nginx is missing; scripts/deps.sh bench installs it: %w", err)
		}
	}
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
		if _, err = w.ask("", w.nginxURL); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("nginx does not answer: %w", err)
}

// url of a thumbnail; another version is another picture to render.
func (w *world) url(base string, width int, version string) string {
	c := w.URLs
	c.Base = base
	u, err := c.URL(thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: width * 264 / 288}}, OutputFormat: thumburl.JPEG, Version: version})
	if err != nil {
		panic(err) // all of it is constant
	}
	return u
}

func (w *world) ask(base, path string) ([]byte, error) {
	answer, err := http.Get(base + path)
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
func (w *world) mix(base string) targets {
	urls := make([]string, variety)
	for i := range urls {
		urls[i] = w.url(base, 100+i, "mix")
	}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, variety-1)
	var mu sync.Mutex
	return func(t *vegeta.Target) error {
		mu.Lock()
		defer mu.Unlock()
		t.Method, t.URL = http.MethodGet, urls[zipf.Uint64()]
		return nil
	}
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

func (w *world) kinds() []kind {
	all := []kind{
		{"cached", 8, []server{{"nginx, from disk", always(w.nginxURL)}, {"edge stand-in, from its cache", always(w.url(w.URL, 288, "card"))}}},
		{"stored", 8, []server{{"nginx, from disk", always(w.nginxURL)}, {"server, from S3", always(w.url(w.listenURL, 288, "card"))}}},
		{"rendered", 2, []server{{"server", w.news(w.listenURL)}, {"edge stand-in and function", w.news(w.URL)}}},
		{"mixed by Zipf", 8, []server{{"edge stand-in", w.mix(w.URL)}, {"server", w.mix(w.listenURL)}}},
	}
	if w.imagURL != "" {
		all[2].servers = append([]server{{"imaginary", always(w.imagURL)}}, all[2].servers...)
	}
	// The mix has more viewers than renders at once: what is not there yet is made first.
	for _, base := range []string{w.URL, w.listenURL} {
		for i := range variety {
			_, _ = w.ask("", w.url(base, 100+i, "mix"))
		}
	}
	return all
}

func (w *world) close() {
	for _, c := range []*exec.Cmd{w.listening, w.nginx} {
		if c != nil && c.Process != nil {
			_ = c.Process.Kill()
			_ = c.Wait() // it was killed
		}
	}
	if w.imaginary != nil {
		w.imaginary.Close()
	}
	if w.Stack != nil {
		w.Stack.Close()
	}
	if w.dir != "" {
		_ = os.RemoveAll(w.dir)
	}
}
