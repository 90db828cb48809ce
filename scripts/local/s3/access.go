package s3

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rclone/gofakes3"
)

// A Principal is somebody who may call, known by an access key.
type Principal struct {
	AccessKeyID, SecretAccessKey string
	Grants                       []Grant
}

// A Grant allows actions on a part of a bucket, as a statement of an IAM policy does.
type Grant struct {
	// Actions are IAM's names, such as s3:GetObject. A trailing * stands for anything: s3:*, s3:Get*.
	Actions []string
	// Bucket is a bucket's name; * stands for every bucket, and is what s3:ListAllMyBuckets needs.
	Bucket string
	// Prefix is what the keys begin with; for s3:ListBucket, what the asked prefix begins with. Empty is
	// the whole bucket.
	Prefix string
}

// may says whether a grant allows the action. The key is empty where the action is on the bucket.
func (p *Principal) may(action, bucket, key string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return (g.Bucket == bucket || g.Bucket == "*") &&
			strings.HasPrefix(key, g.Prefix) &&
			slices.ContainsFunc(g.Actions, func(granted string) bool { return actionMatches(granted, action) })
	})
}

func actionMatches(granted, action string) bool {
	if prefix, ok := strings.CutSuffix(granted, "*"); ok {
		return strings.HasPrefix(action, prefix)
	}
	return granted == action
}

// A target is what a request is about; both names may be empty.
type target struct{ bucket, key string }

// targetOf takes the path apart exactly as gofakes3 does: what is authorized must be what is done.
func targetOf(r *http.Request) target {
	bucket, key, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	return target{bucket, key}
}

// supported are the query parameters that are understood, besides those that begin with x-.
var supported = []string{
	"list-type", "prefix", "delimiter", "marker", "max-keys", "continuation-token", "start-after", "encoding-type", "fetch-owner",
	"uploads", "uploadId", "partNumber", "key-marker", "upload-id-marker", "max-uploads", "part-number-marker", "max-parts",
	"delete", "location", "lifecycle", "max-buckets", "tagging",
	"response-content-type", "response-content-language", "response-expires", "response-cache-control",
	"response-content-disposition", "response-content-encoding",
}

// authorize returns why the request is refused before gofakes3 sees it, or nil. The keys that are not in
// the URL (of a copy's source, of a multiple delete) are left to the guard.
func (s *Server) authorize(who *Principal, r *http.Request, t target) *refusal {
	query := r.URL.Query()
	for name := range query {
		if !slices.Contains(supported, name) && !strings.HasPrefix(strings.ToLower(name), "x-") {
			return &notImplemented
		}
	}
	if !utf8.ValidString(t.key) || strings.ContainsRune(t.key, 0) {
		return &invalidURI
	}
	if query.Has("lifecycle") && (t.key != "" || r.Method != http.MethodGet) {
		return &notImplemented // rules come from the options alone
	}
	if len(t.key) > gofakes3.KeySizeLimit {
		return &keyTooLong
	}
	action, refused := actionOf(r.Method, query, t)
	if refused != nil {
		return refused
	}
	if t.bucket != "" && action != "s3:CreateBucket" && !s.store.hasBucket(t.bucket) {
		return &noSuchBucket
	}
	within := t.key
	if action == "s3:ListBucket" {
		within = query.Get("prefix")
	}
	if action != "" && !who.may(action, t.bucket, within) {
		return &accessDenied
	}
	if r.Header.Get("X-Amz-Tagging") != "" && !who.may("s3:PutObjectTagging", t.bucket, within) {
		return &accessDenied
	}
	return nil
}

// actionOf returns the action that a request needs; a multiple delete needs none by its URL.
func actionOf(method string, query url.Values, t target) (string, *refusal) {
	switch {
	case t.bucket == "":
		if method == http.MethodGet {
			return "s3:ListAllMyBuckets", nil
		}
	case t.key == "":
		switch method {
		case http.MethodGet:
			switch {
			case query.Has("uploads"):
				return "s3:ListBucketMultipartUploads", nil
			case query.Has("location"):
				return "s3:GetBucketLocation", nil
			case query.Has("lifecycle"):
				return "s3:GetLifecycleConfiguration", nil
			}
			return "s3:ListBucket", nil
		case http.MethodHead:
			return "s3:ListBucket", nil
		case http.MethodPut:
			return "s3:CreateBucket", nil
		case http.MethodDelete:
			return "s3:DeleteBucket", nil
		case http.MethodPost:
			if query.Has("delete") {
				return "", nil
			}
			return "", &notImplemented
		}
	default:
		if query.Has("tagging") {
			action := map[string]string{http.MethodGet: "s3:GetObjectTagging", http.MethodPut: "s3:PutObjectTagging",
				http.MethodDelete: "s3:DeleteObjectTagging"}[method]
			if action == "" {
				return "", &notAllowed
			}
			return action, nil
		}
		upload := query.Has("uploadId")
		switch method {
		case http.MethodGet:
			if upload {
				return "s3:ListMultipartUploadParts", nil
			}
			return "s3:GetObject", nil
		case http.MethodHead:
			return "s3:GetObject", nil
		case http.MethodPut:
			return "s3:PutObject", nil
		case http.MethodDelete:
			if upload {
				return "s3:AbortMultipartUpload", nil
			}
			return "s3:DeleteObject", nil
		case http.MethodPost:
			if upload || query.Has("uploads") {
				return "s3:PutObject", nil
			}
		}
	}
	return "", &notAllowed
}

