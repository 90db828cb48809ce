package ingest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Entity is what is known of an original. It holds nothing of where a picture was
// taken.
type Entity struct {
	Key    string `json:"key"`
	ETag   string `json:"etag"`   // without quotes; the version of its URLs
	Bytes  int    `json:"bytes"`  // of the original
	Format string `json:"format"` // jpeg, png, webp, gif, tiff, heic or avif
	// Width and Height are in pixels, as it is shown: turned upright.
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Orientation int    `json:"orientation"` // EXIF, 1 to 8, as it is stored; 1 is upright
	Alpha       bool   `json:"alpha"`
	Frames      int    `json:"frames"`
	Color       string `json:"color,omitempty"` // the dominant one, #rrggbb
	ThumbHash   string `json:"thumbhash"`       // base64
	// CapturedAt is in RFC 3339, without an offset where the camera told none.
	CapturedAt string    `json:"capturedAt,omitempty"`
	Uploaded   time.Time `json:"uploaded"`
	// Sequencer of the last event that led here; empty where none did.
	Sequencer string `json:"sequencer,omitempty"`
}

// describe decodes an original once, small. The error is a [*render.Error].
func describe(ctx context.Context, r render.Renderer, key string, o storage.Original) (Entity, error) {
	small, err := r.Render(ctx, o.Body, render.Job{Format: thumburl.PNG, Edits: thumburl.Edits{
		thumburl.Resize{Width: maxHashSide, Height: maxHashSide, Fit: thumburl.Inside, WithoutEnlargement: true}}})
	if err != nil {
		return Entity{}, err
	}
	pixels, err := decodePNG(small.Body)
	if err != nil {
		return Entity{}, err
	}
	exif, err := r.EXIF(o.Body)
	if err != nil {
		return Entity{}, err
	}
	h := small.Source
	e := Entity{
		Key: key, ETag: strings.Trim(o.ETag, `"`), Bytes: len(o.Body), Format: string(h.Kind), Width: h.Width, Height: h.Height,
		Orientation: max(1, h.Orientation), Alpha: h.Alpha, Frames: max(1, h.Frames), Color: dominantColor(pixels),
		ThumbHash: base64.StdEncoding.EncodeToString(thumbHash(pixels)), CapturedAt: captureTime(exif), Uploaded: o.LastModified.UTC(),
	}
	if e.Orientation >= 5 {
		e.Width, e.Height = e.Height, e.Width
	}
	return e, nil
}

func decodePNG(body []byte) (*image.NRGBA, error) {
	m, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ingest: the small picture: %w", err)
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(pixels, pixels.Rect, m, m.Bounds().Min, draw.Src)
	return pixels, nil
}

// compareSequencers orders two events of one key: the hexadecimal strings are
// filled up with zeroes at their right to the same length, as S3 documents.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
func compareSequencers(a, b string) int {
	n := max(len(a), len(b))
	return cmp.Compare(padSequencer(a, n), padSequencer(b, n))
}

func padSequencer(s string, n int) string {
	return strings.ToUpper(s) + strings.Repeat("0", max(0, n-len(s)))
}
