// Command bimg puts plain bimg on the bench's meter: one call, its own defaults,
// as its README has it.
package main

import (
	"fmt"

	"github.com/h2non/bimg"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

var types = map[string]bimg.ImageType{"jpeg": bimg.JPEG, "webp": bimg.WEBP, "avif": bimg.AVIF, "png": bimg.PNG}

func main() {
	contender.Main(func(source []byte, j contender.Job) ([]byte, error) {
		format, ok := types[j.Format]
		if !ok {
			return nil, fmt.Errorf("no format %q", j.Format)
		}
		return bimg.NewImage(source).Process(bimg.Options{
			Width: j.Width, Height: j.Height, Crop: j.Height != 0, Type: format, Quality: j.Quality,
		})
	})
}
