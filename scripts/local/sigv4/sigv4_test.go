package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/thumbfront/thumbfront/scripts/local/sigv4"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	region = "eu-central-1"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func secrets(id string) (string, bool) {
	return secret, id == keyID
}

// sign makes a signed request to a function URL; the edits happen after the
// signing, on its way to the server.
func sign(t *testing.T, url, method, target, body, hash string, at time.Time, key, keySecret string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Custom", "a  b")
	signed := hash
	if signed == "" {
		sum := sha256.Sum256([]byte(body))
		signed = hex.EncodeToString(sum[:])
	} else {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: key, SecretAccessKey: keySecret}, r, signed, "lambda", region, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerify(t *testing.T) {
	check := sigv4.Verify("lambda", region, secrets, func() time.Time { return now })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()

	sum := sha256.Sum256([]byte("hello"))
	bodyHash := hex.EncodeToString(sum[:])

	tests := map[string]struct {
		target, method, body, hash string
		at                         time.Time
		key, secret                string
		edit                       func(*http.Request)
		refused                    string // part of the error; empty: accepted
	}{
		"plain GET":            {method: "GET"},
		"escaped path":         {target: "/a%2Fb/%20c//d/../~e?b=2&a=1%2F&a=0", method: "GET"},
		"body":                 {method: "POST", body: "hello"},
		"body and its hash":    {method: "POST", body: "hello", hash: bodyHash},
		"unsigned payload":     {method: "POST", body: "hello", hash: "UNSIGNED-PAYLOAD"},
		"4 minutes early":      {method: "GET", at: now.Add(-4 * time.Minute)},
		"extra header":         {method: "GET", edit: func(r *http.Request) { r.Header.Set("X-Via", "proxy") }},
		"not signed":           {method: "GET", edit: func(r *http.Request) { r.Header.Del("Authorization") }, refused: "no Authorization"},
		"basic":                {method: "GET", edit: func(r *http.Request) { r.SetBasicAuth("a", "b") }, refused: "not of the kind"},
		"half a header":        {method: "GET", edit: func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b") }, refused: "wants Credential"},
		"no date":              {method: "GET", edit: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, refused: "X-Amz-Date"},
		"6 minutes late":       {method: "GET", at: now.Add(6 * time.Minute), refused: "away from the clock"},
		"unknown key":          {method: "GET", key: "AKIDOTHER", refused: "unknown access key"},
		"wrong secret":         {method: "GET", secret: "wrong", refused: "does not match"},
		"other path":           {method: "GET", edit: func(r *http.Request) { r.URL.Path = "/other" }, refused: "does not match"},
		"other query":          {method: "GET", edit: func(r *http.Request) { r.URL.RawQuery = "x=1" }, refused: "does not match"},
		"other method":         {method: "GET", edit: func(r *http.Request) { r.Method = "DELETE" }, refused: "does not match"},
		"other signed header":  {method: "GET", edit: func(r *http.Request) { r.Header.Set("X-Custom", "c") }, refused: "does not match"},
		"signed header gone":   {method: "GET", edit: func(r *http.Request) { r.Header.Del("X-Custom") }, refused: "cannot be checked"},
		"other body":           {method: "POST", body: "hello", edit: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("jello")) }, refused: "does not match"},
		"other body than hash": {method: "POST", body: "jello", hash: bodyHash, refused: "not the hash of the body"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			at, key, keySecret, target := test.at, test.key, test.secret, test.target
			if at.IsZero() {
				at = now
			}
			if key == "" {
				key = keyID
			}
			if keySecret == "" {
				keySecret = secret
			}
			if target == "" {
				target = "/path"
			}
			r := sign(t, server.URL, test.method, target, test.body, test.hash, at, key, keySecret)
			if test.edit != nil {
				test.edit(r)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			got, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if test.refused == "" {
				if response.StatusCode != http.StatusOK || string(got) != test.body {
					t.Errorf("answered %d %q, want 200 and the body %q", response.StatusCode, got, test.body)
				}
				return
			}
			if response.StatusCode != http.StatusForbidden || !strings.Contains(string(got), test.refused) {
				t.Errorf("answered %d %q, want 403 and %q", response.StatusCode, got, test.refused)
			}
		})
	}
}

// A scope of another service or region must not open this one, although its
// signature is right.
func TestVerifyScope(t *testing.T) {
	r := sign(t, "http://127.0.0.1", "GET", "/", "", "", now, keyID, secret)
	for name, check := range map[string]func(*http.Request) error{
		"service": sigv4.Verify("s3", region, secrets, func() time.Time { return now }),
		"region":  sigv4.Verify("lambda", "us-east-1", secrets, func() time.Time { return now }),
	} {
		if err := check(r); err == nil || !strings.Contains(err.Error(), "credential scope") {
			t.Errorf("%s: %v, want a refused scope", name, err)
		}
	}
}