// A call is what the guard must know of a request. It travels in the context, all that gofakes3 hands on.
type call struct {
	who    *Principal
	reads  bool // it reads objects; the others look at them only to check conditions on a write
	answer *answer
	event  string // what a change that it makes is called; empty: it is none
	// objectSize is what the parts of an upload have to have together, in bytes; empty: anything.
	objectSize string
}

type callKey struct{}

func newCall(who *Principal, r *http.Request, a *answer) *call {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Header.Get("X-Amz-Copy-Source") != ""
	return &call{who: who, reads: reads, answer: a, event: eventOf(r), objectSize: r.Header.Get("X-Amz-Mp-Object-Size")}
}

// eventOf is what S3 calls the change that a request makes.
func eventOf(r *http.Request) string {
	switch query := r.URL.Query(); {
	case r.Method == http.MethodDelete, query.Has("delete"):
		return "ObjectRemoved:Delete"
	case query.Has("uploadId"):
		return "ObjectCreated:CompleteMultipartUpload"
	case r.Header.Get("X-Amz-Copy-Source") != "":
		return "ObjectCreated:Copy"
	case r.Method == http.MethodPost:
		return "ObjectCreated:Post"
	case r.Method == http.MethodPut:
		return "ObjectCreated:Put"
	}
	return ""
}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf returns the call of a request's context; nil is for the server itself, which may do everything.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// denied is AccessDenied as an error for gofakes3.
func (c *call) denied() error { return c.refuse(accessDenied) }

// refuse is a refusal as an error for gofakes3, which does not know its status.
func (c *call) refuse(why refusal) error {
	c.answer.override = why.status
	return gofakes3.ErrorMessage(gofakes3.ErrorCode(why.code), why.message)
}

// guard lets a call reach only those objects of the store that its principal may reach.
type guard struct{ *disk }

// GetObject is disk's, for those who may read the object.
func (g guard) GetObject(ctx context.Context, bucket, key string, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	return read(ctx, bucket, key, func() (*gofakes3.Object, error) {
		return g.disk.GetObject(ctx, bucket, key, part)
	})
}

// HeadObject is disk's, for those who may read the object.
func (g guard) HeadObject(ctx context.Context, bucket, key string) (*gofakes3.Object, error) {
	return read(ctx, bucket, key, func() (*gofakes3.Object, error) {
		return g.disk.HeadObject(ctx, bucket, key)
	})
}

// read hides, as S3 does, whether an object exists from those who may not list it.
func read(ctx context.Context, bucket, key string, get func() (*gofakes3.Object, error)) (*gofakes3.Object, error) {
	c := callOf(ctx)
	if c == nil || !c.reads {
		return get()
	}
	if !c.who.may("s3:GetObject", bucket, key) {
		return nil, c.denied()
	}
	obj, err := get()
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) && !c.who.may("s3:ListBucket", bucket, key) {
		return nil, c.denied()
	}
	return obj, err
}

// DeleteMulti deletes those of the objects that the caller may delete, and reports the others.
func (g guard) DeleteMulti(ctx context.Context, bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	c := callOf(ctx)
	var allowed []string
	var refused []gofakes3.ErrorResult
	for _, key := range keys {
		if c == nil || c.who.may("s3:DeleteObject", bucket, key) {
			allowed = append(allowed, key)
			continue
		}
		refused = append(refused, gofakes3.ErrorResult{
			Key: key, Code: gofakes3.ErrorCode(accessDenied.code), Message: accessDenied.message,
		})
	}
	result, err := g.disk.DeleteMulti(ctx, bucket, allowed...)
	result.Error = append(result.Error, refused...)
	return result, err
}
