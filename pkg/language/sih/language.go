package sih

import (
	"context"
	"encoding/base64"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Dialect is what both of the original's languages, JSON and thumbor paths, have in
// common.
type Dialect struct {
	Config  Config  // with at least one of SourceBuckets
	Secrets Secrets // needed with Config.EnableSignature
	// DefaultBucket is the deployment's own, which canonical requests do not name.
	DefaultBucket string
}

// Language reads base64 of JSON.
type Language struct{ *Dialect }

var _ language.Language = Language{}

// Name implements [language.Language].
func (Language) Name() string { return "sih" }

// Read implements [language.Language].
func (l Language) Read(ctx context.Context, asked language.Asked) (language.Reading, error) {
	value, ok := decode(asked.Path)
	if !ok {
		return language.Reading{}, language.ErrNotMine
	}
	checked, err := l.Check(ctx, asked)
	if err != nil {
		return language.Reading{}, err
	}
	request, ok := value.(*Object)
	if !ok {
		return language.Reading{}, BadRequest(CodeCannotDecode, "the path decodes to %s, want a JSON object", show(value))
	}
	bucket, err := l.bucketOf(request)
	if err != nil {
		return language.Reading{}, err
	}
	key, _ := request.Get("key")
	name, ok := key.(string)
	if !ok || name == "" {
		return language.Reading{}, BadRequest(CodeCannotDecode, "key: got %s, want the key of a picture", show(key))
	}
	edits, err := editsOf(request)
	if err != nil {
		return language.Reading{}, err
	}
	outputFormat, _ := request.Get("outputFormat")
	effort, hasEffort := request.Get("effort")
	if !hasEffort {
		effort = nil
	}
	reading, err := l.Compose(asked, checked, Picture{Bucket: bucket, Key: name, Edits: edits, OutputFormat: outputFormat, Effort: effort})
	if err != nil {
		return language.Reading{}, err
	}
	headers, _ := request.Get("headers")
	return reading, l.responseHeaders(&reading, headers)
}

// decode reads the base64 of a path, in either alphabet, padded or not; false is a
// path that is no base64 of JSON.
func decode(path string) (any, bool) {
	path, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil {
		return nil, false
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(path, "="))
	data, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(data) == 0 || strings.ContainsAny(plain, "\r\n") {
		return nil, false
	}
	if !utf8.Valid(data) {
		data = []byte(strings.ToValidUTF8(string(data), "\ufffd")) // as the original decodes it
	}
	value, err := parseJSON(data)
	return value, err == nil
}

// bucketOf gives the bucket that a request names, or the first one.
func (d *Dialect) bucketOf(request *Object) (string, error) {
	given, ok := request.Get("bucket")
	if !ok {
		return d.FirstBucket(), nil
	}
	name, _ := given.(string)
	return name, d.CheckBucket(name, given)
}

// FirstBucket is read where a request names none.
func (d *Dialect) FirstBucket() string { return d.Config.SourceBuckets[0] }

// IsSource reports whether a bucket is one of SOURCE_BUCKETS.
func (d *Dialect) IsSource(bucket string) bool {
	return slices.Contains(d.Config.SourceBuckets, bucket)
}

// CheckBucket refuses a bucket that is none of SOURCE_BUCKETS; given is what the
// request says.
func (d *Dialect) CheckBucket(name string, given any) error {
	if !d.IsSource(name) {
		return failure(http.StatusForbidden, CodeCannotAccess, "bucket: got %s, want one of SOURCE_BUCKETS", show(given))
	}
	return nil
}

func editsOf(request *Object) (*Object, error) {
	value, _ := request.Get("edits")
	if value == nil {
		return nil, nil
	}
	edits, ok := value.(*Object)
	if !ok {
		return nil, BadRequest(CodeCannotParseEdits, "edits: got %s, want an object", show(value))
	}
	return edits, nil
}

// Check checks signature and expiry, whatever the path says, and gives what they say.
func (d *Dialect) Check(ctx context.Context, asked language.Asked) (language.Reading, error) {
	signed, err := d.checkSignature(ctx, asked)
	if err != nil {
		return language.Reading{}, err
	}
	at, err := expires(asked)
	return language.Reading{Signed: signed, Expires: at, At: asked.Now}, err
}

// Picture is a request in terms of the original, before its query is read.
type Picture struct {
	Bucket, Key  string
	Edits        *Object // nil: none
	OutputFormat any     // of a JSON request, else nil
	Effort       any     // the same
	IsThumbor    bool    // the edits come from a path
}

// Compose turns a picture and the edits of the query into canonical terms.
func (d *Dialect) Compose(asked language.Asked, checked language.Reading, p Picture) (language.Reading, error) {
	r := checked
	edits := &Object{}
	for _, name := range p.Edits.Names() {
		v, _ := p.Edits.Get(name)
		edits.Set(name, v)
	}
	mapQuery(asked.Query, edits)

	r.MaxSourcePixels, r.KeepMetadata = d.Config.SizeLimit, d.Config.KeepOriginalBytes
	// S3's clients here and there drop a slash that a key begins with, and the
	// original with them.
	r.Request.Bucket, r.Request.Key = d.canonicalBucket(p.Bucket), strings.TrimLeft(p.Key, "/")
	if (thumburl.Request{Bucket: r.Request.Bucket, Key: r.Request.Key}).Validate() != nil {
		return r, failure(http.StatusNotFound, CodeNoSuchKey, "there is no object %s in a bucket %s: S3 has no such names", show(p.Key), show(p.Bucket))
	}
	format, asks, err := d.outputFormat(asked, p, edits)
	if err != nil {
		return r, err
	}
	if len(edits.Names()) == 0 && !asks {
		r.StoredBytes = true
	}
	t := translation{dialect: d, format: thumburl.Input}
	if err := t.edits(edits); err != nil {
		return r, err
	}
	if asks {
		t.format = format
	}
	if format == thumburl.WebP && asks && p.Effort != nil {
		t.webpEffort(p.Effort)
	}
	r.Request.Edits, r.Request.OutputFormat = t.canonical(), t.format
	return r, nil
}

// outputFormat is what the answer is to be, by the original's order: toFormat, what
// the viewer takes, outputFormat; false is that nobody asks.
func (d *Dialect) outputFormat(asked language.Asked, p Picture, edits *Object) (thumburl.Format, bool, error) {
	if to, _ := edits.Get("toFormat"); isTruthy(to) {
		name, _ := to.(string)
		format, ok := Formats[name]
		if !ok {
			return 0, false, unsupported("edits.toFormat", to)
		}
		d.moveQuality(p, edits, format)
		return format, true, nil
	}
	// A drawing to which nothing is to be done stays one; here its name has to tell.
	isDrawing := len(edits.Names()) == 0 && strings.HasSuffix(strings.ToLower(p.Key), ".svg")
	if isDrawing {
		asked.Variant = thumburl.Source
	}
	if asked.Variant == thumburl.WebP && d.Config.AutoWebP || asked.Variant == thumburl.AVIF && d.Config.AutoAVIF {
		d.moveQuality(p, edits, asked.Variant)
		return asked.Variant, true, nil
	}
	if isTruthy(p.OutputFormat) {
		name, _ := p.OutputFormat.(string)
		format, ok := Formats[name]
		if !ok {
			return 0, false, unsupported("outputFormat", p.OutputFormat)
		}
		return format, true, nil
	}
	return 0, false, nil
}

// moveQuality gives the quality that a thumbor path says for the format of its name
// to the format that is answered.
func (d *Dialect) moveQuality(p Picture, edits *Object, format thumburl.Format) {
	if !p.IsThumbor {
		return
	}
	for _, name := range edits.Names() {
		if slices.Contains(qualityFormats, name) {
			if name != format.String() {
				v, _ := edits.Get(name)
				edits.Set(format.String(), v)
				edits.Delete(name)
			}
			return
		}
	}
}

// qualityFormats are those whose options are moved.
var qualityFormats = []string{"jpeg", "png", "webp", "tif", "tiff", "heif", "gif", "avif"}

// Formats that are written, by the original's names.
var Formats = map[string]thumburl.Format{
	"jpg": thumburl.JPEG, "jpeg": thumburl.JPEG, "png": thumburl.PNG, "webp": thumburl.WebP,
	"avif": thumburl.AVIF, "gif": thumburl.GIF, "tiff": thumburl.TIFF, "tif": thumburl.TIFF,
}

func unsupported(field string, given any) error {
	return BadRequest(CodeUnsupported, "%s: got %s, want jpg, jpeg, png, webp, avif, gif or tiff", field, show(given))
}

// mapQuery adds the edits of a query, as version 7 does: what it says of the size
// replaces what was said of it.
func mapQuery(query map[string]string, edits *Object) {
	resize := &Object{}
	whole := func(s string) any {
		if n, ok := ParseInt(s); ok {
			return float64(n)
		}
		return math.NaN()
	}
	isOn := func(s string) any { return s != "" && s != "0" && strings.ToLower(s) != "false" }
	for _, name := range slices.Sorted(maps.Keys(query)) {
		s := query[name]
		switch name {
		case "format":
			edits.Set("toFormat", s)
		case "fit":
			resize.Set("fit", s)
		case "width", "height":
			if s == "0" || s == "" {
				resize.Set(name, nil)
			} else {
				resize.Set(name, whole(s))
			}
		case "rotate":
			if s == "" {
				edits.Set("rotate", nil)
			} else {
				edits.Set("rotate", whole(s))
			}
		case "flip", "flop", "grayscale", "greyscale":
			edits.Set(name, isOn(s))
		}
	}
	if len(resize.names) > 0 {
		edits.Set("resize", resize)
	}
}
