// Package sigv4 checks AWS Signature Version 4 on incoming requests, for the
// local stand-ins of AWS services.
package sigv4

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	dateFormat      = "20060102T150405Z"

	// maxSkew is how far the signing time may be from the clock, either way.
	maxSkew = 5 * time.Minute
	// maxBody bounds what is read to check a payload hash: the callers checked
	// here send at most 6 MB.
	maxBody = 10 << 20
)

// Verify returns a check of a request's Authorization header against the
// credential scope of service and region. The check signs the request again,
// with the secret that secrets gives for its access key, over the headers that
// the caller signed, and compares in constant time. A nil clock is time.Now;
// the signing time may be 5 minutes off.
//
// The payload hash is X-Amz-Content-Sha256, where UNSIGNED-PAYLOAD is allowed,
// or without that header the body's own. Any other hash is compared with the
// body, which is read (at most 10 MB) and put back.
//
// Signatures in the query (presigned URLs) are not known here: they are
// refused as missing. The check's errors say what is wrong and hold no secret.
func Verify(service, region string, secrets func(accessKeyID string) (secret string, ok bool), clock func() time.Time) func(*http.Request) error {
	if clock == nil {
		clock = time.Now
	}
	return func(r *http.Request) error {
		given, err := parseAuthorization(r.Header.Get("Authorization"))
		if err != nil {
			return err
		}
		signedAt, err := time.Parse(dateFormat, r.Header.Get("X-Amz-Date"))
		if err != nil {
			return fmt.Errorf("sigv4: X-Amz-Date: %w", err)
		}
		if skew := clock().Sub(signedAt).Abs(); skew > maxSkew {
			return fmt.Errorf("sigv4: signed %v away from the clock, at most %v is allowed", skew.Round(time.Second), maxSkew)
		}
		if want := strings.Join([]string{signedAt.Format("20060102"), region, service, "aws4_request"}, "/"); given.scope != want {
			return fmt.Errorf("sigv4: credential scope %q, want %q", given.scope, want)
		}
		secret, ok := secrets(given.accessKeyID)
		if !ok {
			return fmt.Errorf("sigv4: unknown access key %q", given.accessKeyID)
		}
		payloadHash, err := checkedPayloadHash(r)
		if err != nil {
			return err
		}

		again := signedPart(r, given.signedHeaders)
		credentials := aws.Credentials{AccessKeyID: given.accessKeyID, SecretAccessKey: secret}
		// A new signer each time: it caches the key by access key and day,
		// so it would go on accepting a secret that was replaced.
		if err := v4.NewSigner().SignHTTP(r.Context(), credentials, again, payloadHash, service, region, signedAt, func(o *v4.SignerOptions) {
			o.DisableURIPathEscaping = service == "s3"
		}); err != nil {
			return fmt.Errorf("sigv4: sign again: %w", err)
		}
		want, err := parseAuthorization(again.Header.Get("Authorization"))
		if err != nil {
			return err
		}
		if given.signedHeaders != want.signedHeaders {
			return fmt.Errorf("sigv4: signed headers %q cannot be checked, only %q", given.signedHeaders, want.signedHeaders)
		}
		if subtle.ConstantTimeCompare([]byte(given.signature), []byte(want.signature)) != 1 {
			return errors.New("sigv4: the signature does not match")
		}
		return nil
	}
}

// AccessKeyID is the one that a request names as its signer's, verified or not;
// empty where there is none.
func AccessKeyID(r *http.Request) string {
	given, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return ""
	}
	return given.accessKeyID
}

type authorization struct {
	accessKeyID, scope, signedHeaders, signature string
}

func parseAuthorization(header string) (authorization, error) {
	if header == "" {
		return authorization{}, errors.New("sigv4: no Authorization header")
	}
	fields, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return authorization{}, fmt.Errorf("sigv4: Authorization is not of the kind %s", algorithm)
	}
	var a authorization
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			a.accessKeyID, a.scope, _ = strings.Cut(value, "/")
		case "SignedHeaders":
			a.signedHeaders = value
		case "Signature":
			a.signature = value
		}
	}
	if a.accessKeyID == "" || a.scope == "" || a.signedHeaders == "" || a.signature == "" {
		return authorization{}, errors.New("sigv4: Authorization wants Credential, SignedHeaders and Signature")
	}
	return a, nil
}

// signedPart is the request as its signer saw it: without the headers that
// were added on the way.
func signedPart(r *http.Request, signedHeaders string) *http.Request {
	u := *r.URL
	signed := &http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: http.Header{}}
	if u.Path != "" {
		// As received: the signer would otherwise escape bytes that came raw.
		signed.URL.Opaque = "//" + r.Host + receivedPath(&u)
	}
	for name := range strings.SplitSeq(signedHeaders, ";") {
		switch name {
		case "host":
		case "content-length":
			signed.ContentLength = r.ContentLength
		default:
			if values := r.Header.Values(name); values != nil {
				signed.Header[http.CanonicalHeaderKey(name)] = values
			}
		}
	}
	return signed
}

func receivedPath(u *url.URL) string {
	if u.RawPath != "" {
		return u.RawPath
	}
	return u.EscapedPath()
}

func checkedPayloadHash(r *http.Request) (string, error) {
	claimed := r.Header.Get("X-Amz-Content-Sha256")
	if claimed == unsignedPayload {
		return claimed, nil
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
			return "", fmt.Errorf("sigv4: read the body: %w", err)
		}
		if len(body) > maxBody {
			return "", fmt.Errorf("sigv4: a signed body is at most %d bytes here", maxBody)
		}
		// The server closes the one it made; this one needs no closing.
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if claimed != "" && claimed != hash {
		return "", errors.New("sigv4: X-Amz-Content-Sha256 is not the hash of the body")
	}
	return hash, nil
}
