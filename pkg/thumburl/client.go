package thumburl

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Client writes URLs of thumbnails. The zero value writes unsigned paths.
type Client struct {
	// Base is what stands before a path, such as "https://cdn.example.com"; a
	// slash at its end is dropped.
	Base string
	// Secret signs; empty leaves URLs unsigned, which a deployment serves for
	// presets alone unless it is open. Never give it to a browser.
	Secret []byte
	// ExactExpires keeps a request's Expires as it is. Otherwise it is rounded up
	// to a whole day: each new value is a new picture to render and to store.
	ExactExpires bool
}

const secondsPerDay = 24 * 60 * 60

// URL gives the URL of one thumbnail. Version may be an ETag as S3 gives it, in
// quotes. The error is an [*Error].
func (c Client) URL(r Request) (string, error) {
	r.Version = strings.Trim(r.Version, `"`)
	if !c.ExactExpires && r.Expires > 0 {
		r.Expires = (r.Expires + secondsPerDay - 1) / secondsPerDay * secondsPerDay
	}
	payload, err := Encode(r)
	if err != nil {
		return "", err
	}
	signature := ""
	if len(c.Secret) > 0 {
		signature = Sign(c.Secret, payload)
	}
	return strings.TrimRight(c.Base, "/") + ViewerPath(payload, signature), nil
}

// Preset gives the URL of a preset of an original. The error is an [*Error].
func (c Client) Preset(name, key string) (string, error) {
	if name == "" { // which would be the original without edits
		return "", invalidField("preset", quote(name), presetNameAllowed)
	}
	return c.URL(Request{Key: key, Preset: name})
}

// SrcSet says which sizes a srcset offers; exactly one of its fields is set.
type SrcSet struct {
	Widths    []int     // pixels; written with w descriptors, for use with sizes
	Densities []float64 // pixels per CSS pixel, such as 1, 1.5, 2; written with x descriptors
}

// SrcSet gives the srcset of a request: its Resize in several sizes of the same
// shape, none larger than the original (WithoutEnlargement is set). The
// request must have a Resize, with a Width where Widths are asked for, and a Width or
// a Height for Densities. The error is an [*Error].
func (c Client) SrcSet(r Request, set SrcSet) (string, error) {
	at, err := indexOfResize(r)
	if err != nil {
		return "", err
	}
	resize := r.Edits[at].(Resize)
	resize.WithoutEnlargement = true
	if (len(set.Widths) == 0) == (len(set.Densities) == 0) {
		return "", invalidField("srcset", fmt.Sprintf("%d widths and %d densities", len(set.Widths), len(set.Densities)), "widths or densities, such as [1,2]")
	}
	// A size by a ratio alone would be the same picture under each density.
	if resize.Width == 0 && (len(set.Widths) > 0 || resize.Height == 0) {
		return "", invalidField("edits.resize.width", "none", "a width, such as 288, from which the sizes of the srcset are scaled")
	}
	var candidates []string
	add := func(scale float64, descriptor string) error {
		scaled := resize
		scaled.Width = int(math.Round(float64(resize.Width) * scale))
		scaled.Height = int(math.Round(float64(resize.Height) * scale))
		if scaled.Width < 1 && resize.Width > 0 || scaled.Height < 1 && resize.Height > 0 {
			return invalidField("srcset", descriptor, "sizes of at least one pixel, such as [1,2]")
		}
		one := r
		one.Edits = slices.Clone(r.Edits)
		one.Edits[at] = scaled
		url, err := c.URL(one)
		candidates = append(candidates, url+" "+descriptor)
		return err
	}
	for _, width := range set.Widths {
		if err := add(float64(width)/float64(resize.Width), strconv.Itoa(width)+"w"); err != nil {
			return "", err
		}
	}
	for _, density := range set.Densities {
		if err := add(density, strconv.FormatFloat(density, 'f', -1, 64)+"x"); err != nil {
			return "", err
		}
	}
	return strings.Join(candidates, ", "), nil
}

func indexOfResize(r Request) (int, error) {
	at := slices.IndexFunc(r.Edits, func(e Edit) bool { _, ok := e.(Resize); return ok })
	if at < 0 {
		return 0, invalidField("edits.resize.width", "no resize", `a resize, such as {"resize":{"height":264,"width":288}}`)
	}
	return at, nil
}
