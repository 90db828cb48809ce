package purge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// store is a bucket in memory.
type store map[string]time.Time

func (s store) Epochs(context.Context) ([]string, error) {
	var epochs []string
	for key := range s {
		epoch, _, _ := strings.Cut(key, "/")
		if !slices.Contains(epochs, epoch) {
			epochs = append(epochs, epoch)
		}
	}
	slices.Sort(epochs)
	return epochs, nil
}

func (s store) List(_ context.Context, prefix string) ([]storage.Stored, error) {
	var found []storage.Stored
	for key, at := range s {
		if strings.HasPrefix(key, prefix) {
			found = append(found, storage.Stored{Key: key, Written: at})
		}
	}
	return found, nil
}

func (s store) DeleteAll(_ context.Context, keys []string) error {
	for _, key := range keys {
		delete(s, key)
	}
	return nil
}

// MadeOf reads marks that are named mark:<overlay>:<thumbnail>.
func (s store) MadeOf(_ context.Context, overlay string) ([]storage.Stored, error) {
	var made []storage.Stored
	for key, at := range s {
		if thumbnail, ok := strings.CutPrefix(key, "mark:"+overlay+":"); ok {
			made = append(made, storage.Stored{Key: thumbnail, Written: at})
		}
	}
	return made, nil
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// path of a thumbnail, in the epoch.
func path(t *testing.T, epoch int, variant thumburl.Format, r thumburl.Request) string {
	t.Helper()
	payload, err := thumburl.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return thumburl.Path{Epoch: epoch, Payload: payload, Signature: "", Variant: variant}.String()
}

// Originals whose payloads begin alike: what is of one is not of another.
var alike = []string{"uploads/photo.jp", "uploads/photo.jpg", "uploads/photo.jpg.jpg", "uploads/photo", "uploads/photo.jpG", "uploads/photo.jpé", `uploads/photo.jp"`}

func filled(t *testing.T) store {
	s := store{"1/notours": noon, "1/!!": noon}
	for _, key := range alike {
		s[path(t, 1, thumburl.Source, thumburl.Request{Key: key})] = noon
		s[path(t, 1, thumburl.AVIF, thumburl.Request{Key: key, Preset: "card"})] = noon
		s[path(t, 1, thumburl.WebP, thumburl.Request{Key: key, Preset: "card"})] = noon.Add(time.Second)
		s[path(t, 7, thumburl.Source, thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: 5}}, Version: "e"})] = noon
		s[path(t, 1, thumburl.Source, thumburl.Request{Bucket: "other", Key: key})] = noon
		s[path(t, 1, thumburl.Source, thumburl.Request{Bucket: "others", Key: key, OutputFormat: thumburl.JPEG})] = noon
	}
	return s
}

// photo.jp is the beginning of photo.jpg, and base64 cuts in the middle of letters:
// what is listed by a prefix need not be of the original.
func TestDeletesExactlyWhatIsOfTheOriginal(t *testing.T) {
	for _, bucket := range []string{"", "ours", "other"} {
		for _, key := range alike {
			s := filled(t)
			want := 4
			if bucket == "other" {
				want = 1
			}
			p := Purger{Thumbnails: s, DefaultBucket: "ours", Epoch: 1}
			before := len(s)
			d, err := p.Delete(t.Context(), Original{bucket, key}, time.Time{})
			if err != nil || d.Count != want || len(d.Left) != 0 || len(s) != before-want {
				t.Errorf("%s of %q: %+v, %d are left of %d, %v", key, bucket, d, len(s), before, err)
			}
			for stored := range s {
				if p.isOf(stored, Original{bucket, key}) {
					t.Errorf("%s of %q: %s is left", key, bucket, stored)
				}
			}
		}
	}
}

func TestDeletesWhatIsOlder(t *testing.T) {
	s := filled(t)
	p := Purger{Thumbnails: s, DefaultBucket: "ours", Epoch: 1}
	d, err := p.Delete(t.Context(), Original{Key: "uploads/photo.jpg"}, noon.Add(time.Second))
	if err != nil || d.Count != 3 || len(d.Left) != 1 || d.Left[0].Key != path(t, 1, thumburl.WebP, thumburl.Request{Key: "uploads/photo.jpg", Preset: "card"}) {
		t.Errorf("%+v, %v", d, err)
	}
}

