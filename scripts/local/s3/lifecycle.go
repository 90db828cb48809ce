package s3

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rclone/gofakes3"
)

// A LifecycleRule says what a bucket forgets by itself, named as in CloudFormation.
type LifecycleRule struct {
	// ID is only a name.
	ID string `json:"Id"`
	// Status is Enabled or Disabled; a disabled rule does nothing.
	Status string
	// Prefix is what the keys begin with; empty is all of them.
	Prefix string
	// ExpirationInDays is the age of an object, in days, at which it is deleted; 0 is never.
	ExpirationInDays int
	// AbortIncompleteMultipartUpload, if given, does the same for uploads that were never completed.
	AbortIncompleteMultipartUpload *AbortIncompleteMultipartUpload
}

// AbortIncompleteMultipartUpload is a part of a LifecycleRule.
type AbortIncompleteMultipartUpload struct {
	// DaysAfterInitiation is the age of an upload, in days, at which it is aborted.
	DaysAfterInitiation int
}

func (r LifecycleRule) validate() error {
	var errs []error
	if r.Status != "Enabled" && r.Status != "Disabled" {
		errs = append(errs, fmt.Errorf("status %q is neither Enabled nor Disabled", r.Status))
	}
	if r.ExpirationInDays < 0 {
		errs = append(errs, fmt.Errorf("ExpirationInDays is %d; it must not be negative", r.ExpirationInDays))
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil && a.DaysAfterInitiation < 1 {
		errs = append(errs, fmt.Errorf("DaysAfterInitiation is %d; it must be at least 1", a.DaysAfterInitiation))
	}
	return errors.Join(errs...)
}

// lifecycle answers GetBucketLifecycleConfiguration.
func (a *answer) lifecycle(r *http.Request, rules []LifecycleRule) {
	if len(rules) == 0 {
		a.refuse(r, noLifecycle)
		return
	}
	type expiration struct{ Days int }
	type rule struct {
		ID                             string
		Filter                         struct{ Prefix string }
		Status                         string
		Expiration                     *expiration                     `xml:",omitempty"`
		AbortIncompleteMultipartUpload *AbortIncompleteMultipartUpload `xml:",omitempty"`
	}
	document := struct {
		XMLName xml.Name `xml:"LifecycleConfiguration"`
		Rule    []rule
	}{}
	for _, l := range rules {
		one := rule{ID: l.ID, Status: l.Status, AbortIncompleteMultipartUpload: l.AbortIncompleteMultipartUpload}
		one.Filter.Prefix = l.Prefix
		if l.ExpirationInDays > 0 {
			one.Expiration = &expiration{l.ExpirationInDays}
		}
		document.Rule = append(document.Rule, one)
	}
	a.xml(http.StatusOK, document)
}

// Expire runs the enabled lifecycle rules of all buckets as of now, and returns how many objects it
// deleted; aborted uploads are not counted. As in S3, days are counted from the object's LastModified and
// rounded up to the next midnight UTC. After an error the other rules are still run.
func (s *Server) Expire(now time.Time) (deleted int, err error) {
	var errs []error
	for name, b := range s.buckets {
		for _, rule := range b.Lifecycle {
			if rule.Status != "Enabled" || !s.store.hasBucket(name) {
				continue
			}
			if rule.ExpirationInDays > 0 {
				n, err := s.store.deleteWhere(name, rule.Prefix, func(o *object) bool {
					return isDue(o.LastModified, rule.ExpirationInDays, now)
				})
				deleted += n
				errs = append(errs, err)
			}
			if rule.AbortIncompleteMultipartUpload != nil {
				errs = append(errs, s.abortUploads(name, rule, now))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return deleted, fmt.Errorf("s3: lifecycle: %w", err)
	}
	return deleted, nil
}

// isDue says whether what is from start has reached an age of days, rounded up to midnight UTC.
func isDue(start time.Time, days int, now time.Time) bool {
	const day = 24 * time.Hour
	due := start.UTC().AddDate(0, 0, days)
	if midnight := due.Truncate(day); midnight.Before(due) {
		due = midnight.Add(day)
	}
	return !now.Before(due)
}

// abortUploads drops the uploads of a bucket that are due under the rule.
func (s *Server) abortUploads(bucket string, rule LifecycleRule, now time.Time) error {
	uploads, err := s.uploads(bucket, rule.Prefix)
	if err != nil {
		return fmt.Errorf("uploads to %s: %w", bucket, err)
	}
	var errs []error
	for _, u := range uploads {
		if isDue(u.Initiated, rule.AbortIncompleteMultipartUpload.DaysAfterInitiation, now) {
			err := errors.Join(s.store.AbortMultipartUpload(context.Background(), bucket, u.Key, u.UploadID),
				s.protocol.ForgetMultipartUpload(context.Background(), bucket, u.Key, u.UploadID))
			if err != nil && !errors.Is(err, gofakes3.ErrNoSuchUpload) { // it may just have been completed
				errs = append(errs, fmt.Errorf("upload %s to %s: %w", u.UploadID, bucket, err))
			}
		}
	}
	return errors.Join(errs...)
}

// An upload is one that is neither completed nor aborted.
type upload struct {
	Key       string
	UploadID  gofakes3.UploadID `xml:"UploadId"`
	Initiated time.Time
}

// uploads asks gofakes3, which keeps its uploads to itself, for their list.
func (s *Server) uploads(bucket, prefix string) ([]upload, error) {
	var all []upload
	query := url.Values{"uploads": {""}, "prefix": {prefix}}
	for {
		var page struct {
			Upload             []upload
			IsTruncated        bool
			NextKeyMarker      string
			NextUploadIDMarker string `xml:"NextUploadIdMarker"`
		}
		r, err := http.NewRequest(http.MethodGet, "/"+bucket+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		var w memoryResponse
		s.handler.ServeHTTP(&w, r)
		if w.status == http.StatusNotFound { // of a bucket that never had an upload
			return nil, nil
		}
		if w.status >= http.StatusBadRequest {
			return nil, fmt.Errorf("status %d: %s", w.status, &w.body)
		}
		if err := xml.Unmarshal(w.body.Bytes(), &page); err != nil {
			return nil, fmt.Errorf("list of uploads: %w", err)
		}
		all = append(all, page.Upload...)
		if !page.IsTruncated {
			return all, nil
		}
		query.Set("key-marker", page.NextKeyMarker)
		query.Set("upload-id-marker", page.NextUploadIDMarker)
	}
}

// memoryResponse keeps the answer to a request of the server to itself.
type memoryResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryResponse) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

func (w *memoryResponse) WriteHeader(status int)      { w.status = status }
func (w *memoryResponse) Write(p []byte) (int, error) { return w.body.Write(p) }
