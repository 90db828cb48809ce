// Command thumbfront puts our renderer on the bench's meter.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

func main() {
	name := flag.String("profile", "", "`name` of the renderer's profile")
	flag.Parse()
	profile, err := render.ParseProfile(*name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	renderer := render.Renderer{Limits: render.DefaultLimits(), Profile: profile}
	contender.Main(func(source []byte, j contender.Job) ([]byte, error) {
		job, err := translate(j)
		if err != nil {
			return nil, err
		}
		picture, err := renderer.Render(context.Background(), source, job)
		return picture.Body, err
	})
}

func translate(j contender.Job) (render.Job, error) {
	edits := thumburl.Edits{thumburl.Resize{Width: j.Width, Height: j.Height}}
	var job render.Job
	var options thumburl.Edit
	switch j.Format {
	case "jpeg":
		job.Format, options = thumburl.JPEG, thumburl.JPEGOptions{Quality: j.Quality}
	case "webp":
		job.Format, options = thumburl.WebP, thumburl.WebPOptions{Quality: j.Quality}
	case "avif":
		job.Format, options = thumburl.AVIF, thumburl.AVIFOptions{Quality: j.Quality}
	case "png":
		job.Format, options = thumburl.PNG, thumburl.PNGOptions{Quality: j.Quality}
	default:
		return job, fmt.Errorf("no format %q", j.Format)
	}
	if j.Quality != 0 {
		edits = append(edits, options)
	}
	job.Edits = edits
	return job, nil
}
