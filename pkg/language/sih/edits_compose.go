package sih

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func (t *translation) overlayWith(name string, value any) error {
	r := members(name, value, "an object of bucket, key, alpha, wRatio, hRatio and options")
	if r.err != nil {
		return r.err
	}
	original, err := t.original(name, r.o)
	if err != nil {
		return err
	}
	e := thumburl.OverlayWith{Original: original}
	for _, share := range []struct {
		name  string
		at    *int
		least int
	}{{"alpha", &e.Alpha, 0}, {"wRatio", &e.WRatio, 1}, {"hRatio", &e.HRatio, 1}} {
		given, _ := r.o.Get(share.name)
		n, ok := percent(given)
		if ok && n < share.least {
			return badEdit(name+"."+share.name, given, "a whole number from 1 to 100")
		}
		*share.at = n
	}
	given, ok := r.get("options")
	if !ok {
		t.add(e)
		return nil
	}
	o := members(name+".options", given, "an object of left and top")
	left, hasLeft := o.get("left")
	top, hasTop := o.get("top")
	if hasLeft != hasTop && o.err == nil {
		return badEdit(name+".options", given, "both left and top, or none of them")
	}
	if hasLeft {
		e.Left, e.Top = o.place("left", left), o.place("top", top)
	} else if gravity, ok := o.get("gravity"); ok {
		if e.Position = o.position("gravity"); e.Position >= thumburl.Entropy {
			o.wrong("gravity", gravity, "a position that does not look at the picture")
		}
	}
	e.Blend, e.Tile = named(o, "blend", thumburl.ParseBlend), o.bool("tile")
	if o.err == nil {
		t.add(e)
	}
	return o.err
}

// original reads bucket and key of a second picture.
func (t *translation) original(name string, o *Object) (thumburl.Original, error) {
	given, _ := o.Get("bucket")
	bucket, _ := given.(string)
	if err := t.dialect.CheckBucket(bucket, given); err != nil {
		return thumburl.Original{}, err
	}
	key, _ := o.Get("key")
	s, ok := key.(string)
	if s = strings.TrimLeft(s, "/"); !ok || s == "" {
		return thumburl.Original{}, badEdit(name+".key", key, "the key of a picture")
	}
	return thumburl.Original{Bucket: t.dialect.canonicalBucket(bucket), Key: s}, nil
}

// canonicalBucket leaves out the name of the deployment's own bucket.
func (d *Dialect) canonicalBucket(bucket string) string {
	if bucket == d.DefaultBucket {
		return ""
	}
	return bucket
}

var zeroToHundred = regexp.MustCompile(`^(100|[1-9]?[0-9])$`)

// percent reads a whole number from 0 to 100, also as a string; anything else is not
// said, as in the original.
func percent(value any) (int, bool) {
	s, _ := text(value)
	if !zeroToHundred.MatchString(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// place reads how far from the left or the top an overlay lies: pixels, or percent
// with a p behind; below 0 from the other side.
func (r *reader) place(name string, value any) thumburl.Length {
	s, _ := text(value)
	digits, isShare := strings.CutSuffix(s, "p")
	n, ok := ParseInt(digits)
	most := thumburl.MaxSide
	if isShare {
		most = 100
	}
	if !ok || int(math.Abs(float64(n))) > most {
		r.wrong(name, value, `whole pixels such as 10 or "-10", or percent such as "50p"`)
		return thumburl.Length{}
	}
	if isShare {
		return thumburl.Percent(float64(n))
	}
	return thumburl.Pixels(n)
}

// boolean names another picture here; the original has no way to say the operator.
func (t *translation) boolean(name string, value any) error {
	r := members(name, value, "an object of bucket, key and operator")
	operator := named(r, "operator", thumburl.ParseBitwise)
	if r.err != nil {
		return r.err
	}
	original, err := t.original(name, r.o)
	if err == nil {
		t.add(thumburl.Boolean{Original: original, Operator: operator})
	}
	return err
}
