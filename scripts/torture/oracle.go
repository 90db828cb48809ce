package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// foreignKept is how long an answer to another language is kept: what foreignTTL says.
const foreignKept = 60 * time.Second

// oracle knows what every original is, and was.
type oracle struct {
	originals []*original
	library   *library
}

func newOracle() *oracle { return &oracle{library: newLibrary()} }

// original is a key.
type original struct {
	key     string
	current *content // nil: there is none
	// acceptable are the pictures that may be seen: until an event has been dealt with,
	// also those that were there before. absent: and none.
	acceptable []*content
	absent     bool
	// past and diary are for who looks for the cause of a violation: what it ever was, and
	// what was done to it.
	past    []*content
	diary   []string
	changed bool  // since all was at rest
	known   bool  // ingest has been told of what is there, or was there before
	asks    []ask // since then
}

// become is called before it is what it becomes.
func (o *original) become(c *content) {
	o.changed = true
	o.known = c != nil && !c.bad // what is gone has no entity
	o.current = c
	if c == nil {
		o.absent = true
		return
	}
	o.acceptable, o.past = append(o.acceptable, c), append(o.past, c)
	if c.bad {
		o.absent = true // it is moved away
	}
}

const diaryLines = 12 // that a violation shows

func (o *original) noteInDiary(step int, format string, args ...any) {
	o.diary = append(o.diary, fmt.Sprintf("%d: ", step)+fmt.Sprintf(format, args...))
	o.diary = o.diary[max(0, len(o.diary)-diaryLines):]
}

// story is what was last done to it, for the text of a violation.
func (o *original) story() string { return "; its diary: " + strings.Join(o.diary, "; ") }

// settle is called when every event has been dealt with.
func (o *original) settle() {
	if o.current != nil && o.current.bad {
		o.current = nil
	}
	o.acceptable, o.absent = nil, o.current == nil
	if o.current != nil {
		o.acceptable = []*content{o.current}
	}
}

const mostAsks = 12 // that are looked at again when all is at rest

func (o *original) asked(a ask) {
	if a.wrong == 0 && len(o.asks) < mostAsks && !slices.ContainsFunc(o.asks, func(b ask) bool { return b.path == a.path && b.accept == a.accept }) {
		o.asks = append(o.asks, a)
	}
}

// failedHonestly begins what is said of an answer that is no picture, and does not claim to
// be: during a fault that may be.
const failedHonestly = "no picture: "

// look asks as a viewer does, and gives what is wrong with the answer.
func (s *story) look(ctx context.Context, a ask, o *original, faulty bool) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return err.Error()
	}
	request.URL.Opaque = "//" + request.URL.Host + a.path
	if a.accept != "" {
		request.Header.Set("Accept", a.accept)
	}
	answer, err := s.viewers.Do(request)
	if err != nil {
		return failedHonestly + err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Sprintf("%s%s of %s by %.60s breaks off after %d bytes: %v; %v", failedHonestly, answer.Status, o.key, a.path, len(body), err, answer.Header)
	}
	what := fmt.Sprintf("%s (%s, age %q) of %s by %.60s (Accept %q)", answer.Status, answer.Header.Get("X-Cache"), answer.Header.Get("Age"), o.key, a.path, a.accept)
	if answer.StatusCode == http.StatusOK {
		if wrong := s.judge(ctx, a, o, answer, body); wrong != "" {
			return what + ": " + wrong
		}
		return ""
	}
	if wrong := judgeError(answer, body); wrong != "" {
		return what + ": " + wrong
	}
	if s.isRightError(answer.StatusCode, a, o) {
		return ""
	}
	if answer.StatusCode >= 500 || faulty && answer.StatusCode != http.StatusForbidden {
		return failedHonestly + what + " " + string(body)
	}
	return what + ": " + string(body) + o.story()
}

