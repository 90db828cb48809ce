package sih

import (
	"math"
	"reflect"
	"slices"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// translation turns edits of the original into canonical ones.
type translation struct {
	dialect *Dialect
	list    thumburl.Edits
	format  thumburl.Format // of the last edit that is the options of one; as in sharp, it is the answer's
	// upright is set where the answer loses its metadata: it is then turned by its
	// EXIF orientation, which would be lost.
	upright bool
	turns   bool // there is an edit that the original leaves out for an animation
}

// translators by the names of edits. Those that are missing are unknown to version
// 7 as well, and ignored.
var translators = map[string]func(t *translation, name string, value any) error{
	"resize": (*translation).resize, "crop": (*translation).crop, "extract": (*translation).crop,
	"extend": (*translation).extend, "trim": (*translation).trim, "roundCrop": (*translation).roundCrop,
	"smartCrop": (*translation).smartCrop, "rotate": (*translation).rotate, "affine": (*translation).affine,
	"flip": unlessFalse(thumburl.Flip{}), "flop": unlessFalse(thumburl.Flop{}),
	"stripExif": (*translation).strip, "stripIcc": (*translation).strip,

	"grayscale": unlessFalse(thumburl.Grayscale{}), "greyscale": unlessFalse(thumburl.Grayscale{}),
	"tint": (*translation).tint, "negate": (*translation).negate, "gamma": (*translation).gamma,
	"normalise": (*translation).normalise, "normalize": (*translation).normalise,
	"modulate": (*translation).modulate, "linear": (*translation).linear, "recomb": (*translation).recomb,
	"threshold":     (*translation).threshold,
	"toColourspace": (*translation).toColourspace, "toColorspace": (*translation).toColourspace,
	"pipelineColourspace": (*translation).pipelineColourspace, "pipelineColorspace": (*translation).pipelineColourspace,

	"blur": (*translation).blur, "sharpen": (*translation).sharpen, "median": (*translation).median,
	"clahe": (*translation).clahe, "convolve": (*translation).convolve,

	"flatten": (*translation).flatten, "unflatten": always(thumburl.Unflatten{}), "removeAlpha": always(thumburl.RemoveAlpha{}),
	"ensureAlpha": (*translation).ensureAlpha, "extractChannel": (*translation).extractChannel, "bandbool": (*translation).bandbool,

	"overlayWith": (*translation).overlayWith, "boolean": (*translation).boolean, "joinChannel": (*translation).joinChannel,
	"contentModeration": (*translation).contentModeration,

	"animated": (*translation).animated, "toFormat": (*translation).toFormat,
	"jpeg": (*translation).jpeg, "png": (*translation).png, "webp": (*translation).webp, "gif": (*translation).gif,
	"avif": (*translation).avif, "tiff": (*translation).tiff, "heif": (*translation).heif,
}

// edits translates all edits in their order.
func (t *translation) edits(edits *Object) error {
	known := 0
	for _, name := range edits.Names() {
		translate, ok := translators[name]
		if !ok {
			continue
		}
		if known++; known > thumburl.MaxEdits {
			return BadRequest(CodeCannotParseEdits, "got more than %d edits", thumburl.MaxEdits)
		}
		value, _ := edits.Get(name)
		if err := translate(t, name, value); err != nil {
			return err
		}
	}
	return nil
}

// canonical gives what was translated, with what the original does by itself.
func (t *translation) canonical() thumburl.Edits {
	var by thumburl.Edits
	if !t.upright {
		by = append(by, thumburl.AsStored{})
	}
	if t.turns {
		by = append(by, thumburl.FramesUnturned{})
	}
	return append(by, t.list...)
}

// add adds an edit; as in sharp, the last of a kind counts.
func (t *translation) add(e thumburl.Edit) {
	for i, other := range t.list {
		if reflect.TypeOf(other) == reflect.TypeOf(e) {
			t.list = slices.Delete(t.list, i, i+1)
			break
		}
	}
	t.list = append(t.list, e)
}

// unlessFalse is an edit that false switches off, and nothing else does.
func unlessFalse(e thumburl.Edit) func(*translation, string, any) error {
	return func(t *translation, _ string, value any) error {
		if value != false {
			t.add(e)
		}
		return nil
	}
}

// always is an edit that is done whatever its value says.
func always(e thumburl.Edit) func(*translation, string, any) error {
	return func(t *translation, _ string, _ any) error {
		t.add(e)
		return nil
	}
}

// reader reads the members of an edit that is an object. A member that is not set,
// or null, keeps its default; the first mistake is kept.
type reader struct {
	edit string
	o    *Object
	err  error
}

// members reads a value as an object; allowed says what it is to be.
func members(edit string, value any, allowed string) *reader {
	o, ok := value.(*Object)
	if !ok {
		return &reader{edit: edit, o: &Object{}, err: badEdit(edit, value, allowed)}
	}
	return &reader{edit: edit, o: o}
}

func (r *reader) get(name string) (any, bool) {
	v, ok := r.o.Get(name)
	return v, ok && v != nil && r.err == nil
}

func (r *reader) wrong(name string, value any, allowed string) {
	if r.err == nil {
		r.err = badEdit(r.edit+"."+name, value, allowed)
	}
}

func (r *reader) number(name string, least, most float64) thumburl.Optional {
	v, ok := r.get(name)
	if !ok {
		return thumburl.Optional{}
	}
	f, isNumber := v.(float64)
	if !isNumber || !(f >= least && f <= most) { // NaN as well
		r.wrong(name, v, between("a number", least, most))
		return thumburl.Optional{}
	}
	return thumburl.Some(f)
}

func (r *reader) whole(name string, least, most int) thumburl.Optional {
	v, ok := r.get(name)
	if !ok {
		return thumburl.Optional{}
	}
	if f, isNumber := v.(float64); isNumber && f == math.Trunc(f) && f >= float64(least) && f <= float64(most) {
		return thumburl.Some(f)
	}
	r.wrong(name, v, between("a whole number", float64(least), float64(most)))
	return thumburl.Optional{}
}

func (r *reader) bool(name string) bool {
	v, ok := r.get(name)
	b, isBool := v.(bool)
	if ok && !isBool {
		r.wrong(name, v, "true or false")
	}
	return b
}

func (r *reader) background() thumburl.Color {
	v, ok := r.get("background")
	if !ok {
		return ""
	}
	c, isColor := readColor(v)
	if !isColor {
		r.wrong("background", v, colorAllowed)
	}
	return c
}

// named reads a name of an enumeration of thumburl; an empty one is none.
func named[T ~uint8](r *reader, name string, parse func(string) (T, error)) T {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	t, err := parseNamed(r.edit+"."+name, v, parse)
	if err != nil && r.err == nil {
		r.err = err
	}
	return t
}

func parseNamed[T ~uint8](field string, v any, parse func(string) (T, error)) (T, error) {
	s, ok := v.(string)
	t, err := parse(s)
	if !ok || s == "" || err != nil {
		allowed := "a name"
		if e, ok := err.(*thumburl.Error); ok {
			allowed = e.Allowed
		}
		return 0, badEdit(field, v, allowed)
	}
	return t, nil
}

func between(what string, least, most float64) string {
	return what + " from " + formatNumber(least) + " to " + formatNumber(most)
}

func formatNumber(f float64) string { s, _ := text(f); return s }
