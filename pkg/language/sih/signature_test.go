package sih

import (
	"testing"

	"github.com/thumbfront/thumbfront/pkg/language"
)

// The original signs a query whose values are not encoded, so "height=1&width=2" is one
// text whether it is two parameters or a height of "1&width=2", of which parseInt takes
// the 1: whoever had a signed URL could have another picture made with its signature.
func TestSignatureOfParametersRunTogether(t *testing.T) {
	path := pathOf(`{"key":"a"}`)
	signature := Sign([]byte("new"), path, map[string]string{"height": "100", "width": "200"})
	d := dialect()
	d.Config.EnableSignature, d.Config.SecretKey = true, "k"
	d.Secrets = fakeSecrets{secrets: [][]byte{[]byte(`{"k":"new"}`)}, fresh: [][]byte{[]byte(`{"k":"new"}`)}}
	_, err := read(t, d, language.Asked{Path: path, Query: map[string]string{"height": "100&width=200", "signature": signature}})
	wantCode(t, "a height that holds the width", err, 403, codeWrongSignature)
	if r, err := read(t, d, language.Asked{Path: path, Query: map[string]string{"height": "100", "width": "200", "signature": signature}}); err != nil || !r.Signed {
		t.Errorf("as it was signed: %v", err)
	}
}
