package sih

import (
	"errors"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Whatever a request says, it is read as one that is canonical, or refused as the
// client's mistake.
func FuzzRead(f *testing.F) {
	for _, request := range []string{`{"key":"a","edits":{"resize":{"width":9,"height":"7","fit":"contain","background":"red"}}}`,
		`{"key":"a","edits":{"overlayWith":{"bucket":"ours","key":"b","options":{"left":"-7p","top":3}},"rotate":45.5,"convolve":{"width":3,"height":3,"kernel":[1,2,3,4,5,6,7,8,9]}}}`,
		`{"key":"a","edits":{"gif":{"delay":[1,2]},"tint":{"r":1,"g":2,"b":3},"roundCrop":{"rx":1e300},"trim":{"threshold":1},"modulate":{"hue":-1}},"effort":1e400,"headers":{"a":"b"}}`,
		`{"key":"a","edits":{"affine":[[1,2],[3,4]],"recomb":[[1,2,3],[4,5,6],[7,8,9]],"linear":0.1,"gamma":2,"extend":3,"crop":{"left":1,"top":1,"width":1,"height":1}},"outputFormat":"gif"}`} {
		f.Add(request, "10", "fill", "90")
	}
	d := dialect()
	f.Fuzz(func(t *testing.T, request, width, fit, rotate string) {
		r, err := read(t, d, language.Asked{Path: pathOf(request), Query: map[string]string{"width": width, "fit": fit, "rotate": rotate}})
		var mistake *language.Error
		switch {
		case errors.Is(err, language.ErrNotMine):
		case err != nil:
			if !errors.As(err, &mistake) || mistake.Status < 400 || mistake.Status > 499 {
				t.Fatalf("%s: %v", request, err)
			}
		default:
			payload, err := thumburl.Encode(r.Request)
			var wrong *thumburl.Error
			if errors.As(err, &wrong) {
				return // such as a key that no object can have: refused by its field
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := thumburl.Parse(payload); err != nil {
				t.Fatalf("%s: not canonical: %v", request, err)
			}
		}
	})
}
