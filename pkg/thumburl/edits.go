package thumburl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
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
	bind  func(e Edit) form // to a copy
	parse func(field string, data json.RawMessage) (Edit, error)
}

func kindOf[T Edit, P formed[T]]() kind {
	return kind{
		bind: func(e Edit) form {
			v := e.(T)
			return P(&v).form()
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

func editNames() string {
	return strings.Join(append(slices.Sorted(maps.Keys(kinds)), "toFormat"), ", ")
}

func (edits Edits) validate() error {
	if len(edits) > MaxEdits {
		return invalidField("edits", fmt.Sprintf("%d edits", len(edits)), fmt.Sprintf("at most %d", MaxEdits))
	}
	for i, e := range edits {
		if e == nil || reflect.TypeOf(e).Kind() == reflect.Pointer {
			return invalidField("edits", fmt.Sprintf("an edit of type %T", e), "a value such as Resize{Width: 288}")
		}
		field := "edits." + e.name()
		for _, other := range edits[:i] {
			if other.name() == e.name() {
				return invalidField(field, "the edit twice", "each edit once")
			}
		}
		if err := kinds[e.name()].bind(e).validate(field); err != nil {
			return err
		}
		if c, ok := e.(checked); ok {
			if err := c.check(field); err != nil {
				return err
			}
		}
		if _, ok := e.(AsStored); ok && i > 0 {
			return invalidField(field, fmt.Sprintf("it behind %d edits", i), "the first of the edits: it is about how the original is read")
		}
	}
	return nil
}

func (edits Edits) appendJSON(dst []byte) []byte {
	o := members{dst: dst}
	for _, e := range edits {
		o.name(e.name())
		o.dst = kinds[e.name()].bind(e).appendJSON(o.dst)
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
