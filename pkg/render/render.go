package render

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Job is what is to be made of an original.
type Job struct {
	Edits thumburl.Edits
	// Format of the thumbnail. Source keeps the original's format where it is
	// written at all; Auto picks the best one within Best.
	Format thumburl.Format
	// Best is the upper bound of Auto: AVIF, WebP or JPEG.
	Best thumburl.Format
	// Effort of the encoder, 1 to 6; 0 is the format's default. AVIF, WebP and PNG heed it.
	Effort int
	// Original fetches a second picture that the edits name, once the header of the
	// first is read; the limits are the same. Its error is the Cause of a
	// CodeSecondUnread. nil has none.
	Original func(ctx context.Context, bucket, key string) ([]byte, error)
	// Faces finds the faces in a JPEG, the surest first. nil: SmartCrop looks at
	// colours and edges alone.
	Faces func(ctx context.Context, jpeg []byte) ([]Face, error)
}

// Face is the box of a face, in shares of the picture's sides.
type Face struct{ Left, Top, Width, Height float64 }

// Picture is an encoded thumbnail.
type Picture struct {
	Body          []byte
	Format        thumburl.Format // what was really encoded
	Width, Height int             // pixels
	Source        Header
}

// ContentType is the media type of the body.
func (p Picture) ContentType() string { return "image/" + p.Format.String() }

// Renderer renders within its limits. It is safe for concurrent use; each
// render uses one thread.
type Renderer struct {
	Limits  Limits
	Profile Profile
	// Space of reductions that do not name one; its zero value is Linear.
	Space thumburl.Space
	SVG   bool // drawings are read as well: see KindSVG
}

// Profile trades detail and bytes for CPU time.
type Profile uint8

// The profiles.
const (
	DefaultProfile Profile = iota // the best picture in the fewest bytes
	FastProfile                   // JPEGs are decoded as coarsely as the size allows, and written by libjpeg-turbo
)

var profileNames = []string{"default", "fast"}

// ParseProfile reads the name of a profile; empty is DefaultProfile.
func ParseProfile(name string) (Profile, error) {
	i := slices.Index(profileNames, cmp.Or(name, "default"))
	if i < 0 {
		return 0, fmt.Errorf("profile is %q, want default or fast", name)
	}
	return Profile(i), nil
}

// stopGrace is how long a render that was told to stop may take to do so before
// it counts as one that can't.
const stopGrace = 200 * time.Millisecond

// Render makes one thumbnail. When ctx ends it gives CodeDeadline at once or
// after a short grace; see [Error.Abandoned]. The error is an [*Error]. source
// must not be changed until Render returns, nor ever where it was abandoned.
func (r Renderer) Render(ctx context.Context, source []byte, job Job) (Picture, error) {
	pictures, err := r.RenderAll(ctx, source, []Job{job})
	if err != nil {
		return Picture{}, err
	}
	return pictures[0], nil
}

// RenderAll makes a thumbnail for each of at least one job, in their order, as
// [Renderer.Render] does. The original is decoded once for all jobs that begin with a
// resize that enlarges nothing. The error is that of the first job that fails.
func (r Renderer) RenderAll(ctx context.Context, source []byte, jobs []Job) ([]Picture, error) {
	type outcome struct {
		pictures []Picture
		err      error
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Code: CodeDeadline, Message: "no time is left for the render", Cause: err}
	}
	stop := newStopFlag()
	done := make(chan outcome, 1)
	go onOneThread(func() {
		var o outcome
		defer func() {
			if v := recover(); v != nil {
				o.err = failure(CodeFailed, fmt.Errorf("panic: %v", v), "the picture could not be rendered")
			}
			stop.free()
			done <- o
		}()
		if r.SVG && isSVG(source) {
			if source, o.err = r.Limits.rasterise(ctx, source, 1); o.err != nil {
				return
			}
		}
		source := withoutText(source)
		defer pin(source)()
		o.pictures, o.err = r.run(ctx, source, jobs, stop)
		if o.err != nil && stop.isSet() {
			o.err = deadline(false, ctx.Err())
		}
	})
	select {
	case o := <-done:
		return o.pictures, o.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	stop.set()
	select {
	case o := <-done:
		return o.pictures, o.err
	case <-grace.C:
		return nil, deadline(true, ctx.Err())
	}
}

