package sih

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
)

// Secrets gives the secrets that may have signed a request: JSON objects, in which
// SECRET_KEY names the key.
type Secrets interface {
	// Get gives the current secret and, where there is one, the previous one.
	Get(ctx context.Context) ([][]byte, error)
	// Reread gives them freshly read, because a signature did not verify.
	Reread(ctx context.Context) ([][]byte, error)
}

// Sign gives the original's signature of a path and its query: hexadecimal
// HMAC-SHA256 of the path as it is sent and, where there are parameters besides the
// signature, "?" and those, sorted, not encoded.
func Sign(key []byte, path string, query map[string]string) string {
	var pairs []string
	for _, name := range slices.SortedFunc(maps.Keys(query), func(a, b string) int {
		// The original sorts pairs of name and value as text.
		return cmp.Compare(a+","+query[a], b+","+query[b])
	}) {
		if name != "signature" {
			pairs = append(pairs, name+"="+query[name])
		}
	}
	text := path
	if len(pairs) > 0 {
		text += "?" + strings.Join(pairs, "&")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// checkSignature reports whether there is a signature that is right; without
// ENABLE_SIGNATURE there is none.
func (d *Dialect) checkSignature(ctx context.Context, asked language.Asked) (bool, error) {
	if !d.Config.EnableSignature {
		return false, nil
	}
	given := asked.Query["signature"]
	if given == "" {
		return false, BadRequest(codeNoSignature, "Query-string requires the signature parameter.")
	}
	if runTogether(asked.Query) {
		return false, failure(http.StatusForbidden, codeWrongSignature, "Signature does not match.")
	}
	for _, get := range []func(context.Context) ([][]byte, error){d.Secrets.Get, d.Secrets.Reread} {
		secrets, err := get(ctx)
		ok := false
		if err == nil {
			ok, err = d.verify(secrets, asked, given)
		}
		if err != nil {
			return false, &language.Error{Status: http.StatusInternalServerError, Code: codeNotValidated, Message: "Signature validation failed.", Cause: err}
		}
		if ok {
			return true, nil
		}
	}
	return false, failure(http.StatusForbidden, codeWrongSignature, "Signature does not match.")
}

// runTogether reports whether a value reads as several parameters in the text that is
// signed, in which values are not encoded: another request could have the signature. No
// parameter has a use for such a value.
func runTogether(query map[string]string) bool {
	for _, value := range query {
		if strings.Contains(value, "&") {
			return true
		}
	}
	return false
}

func (d *Dialect) verify(secrets [][]byte, asked language.Asked, given string) (bool, error) {
	match := 0
	for _, secret := range secrets {
		var keys map[string]string
		if err := json.Unmarshal(secret, &keys); err != nil {
			return false, fmt.Errorf("sih: the secret of SECRETS_MANAGER is not a JSON object of strings")
		}
		key := keys[d.Config.SecretKey]
		if key == "" {
			return false, fmt.Errorf("sih: the secret of SECRETS_MANAGER has no %s", d.Config.SecretKey)
		}
		match |= subtle.ConstantTimeCompare([]byte(Sign([]byte(key), asked.Path, asked.Query)), []byte(given))
	}
	return match == 1, nil
}
