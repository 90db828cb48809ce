package render

import (
	"bytes"
	"image/gif"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// keepsGIFAlpha reports whether an answer is to be told as one with alpha although all
// of it is opaque: libvips does so where it keeps a GIF's palette, as the systems that
// Input stands for have it.
func (t *task) keepsGIFAlpha() bool {
	return t.header.Kind == KindGIF && t.job.Format == thumburl.Input
}

// markTransparent makes an index that no pixel has the transparent one of a GIF of one
// frame. A GIF without a spare index stays as it is.
func markTransparent(body []byte) []byte {
	control := bytes.Index(body, []byte("\x21\xf9\x04"))
	if control < 0 || control+8 > len(body) || body[control+3]&1 == 1 {
		return body
	}
	g, err := gif.DecodeAll(bytes.NewReader(body))
	if err != nil || len(g.Image) != 1 {
		return body
	}
	frame := g.Image[0]
	var used [256]bool
	for _, index := range frame.Pix {
		used[index] = true
	}
	for index := range frame.Palette {
		if !used[index] {
			body[control+3] |= 1
			body[control+6] = byte(index)
			return body
		}
	}
	return body
}
