package lambda

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// Answers that aws-lambda-go does not send, but another runtime may.
func TestRelay(t *testing.T) {
	const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"
	breaks := iotest.ErrReader(errors.New("reset"))
	tests := map[string]struct {
		contentType, mode string
		body              io.Reader
		want              string // status, Content-Type and body
		err               string
	}{
		"stream":               {integrationResponse, "streaming", strings.NewReader(`{"statusCode":201,"headers":{"content-type":"a/b"}}` + nuls + "body" + nuls), "201 a/b body" + nuls, ""},
		"stream without mode":  {integrationResponse, "", strings.NewReader(`{}` + nuls + "body"), "200 application/octet-stream body", ""},
		"byte for byte":        {integrationResponse, "", iotest.OneByteReader(strings.NewReader(`{}` + nuls + "body")), "200 application/octet-stream body", ""},
		"no body":              {integrationResponse, "", strings.NewReader(`{}` + nuls), "200 application/octet-stream ", ""},
		"raw stream":           {"text/plain", "streaming", strings.NewReader("body"), "200 application/octet-stream body", ""},
		"nothing":              {integrationResponse, "", strings.NewReader(""), "", "within its prelude"},
		"no separator":         {integrationResponse, "", strings.NewReader(`{"statusCode":200}`), "", "within its prelude"},
		"short separator":      {integrationResponse, "", strings.NewReader("{}\x00\x00"), "", "prelude"},
		"interrupted one":      {integrationResponse, "", strings.NewReader("{}\x00\x00body of it"), "", "does not end with 8 NUL bytes"},
		"prelude not JSON":     {integrationResponse, "", strings.NewReader("{" + nuls), "", "prelude"},
		"endless prelude":      {integrationResponse, "", strings.NewReader(strings.Repeat(" ", maxPrelude+1)), "", "longer than"},
		"status":               {integrationResponse, "", strings.NewReader(`{"statusCode":99}` + nuls), "", "want 200 to 599"},
		"hangs up early":       {integrationResponse, "", io.MultiReader(strings.NewReader("{"), breaks), "", "hung up"},
		"hangs up in the body": {integrationResponse, "", io.MultiReader(strings.NewReader("{}"+nuls+"bo"), breaks), "200 application/octet-stream bo", "hung up"},
		"hangs up in JSON":     {"application/json", "", io.MultiReader(strings.NewReader("{"), breaks), "", "hung up"},
		"not base64":           {"application/json", "", strings.NewReader(`{"statusCode":200,"body":"%","isBase64Encoded":true}`), "", "body"},
		"too large":            {"application/json", "", strings.NewReader(`"` + strings.Repeat("a", maxBuffered) + `"`), "", "ResponseSizeTooLarge"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", test.body)
			r.Header.Set("Content-Type", test.contentType)
			if test.mode != "" {
				r.Header.Set("Lambda-Runtime-Function-Response-Mode", test.mode)
			}
			inv := newInvocation("id", "trace", nil)
			go func() { inv.end(inv.relay(r)) }()

			got := ""
			h := <-inv.head
			err := h.err
			if err == nil {
				var body []byte
				body, err = io.ReadAll(inv.body)
				got = fmt.Sprint(h.status, " ", h.header.Get("Content-Type"), " ", string(body))
			}
			if got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error is %v, want %q", err, test.err)
			}
		})
	}
}