// judge says what is wrong with a picture.
func (s *story) judge(ctx context.Context, a ask, o *original, answer *http.Response, body []byte) string {
	if a.wrong != 0 {
		return fmt.Sprintf("want %d: nobody may see this", a.wrong)
	}
	if sum := md5.Sum(body); answer.Header.Get("ETag") != `"`+hex.EncodeToString(sum[:])+`"` {
		return "its ETag " + answer.Header.Get("ETag") + " is not that of the body"
	}
	if length := answer.Header.Get("Content-Length"); length != "" && length != strconv.Itoa(len(body)) {
		return "its length is not the one that it says"
	}
	for _, c := range o.acceptable {
		if c.bad {
			continue
		}
		want, err := s.oracle.library.picture(ctx, c, a)
		if err != nil {
			return "the picture can't be rendered apart: " + err.Error()
		}
		if bytes.Equal(want.Body, body) {
			if got := answer.Header.Get("Content-Type"); got != want.ContentType() {
				return "its type is " + got + ", want " + want.ContentType()
			}
			return ""
		}
	}
	return fmt.Sprintf("%d bytes that are none of the %d pictures that may be seen%s; %v%s", len(body), len(o.acceptable), s.whose(ctx, a, o, body), answer.Header, o.story())
}

// whose tells which picture of the past a wrong answer is.
func (s *story) whose(ctx context.Context, a ask, o *original, body []byte) string {
	for i, c := range o.past {
		if c.bad {
			continue
		}
		if p, err := s.oracle.library.picture(ctx, c, a); err == nil && bytes.Equal(p.Body, body) {
			return fmt.Sprintf(", but the one that was uploaded as the %d. of %d", i+1, len(o.past))
		}
	}
	return ""
}

// judgeError says what is wrong with an error's form.
func judgeError(answer *http.Response, body []byte) string {
	for directive := range strings.SplitSeq(answer.Header.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if seconds, err := strconv.Atoi(value); err == nil && strings.HasSuffix(name, "max-age") && (seconds > 10 || answer.StatusCode >= 500 && seconds > 0) {
			return "an error that is cached: " + directive
		}
	}
	if answer.StatusCode < 500 && answer.Header.Get("X-Cache") != "" && !strings.Contains(answer.Header.Get("Content-Type"), "xml") {
		var e struct{ Code, Message string }
		if json.Unmarshal(body, &e) != nil || e.Code == "" || e.Message == "" {
			return fmt.Sprintf("an error that does not say what is wrong: %.100q", body)
		}
	}
	return ""
}

// isRightError tells an error that is the right answer.
func (s *story) isRightError(status int, a ask, o *original) bool {
	if a.wrong != 0 {
		return status == a.wrong
	}
	bad := slices.ContainsFunc(o.acceptable, func(c *content) bool { return c.bad })
	switch status {
	case http.StatusForbidden: // its secret is neither the current one nor the one before
		return a.secret >= 0 && a.secret < s.secret-1
	case http.StatusNotFound:
		return o.absent
	case http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return bad
	case http.StatusBadRequest: // in another language
		return bad && s.open
	}
	return false
}

// account looks whether everything that is stored is accounted for, when all is at rest.
func (s *story) account(ctx context.Context) {
	thumbnails, err := s.list(ctx, stack.ThumbnailsBucket)
	if err != nil {
		s.violation("%v", err)
		return
	}
	purger := purge.Purger{DefaultBucket: stack.OriginalsBucket, Epoch: 1}
	for _, key := range thumbnails {
		of := slices.IndexFunc(s.oracle.originals, func(o *original) bool {
			_, rest, _ := strings.Cut(key, "/")
			return o.current != nil && strings.HasPrefix(rest, purger.Prefix(purge.Original{Key: o.key}))
		})
		if of < 0 {
			s.violation("%.80s is stored, and is of no original that is there", key)
		}
	}
	objects, err := s.list(ctx, stack.OriginalsBucket)
	if err != nil {
		s.violation("%v", err)
		return
	}
	there := map[string]bool{}
	for _, o := range s.oracle.originals {
		there[o.key] = o.current != nil
	}
	for _, key := range objects {
		original, isEntity := storage.OriginalOf(key)
		switch {
		case strings.HasPrefix(key, storage.QuarantinePrefix):
		case isEntity && !there[original]:
			s.violation("the entity of %s is left, which is gone", original)
		case !isEntity && !there[key]:
			s.violation("%s is left in the bucket", key)
		}
	}
	for key, isThere := range there {
		if isThere && (!slices.Contains(objects, key) || !slices.Contains(objects, storage.EntityKey(key))) {
			s.violation("%s, or its entity, is lost", key)
		}
	}
}
