package thumburl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Access says who may ask.
type Access string

// The modes of access.
const (
	Signed          Access = "signed"  // a signature is needed
	PresetsOrSigned Access = "presets" // an unsigned request of exactly key and preset is served as well
	Open            Access = "open"    // unsigned requests are served; a signature that is there must still be right
)

// ParseAccess reads the name of a mode; empty is Signed.
func ParseAccess(name string) (Access, error) {
	switch a := Access(name); a {
	case "":
		return Signed, nil
	case Signed, PresetsOrSigned, Open:
		return a, nil
	}
	return "", invalidField("access", quote(name), oneOf([]string{string(Signed), string(PresetsOrSigned), string(Open)}))
}

// Preset is what a preset's name stands for.
type Preset struct {
	Edits        Edits
	OutputFormat Format
	Effort       int
}

// Presets by name.
type Presets map[string]Preset

// ParsePresets reads presets from JSON such as
//
//	{"card":{"edits":{"resize":{"width":288,"height":264}},"outputFormat":"auto"}}
//
// A preset has edits, outputFormat and effort. Empty is no presets.
func ParsePresets(data []byte) (Presets, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	presets := Presets{}
	err := eachMember("presets", data, func(name string, value json.RawMessage) error {
		r, err := ParseJSON(value)
		if err != nil {
			return fmt.Errorf("presets.%s: %w", name, err)
		}
		p := Preset{Edits: r.Edits, OutputFormat: r.OutputFormat, Effort: r.Effort}
		// Validated as the request that it will be, under a key that is valid.
		whole := Request{Key: "-", Edits: p.Edits, OutputFormat: p.OutputFormat, Effort: p.Effort}
		if err := whole.Validate(); err != nil {
			return fmt.Errorf("presets.%s: %w", name, err)
		}
		if !validPresetName(name) {
			return invalidField("presets", quote(name), presetNameAllowed)
		}
		if r.Bucket != "" || r.Key != "" || r.Source != "" || r.Preset != "" || r.Headers != nil || r.Version != "" || r.Expires != 0 {
			return invalidField("presets."+name, "a field that a preset does not have", "edits, outputFormat and effort")
		}
		presets[name] = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	return presets, nil
}

// Auto lists the presets of OutputFormat Auto, sorted: the edge has to know
// for which names it picks a variant.
func (p Presets) Auto() []string {
	var names []string
	for name, preset := range p {
		if preset.OutputFormat == Auto {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Policy says which requests are served.
type Policy struct {
	Access Access // empty is Signed
	// Secrets that sign: the current one and, while it is being rotated, the
	// previous one.
	Secrets [][]byte
	Presets Presets
	// DefaultBucket is the one that a request omits.
	DefaultBucket string
	// Buckets that may be named besides DefaultBucket.
	Buckets []string
	// Prefixes of DefaultBucket below which originals lie; none is everything.
	// Other buckets are served whole.
	Prefixes []string
	// Sources are prefixes of URLs, such as "https://img.example.com/photos/": originals
	// on the web are served below them; none is no such original.
	Sources []string
}

// Authorize judges a parsed request and resolves its preset and its bucket: the
// result names what is to be rendered. The error is an [*Error].
func (p Policy) Authorize(path Path, r Request, now time.Time) (Request, error) {
	if err := p.authorizeSignature(path, r); err != nil {
		return Request{}, err
	}
	if r.Expired(now) {
		return Request{}, &Error{Code: CodeExpired, Field: "expires", Given: time.Unix(r.Expires, 0).UTC().Format(time.RFC3339),
			Allowed: "a time to come"}
	}
	if r.Bucket == p.DefaultBucket && r.Bucket != "" {
		r.Bucket = ""
		canonical, err := Encode(r)
		if err != nil {
			return Request{}, err
		}
		return Request{}, notCanonical(canonical)
	}
	r, err := p.Locate(r)
	if err != nil {
		return Request{}, err
	}
	if r.Preset != "" {
		preset, ok := p.Presets[r.Preset]
		if !ok {
			return Request{}, &Error{Code: CodeUnknownPreset, Field: "preset", Given: quote(r.Preset),
				Allowed: oneOf(slices.Sorted(maps.Keys(p.Presets)))}
		}
		r.Preset, r.Edits = "", preset.Edits
		if r.OutputFormat == Source {
			r.OutputFormat = preset.OutputFormat
		}
		if r.Effort == 0 {
			r.Effort = preset.Effort
		}
	}
	if (r.OutputFormat == Auto) != (path.Variant != Source) {
		return Request{}, &Error{Code: CodeNotFound, Given: quote(withoutSignature(path.String())), Allowed: "a variant for outputFormat auto, and for no other"}
	}
	return r, nil
}

// Locate names the buckets of a request, and checks that they and the keys in them
// are served: those of the original, and of what the edits read besides. The error is
// an [*Error].
func (p Policy) Locate(r Request) (Request, error) {
	var err error
	if r.Source != "" {
		err = p.checkSource(r.Source)
	} else {
		r.Bucket, err = p.locate("", r.Bucket, r.Key)
	}
	if err != nil {
		return Request{}, err
	}
	for _, e := range r.Edits {
		for _, o := range (Edits{e}).Originals() {
			if _, err := p.locate("edits."+e.name()+".", o.Bucket, o.Key); err != nil {
				return Request{}, err
			}
		}
	}
	return r, nil
}

// locate checks one original and gives its bucket.
func (p Policy) locate(at, bucket, key string) (string, error) {
	if bucket != "" && bucket != p.DefaultBucket {
		if !slices.Contains(p.Buckets, bucket) {
			return "", &Error{Code: CodeBucketNotAllowed, Field: at + "bucket", Given: quote(bucket), Allowed: "a bucket of the settings"}
		}
		return bucket, nil
	}
	isBelow := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
	if len(p.Prefixes) > 0 && !slices.ContainsFunc(p.Prefixes, isBelow) {
		return "", &Error{Code: CodeKeyNotAllowed, Field: at + "key", Given: quote(key), Allowed: "a key that begins with " + oneOf(p.Prefixes)[len("one of "):]}
	}
	return p.DefaultBucket, nil
}

func (p Policy) authorizeSignature(path Path, r Request) error {
	if path.Signature != "" {
		if !Verify(p.Secrets, path.Payload, path.Signature) {
			return &Error{Code: CodeInvalidSignature, Allowed: "a signature made with the deployment's secret over this very payload"}
		}
		return nil
	}
	switch p.Access {
	case Open:
		return nil
	case PresetsOrSigned:
		if r.Key == "" || r.Preset == "" || !r.isOnlyKeyAndPreset() {
			return &Error{Code: CodeFieldNotAllowed, Allowed: "an unsigned request of exactly key and preset; any other field needs a signature"}
		}
		return nil
	}
	return &Error{Code: CodeSignatureRequired, Allowed: "a signed path: /<payload>.<signature>"}
}

func (r Request) isOnlyKeyAndPreset() bool {
	return r.Bucket == "" && len(r.Edits) == 0 && r.OutputFormat == Source && r.Effort == 0 &&
		len(r.Headers) == 0 && r.Version == "" && r.Expires == 0
}
