package render

import (
	"image"
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// facesSide is how large a picture in which faces are looked for is at most, pixels a
// side: enough for any that a thumbnail would be cut to.
const facesSide = 1600

// smartCrop cuts out a face, or, where nobody looks for faces, the square that draws
// the eye.
func (t *task) smartCrop(i int, e thumburl.SmartCrop) error {
	part, ok := t.found.areas[i]
	if ok {
		return t.keep(part)
	}
	width, height := t.pixels.width(), t.pixels.height()
	if t.job.Faces == nil {
		side := min(width, height)
		if !t.moves {
			return t.pixels.smartCrop(side, side, thumburl.Attention)
		}
		left, top := anchor{cut: true}.offset(width, height, side, side)
		return t.pixels.extract(left, top, side, side)
	}
	jpeg, err := t.forFaces()
	if err != nil {
		return err
	}
	faces, err := t.job.Faces(t.ctx, jpeg)
	if err != nil {
		return failure(CodeFailed, err, "the faces could not be looked for")
	}
	part = image.Rect(0, 0, width, height)
	if len(faces) > 0 { // without one, the whole picture is left
		if e.FaceIndex >= len(faces) {
			return failure(CodeFaceNotFound, nil, "edits.smartCrop.faceIndex is %d, and the picture has %d faces; the first one is 0", e.FaceIndex, len(faces))
		}
		part = faces[e.FaceIndex].around(width, height, e.Padding)
	}
	t.found.areas[i] = part
	return t.keep(part)
}

// around is the face in pixels with padding, as far as the picture reaches.
func (f Face) around(width, height, padding int) image.Rectangle {
	within := func(v float64) float64 { return math.Min(math.Max(v, 0), 1) }
	w, h, pad := float64(width), float64(height), float64(padding)
	x, y := within(f.Left), within(f.Top)
	faceW, faceH := math.Min(within(f.Width), 1-x), math.Min(within(f.Height), 1-y)
	left, top := max(0, int(math.Floor(x*w-pad))), max(0, int(math.Floor(y*h-pad)))
	right, bottom := left+int(math.Floor(faceW*w+2*pad)), top+int(math.Floor(faceH*h+2*pad))
	part := image.Rect(left, top, max(right, left+1), max(bottom, top+1))
	return part.Intersect(image.Rect(0, 0, width, height))
}

// forFaces is the picture as it is now, as a JPEG that is not larger than it need be.
func (t *task) forFaces() ([]byte, error) {
	shown := *t
	shown.pixels = *t.pixels.clone()
	defer func() { shown.pixels.close() }()
	shown.job = Job{Format: thumburl.JPEG}
	if t.pixels.width() > facesSide || t.pixels.height() > facesSide {
		if err := shown.resize(thumburl.Resize{Width: facesSide, Height: facesSide, Fit: thumburl.Inside}); err != nil {
			return nil, err
		}
	}
	shown.orientation = 0
	return shown.encodeAs(thumburl.JPEG)
}
