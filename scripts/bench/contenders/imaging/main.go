// Command imaging puts disintegration/imaging on the bench's meter: pure Go, with
// the decoders of the standard library and of golang.org/x/image.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"

	"github.com/disintegration/imaging"
	_ "golang.org/x/image/webp"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

// usualQuality is what servers of thumbnails ask for, and sharp's default; the
// library's own is 95, more than twice the bytes.
const usualQuality = 80

func main() { contender.Main(render) }

func render(source []byte, j contender.Job) ([]byte, error) {
	picture, err := imaging.Decode(bytes.NewReader(source), imaging.AutoOrientation(true))
	if err != nil {
		return nil, err
	}
	var resized image.Image
	if j.Height == 0 {
		resized = imaging.Resize(picture, j.Width, 0, imaging.Lanczos)
	} else {
		resized = imaging.Fill(picture, j.Width, j.Height, imaging.Center, imaging.Lanczos)
	}
	var out bytes.Buffer
	switch j.Format {
	case "jpeg":
		err = imaging.Encode(&out, resized, imaging.JPEG, imaging.JPEGQuality(cmp.Or(j.Quality, usualQuality)))
	case "png":
		err = imaging.Encode(&out, resized, imaging.PNG)
	default:
		err = fmt.Errorf("it writes no %s", j.Format)
	}
	return out.Bytes(), err
}
