// Package thumbor reads the thumbor paths of the Serverless Image Handler, and those
// that its rewrite turns into such:
//
//	/[fit-in/][<left>x<top>:<right>x<bottom>/][<width>x<height>/][filters:<name>(<values>)…/][s3:<bucket>/]<key>
//
// It translates them into that handler's edits, and takes part in its signatures,
// queries, headers and errors: see package sih.
package thumbor

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/language/sih"
)

// Language reads thumbor paths.
type Language struct{ *sih.Dialect }

var _ language.Language = Language{}

// Name implements [language.Language].
func (Language) Name() string { return "thumbor" }

var (
	extension = regexp.MustCompile(`.\.[^.\\/]+$`)
	readable  = regexp.MustCompile(`(?i)\.(jpe?g|png|webp|tiff?|svg|gif|avif)$`)
)

// Read implements [language.Language]. Every path is one of this language; a name
// with an extension of another format is refused, as in the original, where paths
// are not rewritten.
func (l Language) Read(ctx context.Context, asked language.Asked) (language.Reading, error) {
	checked, err := l.Check(ctx, asked)
	if err != nil {
		return language.Reading{}, err
	}
	path := asked.Path
	if l.Config.Rewrite.IsSet() {
		path = l.Config.Rewrite.Path(path)
	} else if extension.MatchString(path) && !readable.MatchString(path) {
		return language.Reading{}, sih.BadRequest(sih.CodeRequestType,
			"the path is no base64 of JSON, and its name does not end in jpg, jpeg, png, webp, tif, tiff, svg, gif or avif")
	}
	bucket := l.bucket(asked.Path) // the original looks in the path as it was sent
	key, err := keyOf(path, bucket)
	if err != nil {
		return language.Reading{}, err
	}
	edits, err := editsOf(path)
	if err != nil {
		return language.Reading{}, err
	}
	return l.Compose(asked, checked, sih.Picture{Bucket: bucket, Key: key, Edits: edits, IsThumbor: true})
}

// bucket is the first one that the path names and that may be read, or the first
// one of all.
func (l Language) bucket(path string) string {
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "s3:"); ok && l.IsSource(name) {
			return name
		}
	}
	return l.FirstBucket()
}

var (
	cropSegment   = regexp.MustCompile(`^[0-9]+x[0-9]+:[0-9]+x[0-9]+$`)
	sizeSegment   = regexp.MustCompile(`^[0-9]+x[0-9]+$`)
	watermarks    = regexp.MustCompile(`filters:watermark\(.*\)`)
	filterSegment = regexp.MustCompile(`filters:[^/]+`)
)

// keyOf is what is left of a path when all that it says is taken out.
func keyOf(path, bucket string) (string, error) {
	segments := strings.Split(path, "/")
	var kept []string
	for i, segment := range segments {
		inside := i > 0 && i < len(segments)-1
		if inside && (cropSegment.MatchString(segment) || sizeSegment.MatchString(segment)) {
			continue
		}
		kept = append(kept, segment)
	}
	rest := strings.Join(kept, "/")
	if at := watermarks.FindStringIndex(rest); at != nil {
		rest = rest[:at[0]] + rest[at[1]:]
	}
	rest = filterSegment.ReplaceAllString(rest, "")
	rest = withoutFitIn(rest)
	rest = strings.Replace(rest, "s3:"+bucket+"/", "", 1)
	key, err := url.PathUnescape(strings.TrimLeft(rest, "/"))
	if err != nil || key == "" {
		return "", sih.BadRequest(sih.CodeRequestType, "the path names no picture, or is not percent-encoded UTF-8")
	}
	return key, nil
}

// withoutFitIn takes out the segments fit-in that lie inside the path.
func withoutFitIn(path string) string {
	segments := strings.Split(path, "/")
	kept := segments[:0]
	for i, segment := range segments {
		if segment != "fit-in" || i == 0 || i == len(segments)-1 {
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}
