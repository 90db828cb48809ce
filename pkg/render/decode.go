package render

import (
	"errors"
	"image"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// decodeAll gives every task its pixels, upright and in sRGB, but for those that move.
// opened is the source with its header read; it is used up. All of the source is decoded,
// also what a crop would not need: a file that is cut off must not go unnoticed.
func decodeAll(opened *pixels, tasks []*task) error {
	var streamed []*task // from one reading
	for _, t := range tasks {
		if _, moves := t.animated(); moves {
			continue
		}
		if t.resizesOnDecode() {
			streamed = append(streamed, t)
			continue
		}
		if err := t.limits.checkMemory(memoryFor([]*task{t}, 1)); err != nil {
			return err
		}
		one, err := t.reopened(opened, 1)
		if err != nil {
			return err
		}
		if err := t.take(one); err != nil {
			return err
		}
	}
	if len(streamed) == 0 {
		return nil
	}
	shrink := shrinkForAll(streamed)
	first := streamed[0]
	if err := first.limits.checkMemory(memoryFor(streamed, shrink)); err != nil {
		return err
	}
	one, err := first.reopened(opened, shrink)
	if err != nil {
		return err
	}
	defer one.close()
	return stream(one, shrink, streamed)
}

// reopened is the source to be decoded, shrunk by its decoder: the one that is open,
// where that is not used up and will do.
func (t *task) reopened(opened *pixels, shrink float64) (*pixels, error) {
	if opened.image != nil && (shrink == 1 || t.header.isDirect()) {
		one := *opened
		opened.image = nil
		return &one, nil
	}
	one, err := open(t.source, t.header.Kind, shrink)
	if err != nil {
		return nil, undecodable(t.source, t.header.Kind, err)
	}
	return one, nil
}

// stream decodes once for tasks that resize on the way.
func stream(opened *pixels, shrink float64, tasks []*task) error {
	first := tasks[0]
	targets := make([]target, len(tasks))
	for i, t := range tasks {
		targets[i] = t.target()
	}
	opened.watch(first.stop)
	made, err := opened.shrink(first.source, first.header, shrink, targets, first.stop)
	if err != nil {
		return undecodable(first.source, first.header.Kind, err)
	}
	for i, t := range tasks {
		t.pixels = *made[i]
	}
	for _, t := range tasks {
		if err := t.toSRGB(); err != nil {
			return err
		}
		if err := t.cutOrPad(t.firstResize()); err != nil {
			return err
		}
	}
	return nil
}

// take decodes a whole picture for a task whose first edit is none that can be done on
// the way. It owns opened from then on.
func (t *task) take(opened *pixels) error {
	t.pixels = *opened
	if err := t.materialise(); err != nil {
		return undecodable(t.source, t.header.Kind, err)
	}
	return t.toSRGB()
}

// shrinkForAll is what the decoder may shrink by where several tasks share it.
func shrinkForAll(tasks []*task) float64 {
	shrink := tasks[0].shrinkOnLoad()
	for _, t := range tasks[1:] {
		shrink = min(shrink, t.shrinkOnLoad())
	}
	return shrink
}

func (t *task) shrinkOnLoad() float64 {
	return shrinkOnLoad(t.header, t.target().scaled, t.profile)
}

// toSRGB turns the picture upright and converts its colours: last, when it is small.
func (t *task) toSRGB() error {
	if err := errors.Join(t.turnUpright(), t.pixels.srgb(), t.materialise()); err != nil {
		return failure(CodeFailed, err, "the picture's colours could not be converted")
	}
	return nil
}

func (t *task) turnUpright() error {
	if t.header.Orientation <= 1 {
		return nil
	}
	return t.pixels.upright()
}

// resizesOnDecode reports whether the first edit is a resize that can be done while the
// source streams out of its decoder: one that enlarges nothing, and averages.
func (t *task) resizesOnDecode() bool {
	if len(t.job.Edits) == 0 {
		return false
	}
	r, ok := t.job.Edits[0].(thumburl.Resize)
	if !ok || r.Kernel == thumburl.Nearest {
		return false
	}
	width, height := t.header.upright()
	p := place(width, height, r)
	return p.scaledWidth <= width && p.scaledHeight <= height
}

// firstResize is the resize that is done on decoding, and where it puts the picture.
func (t *task) firstResize() (placement, thumburl.Resize) {
	width, height := t.header.upright()
	resize := t.job.Edits[0].(thumburl.Resize)
	return place(width, height, resize), resize
}

// target of the resize that is done on decoding.
func (t *task) target() target {
	p, r := t.firstResize()
	upright := image.Pt(p.scaledWidth, p.scaledHeight)
	scaled := upright
	if t.header.Orientation >= 5 {
		scaled = image.Pt(upright.Y, upright.X)
	}
	linear := r.Space == thumburl.Linear || r.Space == thumburl.DefaultSpace && t.linear
	return target{scaled: scaled, window: lying(p.window(r), upright, t.header.Orientation), kernel: r.Kernel, linear: linear}
}
