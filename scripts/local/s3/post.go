package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/rclone/gofakes3"
)

// Bounds of a form, as S3 documents them: what stands before the file, and the file.
const (
	maxFormFields = 20 << 10
	maxFormFile   = 5 << 30
	// drainForm is how much of a refused form is still read, so that its client gets to read the answer.
	drainForm = 64 << 20
)

var (
	malformedForm   = refusal{http.StatusBadRequest, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."}
	noFile          = refusal{http.StatusBadRequest, "InvalidArgument", "POST requires exactly one file upload per request."}
	fieldsTooLong   = refusal{http.StatusBadRequest, "MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large."}
	fileTooLarge    = refusal{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
	fileTooSmall    = refusal{http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"}
	unknownKey      = refusal{http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}
	wrongSignature  = refusal{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	errFileTooLarge = errors.New("the file is larger than the policy allows")
)

// isForm tells the upload of an HTML form, which is signed by its policy.
func isForm(r *http.Request, t target) bool {
	contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method == http.MethodPost && t.bucket != "" && t.key == "" && contentType == "multipart/form-data" && r.URL.RawQuery == ""
}

// form is what stands in a form before its file, by names in lower case.
type form map[string]string

// postForm takes an object from an HTML form.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func (s *Server) postForm(a *answer, r *http.Request, bucket string) {
	refused := s.takeForm(a, r, bucket)
	if refused != nil {
		_, _ = io.CopyN(io.Discard, r.Body, drainForm) // what there is of it
		a.refuse(r, *refused)
	}
}

func (s *Server) takeForm(a *answer, r *http.Request, bucket string) *refusal {
	if !s.store.hasBucket(bucket) {
		return &noSuchBucket
	}
	reader, err := r.MultipartReader()
	if err != nil {
		return &malformedForm
	}
	fields, file, refused := readForm(reader)
	if refused != nil {
		return refused
	}
	who, refused := s.authenticateForm(fields)
	if refused != nil {
		return refused
	}
	key := strings.ReplaceAll(fields["key"], "${filename}", fileNameOf(file))
	if key == "" {
		return &refusal{http.StatusBadRequest, "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."}
	}
	policy, refused := fields.policy(s.clock())
	if refused == nil {
		refused = fields.check(policy, bucket)
	}
	if refused != nil {
		return refused
	}
	if len(key) > gofakes3.KeySizeLimit {
		return &keyTooLong
	}
	if !who.may("s3:PutObject", bucket, key) {
		return &accessDenied
	}
	ctx := withCall(r.Context(), newCall(who, r, a))
	o, err := s.store.put(ctx, bucket, key, fields.metadata(), &boundedFile{file, policy.max}, -1, func(o *object) error {
		if o.Size < policy.min {
			return errTooSmall
		}
		return nil
	})
	switch {
	case errors.Is(err, errFileTooLarge):
		return &fileTooLarge
	case errors.Is(err, errTooSmall):
		return &fileTooSmall
	case err != nil: // the client broke off, or the disk is full
		s.log.Error("s3 form", "error", err)
		return &malformedForm
	}
	a.formTaken(fields, r, o)
	return nil
}

var errTooSmall = errors.New("the file is smaller than the policy allows")

// readForm reads the fields up to the file; what follows the file is not looked at.
func readForm(reader *multipart.Reader) (form, *multipart.Part, *refusal) {
	fields, left := form{}, int64(maxFormFields)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil, &noFile
		}
		if err != nil {
			return nil, nil, &malformedForm
		}
		name := strings.ToLower(part.FormName())
		if name == "file" {
			return fields, part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, nil, &malformedForm
		}
		if left -= int64(len(name) + len(value)); left < 0 {
			return nil, nil, &fieldsTooLong
		}
		fields[name] = string(value)
	}
}

func fileNameOf(file *multipart.Part) string {
	name := file.FileName()
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// authenticateForm returns whose signature the policy of a form carries.
func (s *Server) authenticateForm(fields form) (*Principal, *refusal) {
	if fields["policy"] == "" {
		return nil, &accessDenied // nobody may write without a name
	}
	if fields["x-amz-algorithm"] != "AWS4-HMAC-SHA256" {
		return nil, &refusal{http.StatusBadRequest, "InvalidArgument", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""}
	}
	scope := strings.Split(fields["x-amz-credential"], "/") // key, day, region, service, aws4_request
	if len(scope) != 5 || scope[3] != "s3" || scope[4] != "aws4_request" || !strings.HasPrefix(fields["x-amz-date"], scope[1]+"T") {
		return nil, &refusal{http.StatusBadRequest, "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed"}
	}
	who := s.principals[scope[0]]
	if who == nil {
		return nil, &unknownKey
	}
	key := []byte("AWS4" + who.SecretAccessKey)
	for _, part := range append(scope[1:], fields["policy"]) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(fields["x-amz-signature"])) != 1 {
		return nil, &wrongSignature
	}
	return who, nil
}

// metadata is what is kept with the object.
func (f form) metadata() map[string]string {
	meta := map[string]string{}
	for name, value := range f {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); {
		case strings.HasPrefix(name, "x-amz-meta-"):
			meta[canonical] = value
		case canonical == "Content-Type", canonical == "Cache-Control", canonical == "Content-Disposition",
			canonical == "Content-Encoding", canonical == "Content-Language", canonical == "Expires":
			meta[canonical] = value
		}
	}
	return meta
}

