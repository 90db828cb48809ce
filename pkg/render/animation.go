package render

import (
	"slices"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// animated is the format that shows the source moving within what the job says, and
// whether there is one: WebP, or GIF for viewers that only say JPEG. width and height
// are the answer's. Where nobody asked for a format, an animation that would be too
// large is shown by its first frame.
func (t *task) animated() (thumburl.Format, bool) {
	if t.still || t.header.Frames < 2 || t.header.Kind != KindGIF && t.header.Kind != KindWebP {
		return 0, false
	}
	format := t.job.Format
	switch format {
	case thumburl.WebP, thumburl.GIF:
		return format, true
	case thumburl.Auto:
		format = thumburl.WebP
		if t.job.Best == thumburl.JPEG {
			format = thumburl.GIF
		}
	case thumburl.Source, thumburl.Input:
		format = thumburl.WebP
		if t.header.Kind == KindGIF {
			format = thumburl.GIF
		}
	default:
		return 0, false
	}
	return format, t.limits.checkAnimation(t.width, t.height, t.header.Frames) == nil
}

// unturned gives the edits without what [thumburl.FramesUnturned] leaves out where the
// answer moves.
func (t *task) unturned(edits thumburl.Edits) thumburl.Edits {
	says := func(edit thumburl.Edit) bool { return slices.Contains(edits, edit) }
	if !says(thumburl.FramesUnturned{}) {
		return edits
	}
	_, moves := t.animated()
	moves = moves && !says(thumburl.Still{})
	return slices.DeleteFunc(slices.Clone(edits), func(e thumburl.Edit) bool {
		switch e.(type) {
		case thumburl.FramesUnturned:
			return true
		case thumburl.Rotate, thumburl.RoundCrop, thumburl.SmartCrop:
			return moves
		}
		return false
	})
}

// checkAnimation judges the pixels of all frames together.
func (l Limits) checkAnimation(width, height, frames int) error {
	if above(width*height*frames, l.OutputPixels) {
		return failure(CodeOutputTooLarge, nil, "the answer would have %d frames of %dx%d pixels; at most %d pixels in all are allowed; resize it",
			frames, width, height, l.OutputPixels)
	}
	return nil
}

// animate is the pipeline for a source that moves: each frame goes through all edits
// by itself, so that no frame bleeds into the next.
func (t *task) animate(format thumburl.Format) (Picture, error) {
	width, height, frames := t.width, t.height, t.header.Frames
	if err := t.limits.checkAnimation(width, height, frames); err != nil {
		return Picture{}, err
	}
	// Beside one frame's render: all frames, joined, and what the encoder makes of them.
	if err := t.limits.checkMemory(memoryFor([]*task{t}, 1) + 16*width*height*frames); err != nil {
		return Picture{}, err
	}
	all, err := openAll(t.source, t.header.Kind)
	if err != nil {
		return Picture{}, undecodable(t.source, t.header.Kind, err)
	}
	defer all.close()
	done := make([]*pixels, 0, frames)
	defer func() {
		for _, frame := range done {
			frame.close()
		}
	}()
	for i := range frames {
		frame, err := t.frame(all, i)
		if err != nil {
			return Picture{}, err
		}
		done = append(done, frame)
		if i == 0 { // its size is that of all; a plan does not always know it
			width, height = frame.width(), frame.height()
			if err := t.limits.checkOutput(width, height); err != nil {
				return Picture{}, err
			}
			if err := t.limits.checkAnimation(width, height, frames); err != nil {
				return Picture{}, err
			}
		}
	}
	t.pixels.close()
	if err := t.pixels.join(all, done); err != nil {
		return Picture{}, failure(CodeFailed, err, "the frames could not be joined")
	}
	body, err := t.encodeAs(format)
	if err == nil {
		body, err = t.fit(body, format)
	}
	if err != nil {
		return Picture{}, failure(CodeFailed, err, "the animation could not be encoded")
	}
	return Picture{Body: body, Format: format, Width: width, Height: height, Source: t.header}, nil
}

// frame renders one of all frames. They are asked for in their order, as a decoder
// gives them.
func (t *task) frame(all *pixels, i int) (*pixels, error) {
	one, err := all.frame(i, t.header.Width, t.header.Height)
	if err != nil {
		return nil, failure(CodeFailed, err, "frame %d could not be read", i)
	}
	single := *t
	single.pixels, single.moves = pixels{}, true
	single.job.Edits = slices.Clone(t.job.Edits)
	for j, e := range single.job.Edits {
		// What draws the eye may differ from frame to frame: the picture would jump.
		switch e := e.(type) {
		case thumburl.Resize:
			if looks(e.Position) {
				e.Position = thumburl.Centre
				single.job.Edits[j] = e
			}
		case thumburl.CropTo:
			if looks(e.Position) {
				e.Position = thumburl.Centre
				single.job.Edits[j] = e
			}
		}
	}
	if single.resizesOnDecode() {
		err = stream(one, 1, []*task{&single})
		one.close()
	} else {
		err = single.take(one)
	}
	if err == nil {
		err = single.edit()
	}
	if err == nil {
		err = single.flush()
	}
	if err != nil {
		single.pixels.close()
		return nil, err
	}
	return &single.pixels, nil
}