// A logo that was deleted lived on in every picture that it was laid on.
func TestDeletesWhatAnOverlayIsSeenIn(t *testing.T) {
	s := store{}
	logo := Original{Key: "uploads/logo.png"}
	watermarked := func(key string) string {
		return path(t, 1, thumburl.Source, thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Watermark{Original: thumburl.Original{Key: logo.Key}}}})
	}
	old, young, other := watermarked("uploads/old.jpg"), watermarked("uploads/young.jpg"), watermarked("uploads/other.jpg")
	for key, at := range map[string]time.Time{old: noon, young: noon.Add(time.Second), other: noon} {
		s[key] = at
		s["mark:ours/uploads/logo.png:"+key] = at
	}
	s["mark:ours/uploads/logo.png:overlays/none"] = noon
	delete(s, "mark:ours/uploads/logo.png:"+other)
	p := Purger{Thumbnails: s, DefaultBucket: "ours", Epoch: 1}
	d, err := p.Delete(t.Context(), logo, noon.Add(time.Second))
	_, hasOld := s[old]
	_, hasYoung := s[young]
	if err != nil || d.Count != 1 || hasOld || !hasYoung {
		t.Errorf("%+v, %v; %v", d, err, s)
	}
	paths := p.Paths(d.Stale)
	for _, want := range []string{"/" + old, strings.TrimPrefix("/"+old, "/1")} {
		if !slices.ContainsFunc(paths, func(pattern string) bool { return strings.HasPrefix(want, strings.TrimSuffix(pattern, "*")) }) {
			t.Errorf("%s is not covered by %q", want, paths)
		}
	}
	if _, ok := s[other]; !ok {
		t.Error("a thumbnail without a mark was deleted")
	}
}

func TestNothingOfWhatCannotBeNamed(t *testing.T) {
	p := Purger{Thumbnails: store{"1/a": noon}}
	for _, key := range []string{"", strings.Repeat("a", 800), "uploads/\xff"} {
		d, err := p.Delete(t.Context(), Original{Key: key}, time.Time{})
		if d.Count != 0 || err != nil || len(p.Paths(d.Stale)) != 0 {
			t.Errorf("%.20q: %+v, %v", key, d, err)
		}
	}
}

// Each path of a thumbnail of the originals is invalidated, as the viewer and as
// the edge writes it, by at most as many wildcards as CloudFront takes.
func TestPathsCoverAll(t *testing.T) {
	p := Purger{DefaultBucket: "ours", Epoch: 3}
	for _, n := range []int{0, 1, 7, 8, 100} {
		var originals []Original
		for i := range n {
			originals = append(originals, Original{Key: fmt.Sprintf("uploads/%d/picture-%d.jpg", i*i, i)})
		}
		originals = append(originals, originals...) // a key that changed twice is named once
		var prefixes []string
		for _, o := range originals {
			prefixes = append(prefixes, p.Prefix(o))
		}
		paths := p.Paths(prefixes)
		if len(paths) > MaxWildcards || n <= 7 && len(paths) != 2*n {
			t.Errorf("%d originals are %d paths", n, len(paths))
		}
		for _, o := range originals {
			edge := "/" + path(t, 3, thumburl.AVIF, thumburl.Request{Key: o.Key, Preset: "card"})
			for _, want := range []string{edge, strings.TrimPrefix(edge, "/3")} {
				if !slices.ContainsFunc(paths, func(pattern string) bool { return strings.HasPrefix(want, strings.TrimSuffix(pattern, "*")) }) {
					t.Errorf("%d originals: %s is not covered by %q", n, want, paths)
				}
			}
		}
	}
}

func FuzzPrefix(f *testing.F) {
	for _, key := range alike {
		f.Add("", key, "card", "etag")
		f.Add("other", key, "", "")
	}
	p := Purger{DefaultBucket: "ours"}
	f.Fuzz(func(t *testing.T, bucket, key, preset, version string) {
		r := thumburl.Request{Bucket: bucket, Key: key, Preset: preset, Version: version}
		payload, err := thumburl.Encode(r)
		if err != nil || bucket == "ours" {
			return
		}
		prefix := p.Prefix(Original{bucket, key})
		if prefix == "" || !strings.HasPrefix(payload, prefix) {
			t.Errorf("%+v: %q does not begin with %q", r, payload, prefix)
		}
		if !p.isOf("1/"+payload, Original{bucket, key}) || p.isOf("1/"+payload, Original{bucket, key + "x"}) {
			t.Errorf("%+v is not told", r)
		}
	})
}
