package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// photo is 12mp.jpg of the folder, or a picture made of noise that compresses like
// one; and what to call it.
func photo(images string) (file []byte, name string, err error) {
	path := filepath.Join(images, "12mp.jpg")
	file, err = os.ReadFile(path)
	if err == nil {
		return file, fmt.Sprintf("%s (%.1f MB)", filepath.Base(path), float64(len(file))/1e6), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, landscape(4000, 3000), &jpeg.Options{Quality: 90}); err != nil {
		return nil, "", err
	}
	return b.Bytes(), fmt.Sprintf("a made 12 MP JPEG (%.1f MB)", float64(b.Len())/1e6), nil
}

// landscape is value noise of eight octaves, always the same: as in a photo, each
// finer detail is weaker.
func landscape(width, height int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			m.Y[m.YOffset(x, y)] = uint8(128 + 110*noise(x, y, 0))
			if x%2 == 0 && y%2 == 0 {
				i := m.COffset(x, y)
				m.Cb[i], m.Cr[i] = uint8(128+60*noise(x/4, y/4, 1)), uint8(128+60*noise(x/4, y/4, 2))
			}
		}
	}
	return m
}

// noise is -1 to 1, stretched to the contrast of a photo.
func noise(x, y int, seed uint32) float64 {
	sum, weight, total := 0.0, 1.0, 0.0
	for cell := 256; cell >= 2; cell /= 2 {
		fx, fy := float64(x%cell)/float64(cell), float64(y%cell)/float64(cell)
		cx, cy := uint32(x/cell), uint32(y/cell)
		top := mix(lattice(cx, cy, seed), lattice(cx+1, cy, seed), fx)
		bottom := mix(lattice(cx, cy+1, seed), lattice(cx+1, cy+1, seed), fx)
		sum += weight * mix(top, bottom, fy)
		total += weight
		weight *= 0.85
		seed += 3
	}
	return max(-1, min(2.5*sum/total, 1))
}

func mix(a, b, t float64) float64 { return a + (b-a)*t }

// lattice is a hash of a point, -1 to 1.
func lattice(x, y, seed uint32) float64 {
	h := x*0x9e3779b1 ^ y*0x85ebca6b ^ seed*0xc2b2ae35
	h = (h ^ h>>15) * 0x2c1b3c6d
	h = (h ^ h>>12) * 0x297a2d39
	return float64(h^h>>15)/math.MaxUint32*2 - 1
}

// soakSources are pictures of every input format, large and small: what the folder
// holds, the photo in each format that Go writes, in WebP and AVIF by our own
// function, and the HEIC of the renderer's tests.
func soakSources(ctx context.Context, w *world, c contender, photo []byte, images string) (map[string][]byte, error) {
	sources := map[string][]byte{"large.jpg": photo}
	entries, err := os.ReadDir(images)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	files := []string{"pkg/render/testdata/quad.heic"}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			files = append(files, filepath.Join(images, entry.Name()))
		}
	}
	for _, file := range files {
		if sources[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}

	whole, err := jpeg.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil, err
	}
	p, err := c.start(ctx, w)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for name, height := range map[string]int{"middle": 1500, "small": 240} {
		width := height * 4 / 3
		scaled := image.NewRGBA(image.Rect(0, 0, width, height))
		draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), whole, whole.Bounds(), draw.Src, nil)
		var j, g, n, t bytes.Buffer
		err := errors.Join(jpeg.Encode(&j, scaled, nil), gif.Encode(&g, scaled, nil), png.Encode(&n, holed(scaled)),
			tiff.Encode(&t, scaled, &tiff.Options{Compression: tiff.Deflate}))
		if err != nil {
			return nil, err
		}
		sources[name+".jpg"], sources[name+".gif"], sources[name+".png"], sources[name+".tif"] = j.Bytes(), g.Bytes(), n.Bytes(), t.Bytes()
		for extension, format := range map[string]thumburl.Format{".webp": thumburl.WebP, ".avif": thumburl.AVIF} {
			sources[name+extension], err = invoke(ctx, w, p, thumburl.Request{Key: photoKey, OutputFormat: format,
				Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: height}}, Effort: 1})
			if err != nil {
				return nil, err
			}
		}
	}
	return sources, nil
}

// holed has alpha: a quarter is transparent.
func holed(m image.Image) image.Image {
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), m, image.Point{}, draw.Src)
	for y := range out.Rect.Dy() / 2 {
		for x := range out.Rect.Dx() / 2 {
			out.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	return out
}
