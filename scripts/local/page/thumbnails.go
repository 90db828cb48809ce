package page

import (
	"fmt"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// thumbnail is one of the pictures that are shown of an original.
type thumbnail struct {
	Name   string `json:"name"`
	Label  string `json:"label"`
	Width  int    `json:"width"`            // pixels; at most, where there is no height
	Height int    `json:"height,omitempty"` // pixels; absent where it follows from the original
	Format string `json:"format"`
	URL    string `json:"url"`
	SrcSet string `json:"srcset,omitempty"`
}

const (
	cardPreset = "card"
	cardWidth  = 288
	cardHeight = 264
)

// signedThumbnails are those that a preset does not name.
var signedThumbnails = []struct {
	name, label string
	resize      thumburl.Resize
	format      thumburl.Format
}{
	{"card2x", "Card, 2x", thumburl.Resize{Width: 2 * cardWidth, Height: 2 * cardHeight}, thumburl.Auto},
	{"avatar", "Avatar", thumburl.Resize{Width: 96, Height: 96}, thumburl.Auto},
	{"large", "Large", thumburl.Resize{Width: 800, Height: 600}, thumburl.Auto},
	{"wide", "Uncropped", thumburl.Resize{Width: 640, Fit: thumburl.Inside, WithoutEnlargement: true}, thumburl.Auto},
	{"jpeg", "As JPEG", thumburl.Resize{Width: cardWidth, Height: cardHeight}, thumburl.JPEG},
	{"webp", "As WebP", thumburl.Resize{Width: cardWidth, Height: cardHeight}, thumburl.WebP},
	{"avif", "As AVIF", thumburl.Resize{Width: cardWidth, Height: cardHeight}, thumburl.AVIF},
	{"png", "As PNG", thumburl.Resize{Width: cardWidth, Height: cardHeight}, thumburl.PNG},
}

// thumbnails writes the URLs of an original: the landing card as a browser
// without a secret writes it, then signed ones.
func (p page) thumbnails(key, etag string) ([]thumbnail, error) {
	unsigned := thumburl.Client{Base: p.URLs.Base}
	url, err := unsigned.Preset(cardPreset, key)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", key, err)
	}
	all := []thumbnail{{Name: "card", Label: "Landing card", Width: cardWidth, Height: cardHeight, Format: thumburl.Auto.String(), URL: url}}
	for _, t := range signedThumbnails {
		url, err := p.URLs.URL(thumburl.Request{Key: key, Version: etag, Edits: thumburl.Edits{t.resize}, OutputFormat: t.format})
		if err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		all = append(all, thumbnail{Name: t.name, Label: t.label, Width: t.resize.Width, Height: t.resize.Height, Format: t.format.String(), URL: url})
	}
	all[0].SrcSet = all[0].URL + " 1x, " + all[1].URL + " 2x"
	return all, nil
}
