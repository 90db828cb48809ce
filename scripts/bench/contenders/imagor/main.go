// Command imagor puts imagor on the bench's meter, as the library that its README
// describes, with the settings of its own server.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/cshum/imagor"
	"github.com/cshum/imagor/imagorpath"
	"github.com/cshum/imagor/processor/vipsprocessor"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

func main() {
	ctx := context.Background()
	app := imagor.New(imagor.WithProcessors(vipsprocessor.NewProcessor()))
	if err := app.Startup(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	contender.Main(func(source []byte, j contender.Job) ([]byte, error) {
		filters := imagorpath.Filters{{Name: "format", Args: j.Format}}
		if j.Quality != 0 && j.Format != "png" {
			filters = append(filters, imagorpath.Filter{Name: "quality", Args: strconv.Itoa(j.Quality)})
		}
		blob, err := app.ServeBlob(ctx, imagor.NewBlobFromBytes(source), imagorpath.Params{Width: j.Width, Height: j.Height, Filters: filters})
		if err != nil {
			return nil, err
		}
		reader, _, err := blob.NewReader()
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return io.ReadAll(reader)
	})
}
