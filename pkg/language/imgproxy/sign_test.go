package imgproxy

import (
	"strings"
	"testing"
)

// The last character of a signature holds two bits that belong to no byte. Were they not
// looked at, each signed URL would have four spellings, and caches four answers.
func TestSignatureHasOneSpelling(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	key, path := Key{[]byte{1}, []byte{2}}, "/w:5/plain/s3://ours/uploads/a.jpg"
	right := Sign(key, path, MaxSignatureSize)
	for _, c := range alphabet {
		spelled := right[:len(right)-1] + string(c)
		if got := verify([]Key{key}, path, spelled, MaxSignatureSize); got != (spelled == right) {
			t.Errorf("%s: verifies is %v", spelled, got)
		}
	}
	for _, spelled := range []string{"", right[1:], right + "=", right + "A", right[:20] + "\n" + right[20:], strings.ToLower(right)} {
		if verify([]Key{key}, path, spelled, MaxSignatureSize) {
			t.Errorf("%q verifies", spelled)
		}
	}
}

// A trusted signature opens every path; a part of one, or an empty one, opens none.
func TestTrustedSignaturesAreWhole(t *testing.T) {
	trusted := []string{"first-trusted", "second-trusted"}
	for _, signature := range trusted {
		if !isTrusted(trusted, signature) {
			t.Errorf("%q is not trusted", signature)
		}
	}
	for _, signature := range []string{"", "first", "first-trusted-and-more", "First-trusted", "first-trustedsecond-trusted"} {
		if isTrusted(trusted, signature) || isTrusted(nil, signature) {
			t.Errorf("%q is trusted", signature)
		}
	}
}
