package s3

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestTags(t *testing.T) {
	tagger := Principal{"TAGGERKEY", "tagger-secret", []Grant{{Actions: []string{"s3:PutObject", "s3:GetObject", "s3:PutObjectTagging", "s3:GetObjectTagging"}, Bucket: testBucket}}}
	f := start(t, Options{Principals: []Principal{owner, writer, tagger}})
	tagsOf := func(key string) string {
		t.Helper()
		out, err := f.as(tagger).GetObjectTagging(t.Context(), &s3sdk.GetObjectTaggingInput{Bucket: aws.String(testBucket), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		var tags []string
		for _, tag := range out.TagSet {
			tags = append(tags, *tag.Key+"="+*tag.Value)
		}
		return strings.Join(tags, ",")
	}
	f.put(t, "a", "x")
	if got := tagsOf("a"); got != "" {
		t.Errorf("untagged, it has %s", got)
	}
	before, _ := f.as(owner).HeadObject(t.Context(), headInput("a"))
	if _, err := f.as(tagger).PutObjectTagging(t.Context(), &s3sdk.PutObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("a"),
		Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("k"), Value: aws.String("v w")}}}}); err != nil {
		t.Fatal(err)
	}
	after, _ := f.as(owner).HeadObject(t.Context(), headInput("a"))
	if got := tagsOf("a"); got != "k=v w" || f.get(t, "a") != "x" || !before.LastModified.Equal(*after.LastModified) {
		t.Errorf("tags %s, body %s", got, f.get(t, "a"))
	}
	if _, err := f.as(tagger).CopyObject(t.Context(), &s3sdk.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("b"), CopySource: aws.String(testBucket + "/a"),
		TaggingDirective: types.TaggingDirectiveReplace, Tagging: aws.String("reason=SourceEmpty")}); err != nil {
		t.Fatal(err)
	}
	if got := tagsOf("b"); got != "reason=SourceEmpty" {
		t.Errorf("the copy has %s", got)
	}
	_, err := f.as(writer).PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("in/c"), Body: strings.NewReader("x"), Tagging: aws.String("a=b")})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
	_, err = f.as(writer).GetObjectTagging(t.Context(), &s3sdk.GetObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("a")})
	wantError(t, err, http.StatusForbidden, "AccessDenied")
}
