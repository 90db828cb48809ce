package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/signature"
)

// signatureClock is held while a signature is checked: gofakes3 reads the time from one variable of its
// package, which each server sets to its own clock.
var signatureClock sync.Mutex

// authenticate returns whose valid signature the request carries, in its headers or in its query.
func (s *Server) authenticate(r *http.Request) (*Principal, *refusal) {
	var who *Principal
	lookup := func(accessKeyID string) (string, bool) {
		p, ok := s.principals[accessKeyID]
		if !ok {
			return "", false
		}
		who = p
		return p.SecretAccessKey, true
	}
	signatureClock.Lock()
	signature.TimeNow = s.signedBy
	result := signature.V4SignVerifyWithLookup(r, lookup)
	signature.TimeNow = time.Now
	signatureClock.Unlock()

	if result != signature.ErrNone {
		e := signature.GetAPIError(result)
		return nil, &refusal{e.HTTPStatusCode, e.Code, e.Description}
	}
	return who, nil
}

const contentSHA256 = "X-Amz-Content-Sha256"

// acceptBody makes the body of a verified request readable for gofakes3, and its hash, if one was signed,
// binding: gofakes3 checks the signature over the hash but not the hash itself.
func acceptBody(r *http.Request, a *answer) {
	switch declared := r.Header.Get(contentSHA256); {
	case strings.HasPrefix(declared, "STREAMING-"):
		// gofakes3 takes apart all chunked framings alike, but knows two of their names only.
		r.Header.Set(contentSHA256, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	case declared != "" && declared != "UNSIGNED-PAYLOAD":
		r.Body = &hashedBody{ReadCloser: r.Body, answer: a, want: declared, left: r.ContentLength, hash: sha256.New()}
	}
}

// hashedBody fails its last Read if what was read does not have the declared hash.
type hashedBody struct {
	io.ReadCloser
	answer *answer
	want   string // hex
	left   int64  // bytes until the end; negative is unknown
	hash   hash.Hash
}

func (b *hashedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.hash.Write(p[:n])
	b.left -= int64(n)
	// gofakes3 stops reading at the declared length and may never see io.EOF.
	if (err == io.EOF || b.left == 0) && hex.EncodeToString(b.hash.Sum(nil)) != b.want {
		b.answer.override = wrongBody.status
		return n, gofakes3.ErrorMessage(gofakes3.ErrorCode(wrongBody.code), wrongBody.message)
	}
	return n, err
}
