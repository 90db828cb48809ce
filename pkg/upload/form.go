package upload

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// FormExpires is how long an HTML form may be sent. S3 cannot make a form refuse
// a key that is there already, so its key is random and it lives no longer.
const FormExpires = 5 * time.Minute

// Form is an HTML form of enctype multipart/form-data that sends one file
// straight to S3. The fields come first, the file last, in a field named "file".
type Form struct {
	Key     string            `json:"key"`
	Method  string            `json:"method"` // POST
	URL     string            `json:"url"`    // the form's action
	Fields  map[string]string `json:"fields"`
	Expires time.Time         `json:"expires"` // when S3 stops taking it
}

// Form signs a form before its file is known: S3 takes 1 to MaxBytes bytes of a
// content type that begins with "image/". f.Name and f.Type may be empty; the
// size is S3's to judge. Without a type the field Content-Type is "image/*", for
// a plain form cannot tell; a script may set it to the file's own. What is wrong
// with the file is an [*Error].
func (s Signer) Form(ctx context.Context, f File) (Form, error) {
	name, extension, contentType := f.Name, "", "image/*"
	if name == "" {
		name = emptySlug
	} else if err := validateName(name); err != nil {
		return Form{}, err
	}
	if f.Type != "" {
		k, err := kindOf(f)
		if err != nil {
			return Form{}, err
		}
		extension, contentType = k.extensions[0], k.contentType
	}
	key, err := s.newKey(name, extension)
	if err != nil {
		return Form{}, err
	}
	expires := until(FormExpires)
	post, err := s.Client.PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: &key}, func(o *s3.PresignPostOptions) {
		o.Expires = FormExpires
		o.Conditions = []any{
			[]any{"content-length-range", 1, s.maxBytes()},
			[]any{"starts-with", "$Content-Type", "image/"},
			map[string]string{"success_action_status": "201"}, // an answer that names the object
		}
	})
	if err != nil {
		return Form{}, fmt.Errorf("upload: signing: %w", err)
	}
	if s.Accelerate {
		if post.URL, err = s.acceleratedURL(ctx, key); err != nil {
			return Form{}, err
		}
	}
	post.Values["Content-Type"] = contentType
	post.Values["success_action_status"] = "201"
	return Form{Key: key, Method: "POST", URL: post.URL, Fields: post.Values, Expires: expires}, nil
}

// acceleratedURL is the bucket's. The SDK takes no options of the client for a
// form (service/s3 v1.114), but the endpoint is no part of its signature.
func (s Signer) acceleratedURL(ctx context.Context, key string) (string, error) {
	put, err := s.sign(ctx, key, "PUT", url.Values{}, nil)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(put.url)
	if err != nil {
		return "", fmt.Errorf("upload: signing: %w", err)
	}
	return u.Scheme + "://" + u.Host, nil
}