func deadline(abandoned bool, cause error) *Error {
	return &Error{Code: CodeDeadline, Message: "the render took longer than allowed", Cause: cause, Abandoned: abandoned}
}

// task is one job under way.
type task struct {
	limits  Limits
	profile Profile
	linear  bool // where a resize does not say
	source  []byte
	job     Job
	stop    stopFlag
	header  Header
	// width and height of the answer, planned.
	width, height int
	pixels        pixels
	// pending is what bimg is to do and has not done yet.
	pending pass
	settings
}

// run is the pipeline: header, arithmetic, pixels, edits, encoder.
func (r Renderer) run(ctx context.Context, source []byte, jobs []Job, stop stopFlag) ([]Picture, error) {
	original := task{limits: r.Limits, profile: r.Profile, linear: r.Space != thumburl.Gamma, source: source, stop: stop}
	defer original.pixels.close()
	if err := original.readHeader(); err != nil {
		return nil, err
	}
	tasks := make([]*task, len(jobs))
	seconds := seconds{}
	for i, job := range jobs {
		t := original
		t.pixels = pixels{}
		t.prepare(ctx, job)
		tasks[i] = &t
		defer t.pixels.close()
		defer t.found.close()
		var err error
		if t.width, t.height, err = t.limits.plan(t.header, t.job.Edits); err != nil {
			return nil, err
		}
		if err := seconds.fetch(ctx, job, r); err != nil {
			return nil, err
		}
		t.found.seconds = seconds
	}
	if err := decodeAll(&original.pixels, tasks); err != nil {
		return nil, err
	}
	pictures := make([]Picture, len(tasks))
	for i, t := range tasks {
		var err error
		if pictures[i], err = t.finish(); err != nil {
			return nil, err
		}
	}
	return pictures, nil
}

// finish makes the picture of what is decoded.
func (t *task) finish() (Picture, error) {
	if format, ok := t.animated(); ok {
		return t.animate(format)
	}
	if err := t.edit(); err != nil {
		return Picture{}, err
	}
	width, height := t.pending.size(t.pixels.width(), t.pixels.height())
	if err := t.limits.checkOutput(width, height); err != nil { // which a plan does not always know
		return Picture{}, err
	}
	if !t.keepsAlpha {
		if err := t.pixels.dropOpaqueAlpha(); err != nil {
			return Picture{}, failure(CodeFailed, err, "the picture could not be rendered")
		}
	}
	body, format, err := t.encode()
	if err == nil {
		body, err = t.fit(body, format)
	}
	if err != nil {
		return Picture{}, failure(CodeFailed, err, "the picture could not be encoded")
	}
	t.pixels.close()
	return Picture{Body: body, Format: format, Width: width, Height: height, Source: t.header}, nil
}

// edit applies the edits, but for a first one that was done on decoding.
func (t *task) edit() error {
	for i, e := range t.job.Edits {
		if i == 0 && t.resizesOnDecode() {
			continue
		}
		if err := t.apply(i, e); err != nil {
			return err
		}
	}
	return t.brighten()
}

// ReadHeader sniffs an original and reads its header; nothing is decoded. The
// limits apply. The error is an [*Error].
func (r Renderer) ReadHeader(source []byte) (h Header, err error) {
	if r.SVG && isSVG(source) {
		return r.Limits.svgHeader(source)
	}
	err = r.inspect(source, func(t *task) { h = t.header })
	return h, err
}

// inspect reads a header and, where that is good, calls f while the source stays where
// it is.
func (r Renderer) inspect(source []byte, f func(t *task)) (err error) {
	done := make(chan struct{})
	go onOneThread(func() {
		defer close(done)
		source := withoutText(source)
		defer pin(source)()
		t := &task{limits: r.Limits, source: source}
		defer t.pixels.close()
		if err = t.readHeader(); err == nil {
			f(t)
		}
	})
	<-done
	return err
}

