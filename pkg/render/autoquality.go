package render

// #include "native.h"
// #include "ssimulacra2.h"
import "C"

import (
	"errors"
	"math"
	"unsafe"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The bounds of a search for a quality. Its budget is a number of tries with a sample
// of the picture, not a time: one URL is to mean one picture, on a busy machine, too.
const (
	leastTried  = 20
	closeEnough = 0.5 // of SSIMULACRA2, above the goal
)

// mostTried of the qualities: from 90 on an AVIF has colour at full resolution, for half
// as many bytes again.
var mostTried = map[thumburl.Format]int{thumburl.JPEG: 95, thumburl.WebP: 95, thumburl.AVIF: 89}

// usualSlope is what a step of quality gains of SSIMULACRA2, at the qualities that cards
// of photos have.
var usualSlope = map[thumburl.Format]float64{thumburl.JPEG: 0.6, thumburl.WebP: 0.5, thumburl.AVIF: 1}

// budget of the search: tries, and pixels of the sample.
func budget(format thumburl.Format) (tries, pixels int) {
	if format == thumburl.AVIF { // 2 s for a megapixel
		return 4, 1 << 18
	}
	return 7, 1 << 20
}

// encodeToScore writes the picture in the lowest quality that reaches the score that
// the edits ask for; where they ask for none, or the format has no quality, as it is.
func (t *task) encodeToScore(format thumburl.Format) ([]byte, error) {
	goal := float64(optionsIn[thumburl.AutoQuality](t.job.Edits).Score)
	if goal == 0 || t.quality(format) == 0 {
		return t.encodeAs(format)
	}
	if err := t.flush(); err != nil {
		return nil, err
	}
	tries, most := budget(format)
	whole := t.pixels
	sample, err := whole.sample(most)
	if err != nil {
		return nil, err
	}
	defer sample.close()
	t.pixels = *sample
	quality, body, err := t.lowestQuality(format, goal, tries)
	*sample, t.pixels = t.pixels, whole // encoding may have replaced it
	if err != nil {
		return nil, err
	}
	t.setQuality(format, quality)
	if body != nil && whole.width()*whole.height() <= most { // the sample was the picture
		return body, nil
	}
	return t.encodeAs(format)
}

// lowestQuality that reaches the goal, with what it was written as, or the highest one
// and nothing where none does.
func (t *task) lowestQuality(format thumburl.Format, goal float64, tries int) (quality int, reached []byte, err error) {
	original, err := t.pixels.look()
	if err != nil {
		return 0, nil, err
	}
	defer original.free()
	s := search{below: leastTried - 1, reached: mostTried[format] + 1, slope: usualSlope[format]}
	for quality := t.quality(format); tries > 0 && quality != 0; tries-- {
		if t.stop.isSet() {
			return 0, nil, errors.New("out of time")
		}
		t.setQuality(format, quality)
		body, err := t.encodeAs(format)
		if err != nil {
			return 0, nil, err
		}
		score, err := original.score(body)
		if err != nil {
			return 0, nil, err
		}
		if score >= goal {
			reached = body
		}
		quality = s.next(quality, score, goal)
	}
	return min(s.reached, mostTried[format]), reached, nil
}

// search narrows two qualities down: the highest known that is below the goal, and the
// lowest that reaches it.
type search struct {
	below, reached           int
	scoreBelow, scoreReached float64 // 0 while unknown
	slope                    float64 // guessed, then by the last two tries
	last                     int     // tried; 0 is none
	lastScore                float64
}

// next takes what a quality scored and gives the one to try, or 0 where the search is
// over.
func (s *search) next(quality int, score, goal float64) int {
	if score >= goal {
		s.reached, s.scoreReached = quality, score
	} else {
		s.below, s.scoreBelow = quality, score
	}
	if risen := (score - s.lastScore) / float64(quality-s.last); s.last != 0 && risen > 0 {
		s.slope = risen
	}
	s.last, s.lastScore = quality, score
	if s.reached-s.below <= 1 || score >= goal && score < goal+closeEnough {
		return 0
	}
	guess := float64(quality) + (goal-score)/s.slope
	if s.scoreBelow != 0 && s.scoreReached != 0 {
		share := (goal - s.scoreBelow) / (s.scoreReached - s.scoreBelow)
		guess = float64(s.below) + share*float64(s.reached-s.below)
	}
	return max(s.below+1, min(s.reached-1, int(math.Ceil(guess))))
}

// sample is the picture, or where that has more than so many pixels a mosaic of 16
// pieces spread over it. Their sides are whole blocks of the encoders, so that no block
// lies in two.
func (p *pixels) sample(most int) (*pixels, error) {
	const across, block = 4, 16
	if p.width()*p.height() <= most {
		return p.clone(), nil
	}
	side := int(math.Sqrt(float64(most))) / across
	width, height := min(side, p.width()/across)/block*block, min(side, p.height()/across)/block*block
	if width == 0 || height == 0 { // a strip
		return p.clone(), nil
	}
	var pieces []*pixels
	defer func() {
		for _, piece := range pieces {
			piece.close()
		}
	}()
	for i := range across * across {
		left := (p.width() - width) * (i % across) / (across - 1)
		top := (p.height() - height) * (i / across) / (across - 1)
		piece := p.clone()
		pieces = append(pieces, piece)
		if err := piece.extract(left, top, width, height); err != nil {
			return nil, err
		}
	}
	images := make([]*C.VipsImage, len(pieces))
	for i, piece := range pieces {
		images[i] = piece.image
	}
	var out *C.VipsImage
	if C.tf_mosaic(&images[0], C.int(len(images)), across, &out) != 0 {
		return nil, nativeError()
	}
	return &pixels{out}, nil
}

// look is a picture as the metric sees it.
type look struct {
	p             *C.tf_look
	width, height int
}

func (l look) free() { C.tf_look_free(l.p) }

func (p *pixels) look() (look, error) {
	var rgb *C.VipsImage
	if C.tf_opaque_rgb(p.image, &rgb) != 0 {
		return look{}, nativeError()
	}
	made := pixels{rgb}
	defer made.close()
	return look{C.tf_look_new((*C.guint8)(unsafe.Pointer(rgb.data)), rgb.Xsize, rgb.Ysize), made.width(), made.height()}, nil
}

// score of what an encoder made of the picture: SSIMULACRA2, 100 is the same.
func (l look) score(body []byte) (float64, error) {
	kind, ok := Sniff(body)
	if !ok {
		return 0, errors.New("an answer of no known kind")
	}
	defer pin(body)()
	decoded, err := open(body, kind, 1)
	if err != nil {
		return 0, err
	}
	defer decoded.close()
	other, err := decoded.look()
	if err != nil {
		return 0, err
	}
	defer other.free()
	if other.width != l.width || other.height != l.height {
		return 0, errors.New("an answer of another size than the picture")
	}
	return float64(C.tf_look_score(l.p, other.p)), nil
}
