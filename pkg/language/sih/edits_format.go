package sih

import (
	"math"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// toFormat was read by Dialect.outputFormat, but for what is no name at all.
func (t *translation) toFormat(name string, value any) error {
	if !isTruthy(value) {
		return unsupported("edits."+name, value)
	}
	return nil
}

func (t *translation) animated(_ string, value any) error {
	if !isTruthy(value) {
		t.add(thumburl.Still{})
	}
	return nil
}

// options reads the options of a format: anything that is no object says none. As
// in sharp, they make the answer one of the format.
func (t *translation) options(name string, value any, format thumburl.Format) *reader {
	o, ok := value.(*Object)
	if !ok {
		o = &Object{}
	}
	r := members(name, o, "")
	if force, ok := r.get("force"); !ok || force != false {
		t.format = format
	}
	return r
}

// addOptions adds options that say something.
func (t *translation) addOptions(e thumburl.Edit, isEmpty bool, r *reader) error {
	if r.err == nil && !isEmpty {
		t.add(e)
	}
	return r.err
}

func (r *reader) quality() int { return int(r.whole("quality", 1, 100).Value) }

// colours of a palette, in either spelling.
func (r *reader) colours() (n int) {
	for _, name := range []string{"colours", "colors"} {
		if given := r.whole(name, 2, 256); given.Set {
			n = int(given.Value)
		}
	}
	return n
}

// delay reads the times between frames: one number, or a list.
func (r *reader) delay() []float64 {
	v, ok := r.get("delay")
	if !ok {
		return nil
	}
	if one, isNumber := v.(float64); isNumber {
		v = []any{one}
	}
	list, ok := numbers(v)
	for _, ms := range list {
		ok = ok && ms == math.Trunc(ms) && ms >= 0 && ms <= math.MaxUint16
	}
	if !ok || len(list) == 0 {
		r.wrong("delay", v, "whole milliseconds from 0 to 65535")
		return nil
	}
	return list
}

func (r *reader) chroma() thumburl.ChromaSubsampling {
	return named(r, "chromaSubsampling", thumburl.ParseChromaSubsampling)
}

func (t *translation) jpeg(name string, value any) error {
	r := t.options(name, value, thumburl.JPEG)
	e := thumburl.JPEGOptions{Quality: r.quality(), ChromaSubsampling: r.chroma()}
	if v, ok := r.get("progressive"); ok { // ours is progressive by default, and smaller for it
		e.Baseline = !isTruthy(v)
	}
	return t.addOptions(e, e == thumburl.JPEGOptions{}, r)
}

func (t *translation) png(name string, value any) error {
	r := t.options(name, value, thumburl.PNG)
	e := thumburl.PNGOptions{Quality: r.quality(), Palette: r.bool("palette"), Dither: r.number("dither", 0, 1),
		CompressionLevel: r.whole("compressionLevel", 0, 9), Progressive: r.bool("progressive"), Colours: r.colours()}
	r.whole("effort", 1, 10) // ours is the request's
	return t.addOptions(e, e == thumburl.PNGOptions{}, r)
}

func (t *translation) webp(name string, value any) error {
	r := t.options(name, value, thumburl.WebP)
	e := thumburl.WebPOptions{Quality: r.quality(), Lossless: r.bool("lossless"), NearLossless: r.bool("nearLossless"),
		AlphaQuality: r.whole("alphaQuality", 0, 100), Effort: r.whole("effort", 0, 6), Delay: r.delay(), Loop: r.whole("loop", 0, 65535)}
	r.bool("smartSubsample") // always done here
	isEmpty := e.Quality == 0 && !e.Lossless && !e.NearLossless && !e.AlphaQuality.Set && !e.Effort.Set && e.Delay == nil && !e.Loop.Set
	return t.addOptions(e, isEmpty, r)
}

// webpEffort is the request's own effort: a wrong one is 4.
func (t *translation) webpEffort(value any) {
	effort := math.Trunc(number(value))
	if math.IsNaN(effort) || effort < 0 || effort > 6 {
		effort = 4
	}
	e := thumburl.WebPOptions{}
	for _, edit := range t.list {
		if options, ok := edit.(thumburl.WebPOptions); ok {
			e = options
		}
	}
	e.Effort = thumburl.Some(effort)
	t.add(e)
}

func (t *translation) gif(name string, value any) error {
	r := t.options(name, value, thumburl.GIF)
	e := thumburl.GIFOptions{Colours: r.colours(), Effort: r.whole("effort", 1, 10), Dither: r.number("dither", 0, 1), Delay: r.delay(), Loop: r.whole("loop", 0, 65535)}
	isEmpty := e.Colours == 0 && !e.Effort.Set && !e.Dither.Set && e.Delay == nil && !e.Loop.Set
	return t.addOptions(e, isEmpty, r)
}

func (t *translation) avif(name string, value any) error {
	r := t.options(name, value, thumburl.AVIF)
	e := thumburl.AVIFOptions{Quality: r.quality(), Lossless: r.bool("lossless"), Effort: r.whole("effort", 0, 9), ChromaSubsampling: r.chroma()}
	return t.addOptions(e, e == thumburl.AVIFOptions{}, r)
}

// heif is AVIF where its compression says so; nothing here writes HEVC.
func (t *translation) heif(name string, value any) error {
	if o, ok := value.(*Object); ok {
		if compression, _ := o.Get("compression"); compression == "av1" {
			return t.avif(name, value)
		}
	}
	return badEdit(name, value, `{"compression":"av1"}: nothing here writes HEVC`)
}

func (t *translation) tiff(name string, value any) error {
	r := t.options(name, value, thumburl.TIFF)
	e := thumburl.TIFFOptions{Quality: r.quality(), Compression: named(r, "compression", thumburl.ParseCompression)}
	if _, ok := r.get("compression"); !ok {
		e.Compression = thumburl.JPEGCompression // sharp's default
	}
	return t.addOptions(e, false, r)
}
