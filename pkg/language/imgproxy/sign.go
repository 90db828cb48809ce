package imgproxy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Key is a pair that signs.
type Key struct{ Key, Salt []byte }

// MaxSignatureSize is the length of a whole signature, in bytes.
const MaxSignatureSize = sha256.Size

// Sign gives the signature of a path that begins with a slash: the first size bytes of
// HMAC-SHA256(key, salt + path), base64url without padding.
//
// https://docs.imgproxy.net/usage/signing_url
func Sign(key Key, path string, size int) string {
	mac := hmac.New(sha256.New, key.Key)
	mac.Write(key.Salt)
	mac.Write([]byte(path))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:size])
}

// verify reports whether one of the keys made the signature; it takes the same time
// wherever a wrong one differs. The text is compared, not the bytes that it decodes to:
// one signed URL has one spelling.
func verify(keys []Key, path, signature string, size int) bool {
	ok := false
	for _, key := range keys {
		ok = hmac.Equal([]byte(Sign(key, path, size)), []byte(signature)) || ok
	}
	return ok
}

// isTrusted reports whether a text is one of the settings' trusted signatures, each of
// which opens every path: it is compared as carefully as a key.
func isTrusted(trusted []string, signature string) bool {
	ok := false
	for _, one := range trusted {
		ok = hmac.Equal([]byte(one), []byte(signature)) || ok
	}
	return ok
}

// ParseKeys reads hex-encoded keys and salts, several separated by commas: the first of
// one go with the first of the other. The error says of no secret more than its place.
func ParseKeys(keys, salts string) ([]Key, error) {
	k, err1 := decodeHex("key", keys)
	s, err2 := decodeHex("salt", salts)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if len(k) != len(s) {
		return nil, fmt.Errorf("%d keys and %d salts, want a salt for each key", len(k), len(s))
	}
	pairs := make([]Key, len(k))
	for i := range k {
		pairs[i] = Key{k[i], s[i]}
	}
	return pairs, nil
}

func decodeHex(what, list string) (all [][]byte, err error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var errs []error
	for i, one := range strings.Split(list, ",") {
		decoded, err := hex.DecodeString(strings.TrimSpace(one))
		if err != nil || len(decoded) == 0 {
			errs = append(errs, fmt.Errorf("%s %d is not hex-encoded", what, i+1))
		}
		all = append(all, decoded)
	}
	return all, errors.Join(errs...)
}