func (t *task) readHeader() error {
	if len(t.source) == 0 {
		return failure(CodeSourceEmpty, nil, "the original is empty")
	}
	if above(len(t.source), t.limits.SourceBytes) {
		return failure(CodeSourceTooLarge, nil, "the original has %d bytes; at most %d are allowed", len(t.source), t.limits.SourceBytes)
	}
	kind, ok := Sniff(t.source)
	if !ok {
		return failure(CodeSourceUnsupported, nil, "the original is not a %s by its first bytes", supportedKinds)
	}
	if err := t.limits.checkStructure(t.source, kind); err != nil {
		return err
	}
	opened, err := open(t.source, kind, 1)
	if err != nil {
		return undecodable(t.source, kind, err)
	}
	t.pixels = *opened
	t.header = t.pixels.header(kind)
	switch kind {
	case KindWebP:
		t.header.lossless = isLosslessWebP(t.source)
	case KindTIFF:
		t.header.stripRows = tiffStripRows(t.source)
	}
	if err := t.limits.checkSource(t.header); err != nil {
		return err
	}
	if endsSilently(kind) && isCut(t.source, kind) {
		return undecodable(t.source, kind, nil)
	}
	return nil
}

// looks reports whether a position is chosen by what the picture shows.
func looks(p thumburl.Position) bool { return p == thumburl.Entropy || p == thumburl.Attention }

func (t *task) resize(e thumburl.Resize) error {
	width, height := t.pixels.width(), t.pixels.height()
	p := place(width, height, e)
	if e.Fit == thumburl.Cover && looks(e.Position) && (p.scaledWidth > width || p.scaledHeight > height) {
		// Looked at before it is enlarged: a strip of 10000x1 would have 700 million
		// pixels after.
		scale := max(float64(p.scaledWidth)/float64(width), float64(p.scaledHeight)/float64(height))
		w := min(width, max(1, int(math.Round(float64(p.width)/scale))))
		h := min(height, max(1, int(math.Round(float64(p.height)/scale))))
		if err := t.pixels.smartCrop(w, h, e.Position); err != nil {
			return failure(CodeFailed, err, "the picture could not be cropped")
		}
		p.scaledWidth, p.scaledHeight = p.width, p.height
	}
	if err := t.pixels.resize(p.scaledWidth, p.scaledHeight, e.Kernel); err != nil {
		return failure(CodeFailed, err, "the picture could not be resized")
	}
	return t.cutOrPad(p, e)
}

// cutOrPad brings a scaled picture to the size of its box. The scaling may still
// be lazy: of an enlarged picture only what the box shows is then computed.
func (t *task) cutOrPad(p placement, e thumburl.Resize) error {
	width, height := min(p.width, p.scaledWidth), min(p.height, p.scaledHeight) // of what is shown
	var err error
	switch {
	case width == t.pixels.width() && height == t.pixels.height(): // cut on decoding, or nothing to do
	case looks(e.Position):
		err = t.pixels.smartCrop(width, height, e.Position)
	default:
		w := p.window(e)
		err = t.pixels.extract(w.Min.X, w.Min.Y, w.Dx(), w.Dy())
	}
	if err == nil && (p.width > width || p.height > height) {
		left, top := anchorOf(e, false).offset(p.width, p.height, width, height)
		err = t.pixels.embed(left, top, p.width, p.height, t.background(e))
	}
	if err == nil {
		err = t.materialise()
	}
	if err != nil {
		return failure(CodeFailed, err, "the picture could not be resized")
	}
	return nil
}

// background of Contain's margins: white, and transparent where the picture
// itself has alpha, unless the request says otherwise.
func (t *task) background(e thumburl.Resize) [4]float64 {
	if e.Background == "" {
		if t.pixels.hasAlpha() {
			return [4]float64{255, 255, 255, 0}
		}
		return [4]float64{255, 255, 255, 255}
	}
	return rgbaOf(e.Background)
}
