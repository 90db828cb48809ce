package thumburl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Edits is an ordered list of edits, each kind at most once.
type Edits []Edit

// Edit is one step of the way from the original to the thumbnail, such as [Resize],
// or the options of a format, such as [JPEGOptions].
type Edit interface {
	// name of the edit in the JSON of a request.
	name() string
}

// formed is an edit that can be written to and that has a form.
type formed[T any] interface {
	*T
	form() form
}

// checked is an edit whose fields are not judged each by itself.
type checked interface {
	// check gives a typed error; the fields are in their ranges.
	check(field string) error
}

// kind is what can be done with one type of edit.
type kind struct {
	// with lends the form of an edit to f: forms are kept, for making one takes longer
	// than writing an edit.
	with  func(e Edit, f func(form) error) error
	parse func(field string, data json.RawMessage) (Edit, error)
}

// bound is a form and what it is bound to.
type bound[T any] struct {
	value T
	form  form
}

func kindOf[T Edit, P formed[T]]() kind {
	free := sync.Pool{New: func() any {
		b := &bound[T]{}
		b.form = P(&b.value).form()
		return b
	}}
	return kind{
		with: func(e Edit, f func(form) error) error {
			b := free.Get().(*bound[T])
			defer free.Put(b)
			b.value = e.(T)
			return f(b.form)
		},
		// nil is an edit that does nothing, such as "flip":false.
		parse: func(field string, data json.RawMessage) (Edit, error) {
			var v T
			f := P(&v).form()
			if err := f.parse(field, data); errors.Is(err, errNothing) {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
			if o, ok := f.(objectForm); ok && o.doesNothing() {
				return nil, nil
			}
			return v, nil
		},
	}
}

// kinds of edits by name; the order of a request is its own.
var kinds = map[string]kind{
	"affine": kindOf[Affine](), "animated": kindOf[Still](), "autoOrient": kindOf[AsStored](), "autoquality": kindOf[AutoQuality](), "avif": kindOf[AVIFOptions](),
	"bandbool": kindOf[Bandbool](), "blur": kindOf[Blur](), "boolean": kindOf[Boolean](),
	"canvas": kindOf[Canvas](), "clahe": kindOf[CLAHE](), "convolve": kindOf[Convolve](), "crop": kindOf[Crop](), "cropTo": kindOf[CropTo](),
	"ensureAlpha": kindOf[EnsureAlpha](), "extend": kindOf[Extend](), "extract": kindOf[Extract](), "extractChannel": kindOf[ExtractChannel](),
	"flatten": kindOf[Flatten](), "flip": kindOf[Flip](), "flop": kindOf[Flop](),
	"gamma": kindOf[GammaCorrection](), "gif": kindOf[GIFOptions](), "grayscale": kindOf[Grayscale](),
	"jpeg": kindOf[JPEGOptions](), "linear": kindOf[LinearTransform](),
	"maxBytes": kindOf[MaxBytes](), "median": kindOf[Median](), "modulate": kindOf[Modulate](),
	"negate": kindOf[Negate](), "normalise": kindOf[Normalise](),
	"overlayWith": kindOf[OverlayWith](), "pipelineColourspace": kindOf[PipelineColourspace](), "pixelate": kindOf[Pixelate](), "png": kindOf[PNGOptions](),
	"recomb": kindOf[Recomb](), "removeAlpha": kindOf[RemoveAlpha](), "resize": kindOf[Resize](), "rotate": kindOf[Rotate](), "roundCrop": kindOf[RoundCrop](),
	"sharpen": kindOf[Sharpen](), "smartCrop": kindOf[SmartCrop](),
	"threshold": kindOf[Threshold](), "tiff": kindOf[TIFFOptions](), "tint": kindOf[Tint](), "toColourspace": kindOf[ToColourspace](), "trim": kindOf[Trim](), "turnFrames": kindOf[FramesUnturned](),
	"unflatten": kindOf[Unflatten](), "watermark": kindOf[Watermark](), "webp": kindOf[WebPOptions](),
}

// EditNames are the names of all edits, sorted.
func EditNames() []string { return slices.Sorted(maps.Keys(kinds)) }

func editNames() string { return strings.Join(append(EditNames(), "toFormat"), ", ") }

func (edits Edits) validate() error {
	if len(edits) > MaxEdits {
		return invalidField("edits", fmt.Sprintf("%d edits", len(edits)), fmt.Sprintf("at most %d", MaxEdits))
	}
	for i, e := range edits {
		if e == nil || reflect.TypeOf(e).Kind() == reflect.Pointer {
			return invalidField("edits", fmt.Sprintf("an edit of type %T", e), "a value such as Resize{Width: 288}")
		}
		for _, other := range edits[:i] {
			if other.name() == e.name() {
				return invalidField("edits."+e.name(), "the edit twice", "each edit once")
			}
		}
		if err := validateEdit(e); err != nil {
			return err
		}
		if _, ok := e.(AsStored); ok && i > 0 {
			return invalidField("edits."+e.name(), fmt.Sprintf("it behind %d edits", i), "the first of the edits: it is about how the original is read")
		}
	}
	return nil
}

func validateEdit(e Edit) error {
	err := kinds[e.name()].with(e, func(f form) error {
		return located(f.validate, func() string { return "edits." + e.name() })
	})
	if c, ok := e.(checked); ok && err == nil {
		err = located(c.check, func() string { return "edits." + e.name() })
	}
	return err
}

// located validates, and once more with the path of the field where there is something
// to say about it: to write down every path would take longer than all the rest.
func located(validate func(field string) error, path func() string) error {
	if validate("") == nil {
		return nil
	}
	return validate(path())
}

func (edits Edits) appendJSON(dst []byte) []byte {
	o := members{dst: dst}
	for _, e := range edits {
		o.name(e.name())
		_ = kinds[e.name()].with(e, func(f form) error { // which does not fail
			o.dst = f.appendJSON(o.dst)
			return nil
		})
	}
	return o.close()
}

// parseEdits reads the edits in their order. toFormat is another spelling of
// outputFormat and is given apart.
func parseEdits(data json.RawMessage) (edits Edits, toFormat Format, err error) {
	err = eachMember("edits", data, func(name string, value json.RawMessage) error {
		field := "edits." + name
		if name == "toFormat" {
			toFormat, err = parseNamed(field, value, ParseFormat)
			return err
		}
		kind, ok := kinds[name]
		if !ok {
			return unknownField(field, editNames())
		}
		edit, err := kind.parse(field, value)
		if err == nil && edit != nil {
			edits = append(edits, edit)
		}
		return err
	})
	return edits, toFormat, err
}

// Originals lists what the edits read besides the original of the request: the
// pictures of [OverlayWith], [Watermark] and [Boolean], in this order of edits. An
// empty Bucket is the deployment's own.
func (edits Edits) Originals() []Original {
	var list []Original
	for _, e := range edits {
		switch e := e.(type) {
		case OverlayWith:
			list = append(list, e.Original)
		case Watermark:
			list = append(list, e.Original)
		case Boolean:
			list = append(list, e.Original)
		}
	}
	return list
}