// boundedFile fails where a file is longer than a policy allows.
type boundedFile struct {
	io.Reader
	left int64
}

func (b *boundedFile) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errFileTooLarge
	}
	return n, err
}

// formTaken answers as the form asks to.
func (a *answer) formTaken(fields form, r *http.Request, o *object) {
	location := (&url.URL{Scheme: "http", Host: r.Host, Path: "/" + o.Bucket + "/" + o.Key}).String()
	a.Header().Set("Etag", o.etag())
	a.Header().Set("Location", location)
	target := fields["success_action_redirect"]
	if target == "" {
		target = fields["redirect"]
	}
	if u, err := url.Parse(target); err == nil && target != "" && u.IsAbs() {
		query := u.Query()
		query.Set("bucket", o.Bucket)
		query.Set("key", o.Key)
		query.Set("etag", o.etag())
		u.RawQuery = query.Encode()
		a.Header().Set("Location", u.String())
		a.WriteHeader(http.StatusSeeOther)
		return
	}
	switch fields["success_action_status"] {
	case "200":
		a.WriteHeader(http.StatusOK)
	case "201":
		a.xml(http.StatusCreated, struct {
			XMLName                     xml.Name `xml:"PostResponse"`
			Location, Bucket, Key, ETag string
		}{Location: location, Bucket: o.Bucket, Key: o.Key, ETag: o.etag()})
	default:
		a.WriteHeader(http.StatusNoContent)
	}
}

// policyError is how S3 says that a form is not as its policy wants it.
func policyError(format string, args ...any) *refusal {
	return &refusal{http.StatusForbidden, "AccessDenied", "Invalid according to Policy: " + fmt.Sprintf(format, args...)}
}

func (f form) policy(now time.Time) (postPolicy, *refusal) {
	text, err := base64.StdEncoding.DecodeString(f["policy"])
	if err != nil {
		return postPolicy{}, &refusal{http.StatusBadRequest, "InvalidPolicyDocument", "Invalid Policy: Invalid Base64."}
	}
	p, err := parsePostPolicy(text)
	if err != nil {
		return postPolicy{}, &refusal{http.StatusBadRequest, "InvalidPolicyDocument", "Invalid Policy: " + err.Error()}
	}
	if !now.Before(p.expiration) {
		return postPolicy{}, policyError("Policy expired.")
	}
	return p, nil
}
