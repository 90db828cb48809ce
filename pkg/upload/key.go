package upload

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Prefix of the originals bucket below which uploads lie.
const Prefix = "uploads/"

const (
	maxName     = 1024 // bytes
	maxKey      = 1024 // bytes; S3's own limit
	maxSlug     = 64   // bytes, without the extension
	emptySlug   = "picture"
	randomChars = 16 // base32: 80 bits, so that a key is neither met twice nor guessed
)

// kind is a kind of picture that is taken.
type kind struct {
	contentType string
	extensions  []string // the first is the one that a key gets
}

var kinds = []kind{
	{"image/jpeg", []string{"jpg", "jpeg", "jpe", "jfif"}},
	{"image/png", []string{"png"}},
	{"image/webp", []string{"webp"}},
	{"image/heic", []string{"heic"}},
	{"image/heif", []string{"heif", "hif"}},
	{"image/avif", []string{"avif"}},
	{"image/gif", []string{"gif"}},
	{"image/tiff", []string{"tiff", "tif"}},
}

// Types lists the content types that are taken.
func Types() []string {
	types := make([]string, len(kinds))
	for i, k := range kinds {
		types[i] = k.contentType
	}
	return types
}

// kindOf finds the kind that a file's type names. Browsers that do not know
// HEIC give no type for it: then the extension of the name tells.
func kindOf(f File) (kind, error) {
	contentType, _, _ := strings.Cut(f.Type, ";")
	contentType = strings.ToLower(strings.TrimSpace(contentType))
	_, extension := splitExtension(f.Name)
	for _, k := range kinds {
		if contentType == k.contentType || contentType == "" && k.hasExtension(extension) {
			return k, nil
		}
	}
	given := quote(f.Type)
	if contentType == "" {
		given = "no type, and the name " + quote(f.Name)
	}
	return kind{}, &Error{Code: CodeUnsupportedType, Field: "type", Given: given, Allowed: "one of " + strings.Join(Types(), ", ")}
}

func (k kind) hasExtension(extension string) bool {
	return slices.Contains(k.extensions, extension)
}

// splitExtension cuts a name at its last dot; the extension comes in lower case.
func splitExtension(name string) (stem, extension string) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return name, ""
	}
	return name[:dot], strings.ToLower(name[dot+1:])
}

func validateName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return &Error{Code: CodeInvalidField, Field: "name", Given: quote(name), Allowed: fmt.Sprintf("the file's name, 1 to %d bytes of UTF-8", maxName)}
	}
	return nil
}

// newKey gives a key that no other upload has, with the file's name for people
// who look into the bucket; an empty extension is none.
func (s Signer) newKey(name, extension string) (string, error) {
	below, err := s.below()
	if err != nil {
		return "", err
	}
	if extension != "" {
		extension = "." + extension
	}
	return below + strings.ToLower(rand.Text()[:randomChars]) + "/" + slug(name) + extension, nil
}

const maxOwner = 128 // bytes

// Segments that URLs resolve, "." and "..", are none of these.
var owner = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)

// below is the prefix of all keys of the owner.
func (s Signer) below() (string, error) {
	if s.Owner == "" {
		return Prefix, nil
	}
	if len(s.Owner) > maxOwner || !owner.MatchString(s.Owner) {
		return "", &Error{Code: CodeInvalidField, Field: "owner", Given: quote(s.Owner),
			Allowed: fmt.Sprintf("up to %d letters, digits, - _ . in segments such as users/42", maxOwner)}
	}
	return Prefix + s.Owner + "/", nil
}

// validateBelow checks that a key is one of the owner's.
func (s Signer) validateBelow(key string) error {
	below, err := s.below()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(key, below) || len(key) == len(below) || len(key) > maxKey || !utf8.ValidString(key) || hasDotSegment(key) {
		return &Error{Code: CodeInvalidField, Field: "key", Given: quote(key), Allowed: "the key of an upload, below " + below + `, without "." or ".." segments`}
	}
	return nil
}

// hasDotSegment finds what a client, or a store that takes keys for files, would resolve:
// it leads out of the owner's prefix.
func hasDotSegment(key string) bool {
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

var ownKey = regexp.MustCompile(`^[a-z2-7]{` + strconv.Itoa(randomChars) + `}/[A-Za-z0-9_.-]+$`)

// validateOwnKey checks that a key is one that the signer has chosen for its owner.
func (s Signer) validateOwnKey(key string) error {
	if err := s.validateBelow(key); err != nil {
		return err
	}
	below, err := s.below()
	if err != nil {
		return err
	}
	if !ownKey.MatchString(key[len(below):]) {
		return &Error{Code: CodeInvalidField, Field: "key", Given: quote(key), Allowed: "the key that the upload was signed for"}
	}
	return nil
}

// slug is what is left of a name in a key: letters, digits, "-", "_" and "." of
// ASCII, without folders and without the extension of a picture.
func slug(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	stem, extension := splitExtension(name)
	if slices.ContainsFunc(kinds, func(k kind) bool { return k.hasExtension(extension) }) {
		name = stem
	}
	var b strings.Builder
	dash := false
	for _, c := range name {
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.'
		if !plain {
			dash = true
			continue
		}
		if dash && b.Len() > 0 {
			b.WriteByte('-')
		}
		dash = false
		b.WriteRune(c)
	}
	s := b.String()
	// Dots at the ends make segments that URLs resolve, or hidden files.
	s = strings.Trim(s[:min(len(s), maxSlug)], ".-")
	if s == "" {
		return emptySlug
	}
	return s
}
