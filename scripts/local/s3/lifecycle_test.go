package s3

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

const day = 24 * time.Hour

// startWithRules runs a server on rules as they are in CloudFormation's LifecycleConfiguration.
func startWithRules(t *testing.T, rules string) *fixture {
	t.Helper()
	b := Bucket{Name: testBucket}
	d := json.NewDecoder(strings.NewReader(rules))
	d.DisallowUnknownFields()
	if err := d.Decode(&b.Lifecycle); err != nil {
		t.Fatal(err)
	}
	return start(t, Options{Buckets: []Bucket{b}})
}

func TestExpire(t *testing.T) {
	f := startWithRules(t, `[
		{"Id": "thumbnails", "Status": "Enabled", "Prefix": "thumbs/", "ExpirationInDays": 3},
		{"Id": "off", "Status": "Disabled", "Prefix": "off/", "ExpirationInDays": 1}
	]`)
	// 10 May, 10:30. Three days, rounded up to midnight: the 14th.
	for _, key := range []string{"thumbs/a", "thumbs/copied", "thumb", "off/a", "uploads/a"} {
		f.put(t, key, "x")
	}
	f.clock.advance(2 * day)
	f.put(t, "thumbs/younger", "x")
	_, err := f.as(owner).CopyObject(t.Context(), &s3sdk.CopyObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("thumbs/copied"), CopySource: aws.String(testBucket + "/thumbs/copied"), MetadataDirective: "REPLACE",
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		now     time.Time
		deleted int
		left    string
	}{
		{time.Date(2024, 5, 13, 23, 59, 59, 0, time.UTC), 0, "off/a thumb thumbs/a thumbs/copied thumbs/younger uploads/a"},
		{time.Date(2024, 5, 14, 0, 0, 0, 0, time.UTC), 1, "off/a thumb thumbs/copied thumbs/younger uploads/a"},
		{time.Date(2024, 5, 14, 0, 0, 0, 0, time.UTC), 0, "off/a thumb thumbs/copied thumbs/younger uploads/a"},
		{time.Date(2034, 1, 1, 0, 0, 0, 0, time.UTC), 2, "off/a thumb uploads/a"},
	} {
		deleted, err := f.Expire(c.now)
		if err != nil {
			t.Fatal(err)
		}
		if left := strings.Join(listAll(t, f, &s3sdk.ListObjectsV2Input{}), " "); deleted != c.deleted || left != c.left {
			t.Errorf("%v: %d deleted, left %s; want %d, %s", c.now, deleted, left, c.deleted, c.left)
		}
	}
	if got := len(bodies(t, f)); got != 3 {
		t.Errorf("%d bodies on disk, want 3", got)
	}
}

func TestExpireAbortsUploads(t *testing.T) {
	f := startWithRules(t, `[{"Status": "Enabled", "Prefix": "in/", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}}]`)
	c := f.as(owner)
	begin := func(key string) *string {
		out, err := c.CreateMultipartUpload(t.Context(), &s3sdk.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: aws.String(key)})
		if err != nil {
			t.Fatal(err)
		}
		return out.UploadId
	}
	upload := func(key string, id *string) error {
		_, err := c.UploadPart(t.Context(), &s3sdk.UploadPartInput{
			Bucket: aws.String(testBucket), Key: aws.String(key), UploadId: id, PartNumber: aws.Int32(1), Body: strings.NewReader("x"),
		})
		return err
	}
	if _, err := f.Expire(f.clock.Now()); err != nil { // before the first upload
		t.Fatal(err)
	}
	old, other := begin("in/a"), begin("out/a")
	f.clock.advance(2 * day)
	young := begin("in/b")
	f.put(t, "in/object", "x")

	if deleted, err := f.Expire(f.clock.Now().Add(day)); err != nil || deleted != 0 {
		t.Fatalf("%d deleted, %v", deleted, err)
	}
	wantError(t, upload("in/a", old), http.StatusNotFound, "NoSuchUpload")
	for key, id := range map[string]*string{"in/b": young, "out/a": other} {
		if err := upload(key, id); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if got := f.get(t, "in/object"); got != "x" {
		t.Errorf("in/object is %q", got)
	}
}

func TestGetBucketLifecycleConfiguration(t *testing.T) {
	f := startWithRules(t, `[
		{"Id": "thumbnails", "Status": "Enabled", "Prefix": "thumbs/", "ExpirationInDays": 3},
		{"Id": "uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
	]`)
	ask := &s3sdk.GetBucketLifecycleConfigurationInput{Bucket: aws.String(testBucket)}
	got, err := f.as(owner).GetBucketLifecycleConfiguration(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rules) != 2 || *got.Rules[0].Expiration.Days != 3 || *got.Rules[0].Filter.Prefix != "thumbs/" || got.Rules[0].Status != "Enabled" ||
		got.Rules[1].Expiration != nil || *got.Rules[1].AbortIncompleteMultipartUpload.DaysAfterInitiation != 7 {
		t.Errorf("%+v", got.Rules)
	}
	without := start(t, Options{Buckets: []Bucket{{Name: testBucket}}})
	if _, err := without.as(owner).GetBucketLifecycleConfiguration(t.Context(), ask); err == nil || !strings.Contains(err.Error(), "NoSuchLifecycleConfiguration") {
		t.Errorf("without rules: %v", err)
	}
}
