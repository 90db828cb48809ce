package thumburl

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// SignatureLength is the number of characters of a signature.
const SignatureLength = 22

// signatureBytes of the HMAC are kept: 128 bits can't be guessed and keep the
// path short.
const signatureBytes = 16

// Sign gives the signature of a payload: the first 16 bytes of
// HMAC-SHA256(secret, payload), base64url without padding, 22 characters.
func Sign(secret []byte, payload string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(payload))
	var sum [sha256.Size]byte
	return base64.RawURLEncoding.EncodeToString(mac.Sum(sum[:0])[:signatureBytes])
}

// Verify reports whether one of the secrets made the signature. It takes the
// same time wherever a wrong signature differs. An empty secret verifies
// nothing.
func Verify(secrets [][]byte, payload, signature string) bool {
	ok := 0
	for _, secret := range secrets {
		if len(secret) > 0 {
			ok |= subtle.ConstantTimeCompare([]byte(Sign(secret, payload)), []byte(signature))
		}
	}
	return ok == 1
}
