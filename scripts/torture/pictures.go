package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/language/sih"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// content is what an original is, or was.
type content struct {
	id   int
	body []byte
	bad  bool // no picture
}

// newContent makes a picture, and now and then something that only looks like one.
func newContent(rng *rand.Rand, id int) *content {
	c := newPicture(rng, id)
	switch rng.IntN(12) {
	case 0:
		c.cut(rng)
	case 1:
		c.body, c.bad = []byte(fmt.Sprintf("no picture, number %d", id)), true
	}
	return c
}

// cut takes the end away: from the middle on, or just what is behind the last pixel.
func (c *content) cut(rng *rand.Rand) {
	c.body, c.bad = c.body[:[]int{len(c.body) * 2 / 3, len(c.body) - 6}[rng.IntN(2)]], true
}

// newPicture looks like no other.
func newPicture(rng *rand.Rand, id int) *content {
	w, h := 40+rng.IntN(120), 40+rng.IntN(120)
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	one, two := rng.Uint32(), rng.Uint32()
	for y := range h {
		for x := range w {
			c := one
			if (x/8+y/8)%2 == 0 {
				c = two
			}
			m.SetNRGBA(x, y, color.NRGBA{uint8(c), uint8(c>>8) + uint8(x), uint8(c>>16) + uint8(y), 255})
		}
	}
	var b bytes.Buffer
	var err error
	if rng.IntN(2) == 0 {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 85})
	}
	if err != nil {
		panic(err) // into memory
	}
	return &content{id: id, body: b.Bytes()}
}

// ask is a request of a viewer, and what a right answer to it is made by.
type ask struct {
	path, accept string
	job          render.Job
	wrong        int // status that a wrong request has; 0: it is right
	// secret is the number of the one that signed it; -1: it is not signed.
	secret int
}

const (
	chrome = "image/avif,image/webp,image/apng,*/*;q=0.8"
	safari = "image/webp,image/*;q=0.9"
)

var accepts = []string{chrome, safari, ""}

func bestOf(accept string) thumburl.Format {
	switch accept {
	case chrome:
		return thumburl.AVIF
	case safari:
		return thumburl.WebP
	}
	return thumburl.JPEG
}

// newAsk makes a request for a key.
func (s *story) newAsk(key string) ask {
	rng, client, open := s.rng, s.URLs, s.open
	accept := accepts[rng.IntN(len(accepts))]
	resize := thumburl.Resize{Width: 20 + 4*rng.IntN(4), Height: 16 + 4*rng.IntN(3)}
	r := thumburl.Request{Key: key, Edits: thumburl.Edits{resize}}
	a := ask{accept: accept, secret: s.secret}
	var err error
	switch n := rng.IntN(10); {
	case n < 3:
		a.path, err = thumburl.Client{}.Preset("card", key)
		a.job = render.Job{Edits: thumburl.Edits{thumburl.Resize{Width: 48, Height: 44}}, Format: thumburl.Auto, Best: bestOf(accept)}
		a.secret = -1
	case n < 5:
		r.OutputFormat = thumburl.Auto
		a.path, err = client.URL(r)
		a.job = render.Job{Edits: r.Edits, Format: thumburl.Auto, Best: bestOf(accept)}
	case n < 6:
		r.Edits = append(r.Edits, thumburl.Grayscale{})
		r.OutputFormat = thumburl.PNG
		a.path, err = client.URL(r)
		a.job = render.Job{Edits: r.Edits, Format: r.OutputFormat}
	case n < 8 && open:
		return foreignAsk(key, resize)
	default:
		r.OutputFormat = []thumburl.Format{thumburl.JPEG, thumburl.WebP}[rng.IntN(2)]
		a.path, err = client.URL(r)
		a.job = render.Job{Edits: r.Edits, Format: r.OutputFormat}
	}
	if err != nil {
		panic(err) // the keys are short
	}
	return a
}

// foreignAsk is a request of the Serverless Image Handler. What it means is judged by the
// room that reads it.
func foreignAsk(key string, resize thumburl.Resize) ask {
	text, err := json.Marshal(map[string]any{"key": key, "outputFormat": "webp", "edits": map[string]any{
		"resize": map[string]any{"width": resize.Width, "height": resize.Height}}})
	if err != nil {
		panic(err)
	}
	path := "/" + base64.StdEncoding.EncodeToString(text)
	dialect := &sih.Dialect{Config: sih.Config{SourceBuckets: []string{stack.OriginalsBucket}}, DefaultBucket: stack.OriginalsBucket}
	reading, err := sih.Language{Dialect: dialect}.Read(context.Background(), language.Asked{Path: path, Now: time.Now()})
	if err != nil {
		panic(err)
	}
	return ask{path: path, secret: -1, job: render.Job{Edits: reading.Request.Edits, Format: reading.Request.OutputFormat}}
}

// wrongAsk is one that nobody may be served.
func wrongAsk(rng *rand.Rand, client thumburl.Client, key string, open bool) ask {
	right, err := client.URL(thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: 20}}, OutputFormat: thumburl.JPEG})
	if err != nil {
		panic(err)
	}
	forged := []byte(right)
	at := len(forged) - 1 - rng.IntN(20)
	if forged[at] == 'A' {
		forged[at] = 'B'
	} else {
		forged[at] = 'A'
	}
	all := []ask{
		{path: string(forged), wrong: 403},
		{path: right[:len(right)-3], wrong: 403}, // a part of a signature
		{path: right + "/webp", wrong: 404},
		{path: "/..%2f" + right[1:], wrong: 404},
	}
	if open {
		all = all[:1] // other languages take nearly any path, and say what it is not
	} else if unsigned, err := (thumburl.Client{}).URL(thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Flip{}}}); err == nil {
		all = append(all, ask{path: unsigned, wrong: 403})
	}
	return all[rng.IntN(len(all))]
}

// library renders what answers are compared with, apart from the functions.
type library struct {
	renderer render.Renderer
	mu       sync.Mutex
	known    map[string]render.Picture
}

func newLibrary() *library {
	return &library{renderer: render.Renderer{Limits: render.DefaultLimits(), Profile: render.FastProfile}, known: map[string]render.Picture{}}
}

func (l *library) picture(ctx context.Context, c *content, a ask) (render.Picture, error) {
	name := fmt.Sprint(c.id, " ", a.path, " ", a.job.Best)
	l.mu.Lock()
	p, ok := l.known[name]
	l.mu.Unlock()
	if ok {
		return p, nil
	}
	p, err := l.renderer.Render(ctx, c.body, a.job)
	if err == nil {
		l.mu.Lock()
		l.known[name] = p
		l.mu.Unlock()
	}
	return p, err
}
