package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// listAll lists page by page and returns the keys and the common prefixes (with a trailing "...").
func listAll(t *testing.T, f *fixture, input *s3sdk.ListObjectsV2Input) []string {
	t.Helper()
	input.Bucket = aws.String(testBucket)
	var all []string
	for p := s3sdk.NewListObjectsV2Paginator(f.as(owner), input); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.Contents) + len(page.CommonPrefixes); input.MaxKeys != nil && n > int(*input.MaxKeys) {
			t.Errorf("%d entries on a page of %d", n, *input.MaxKeys)
		}
		var names []string
		for _, o := range page.Contents {
			names = append(names, aws.ToString(o.Key))
		}
		for _, c := range page.CommonPrefixes {
			names = append(names, aws.ToString(c.Prefix)+"...")
		}
		slices.Sort(names)
		all = append(all, names...)
	}
	return all
}

func TestList(t *testing.T) {
	f := start(t, Options{})
	for _, key := range []string{"a", "a/1", "a/2", "a/b/3", "a0", "b/1", "B", "b/", "c//d", "é", "z/y"} {
		f.put(t, key, key)
	}
	for _, c := range []struct {
		prefix, delimiter, startAfter string
		want                          string
	}{
		{"", "", "", "B a a/1 a/2 a/b/3 a0 b/ b/1 c//d z/y é"},
		{"a", "", "", "a a/1 a/2 a/b/3 a0"},
		{"a/", "", "", "a/1 a/2 a/b/3"},
		{"", "/", "", "B a a/... a0 b/... c/... z/... é"},
		{"a/", "/", "", "a/1 a/2 a/b/..."},
		{"b/", "/", "", "b/ b/1"},
		{"c/", "/", "", "c//..."},
		{"", "b/", "", "B a a/1 a/2 a/b/... a0 b/... c//d z/y é"},
		{"", "", "a/2", "a/b/3 a0 b/ b/1 c//d z/y é"},
		{"a/", "", "b", ""},
		{"missing", "/", "", ""},
	} {
		for size := int32(1); size <= 12; size++ {
			t.Run(fmt.Sprintf("prefix=%s,delimiter=%s,after=%s,page=%d", c.prefix, c.delimiter, c.startAfter, size), func(t *testing.T) {
				input := &s3sdk.ListObjectsV2Input{Prefix: &c.prefix, MaxKeys: &size}
				if c.delimiter != "" {
					input.Delimiter = &c.delimiter
				}
				if c.startAfter != "" {
					input.StartAfter = &c.startAfter
				}
				if got := strings.Join(listAll(t, f, input), " "); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		}
	}
}

func TestListWithMarker(t *testing.T) {
	f := start(t, Options{})
	for _, key := range []string{"a", "b", "c"} {
		f.put(t, key, key)
	}
	out, err := f.as(owner).ListObjects(t.Context(), &s3sdk.ListObjectsInput{Bucket: aws.String(testBucket), Marker: aws.String("a"), MaxKeys: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Contents) != 1 || !aws.ToBool(out.IsTruncated) {
		t.Fatalf("%d keys, truncated %v", len(out.Contents), aws.ToBool(out.IsTruncated))
	}
	o := out.Contents[0]
	if aws.ToString(o.Key) != "b" || aws.ToString(o.ETag) != etagOf("b") || aws.ToInt64(o.Size) != 1 || !o.LastModified.Equal(f.clock.Now()) {
		t.Errorf("%+v", o)
	}
}
