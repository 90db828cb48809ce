// Command smoke says what of a deployment does not work, by a picture's journey through
// it: upload, thumbnail, edge hit, S3 hit, bad signature, expiry rule.
// It leaves nothing behind.
//
//	go run ./scripts/smoke -url https://d111111abcdef8.cloudfront.net \
//	    -originals BUCKET -thumbnails BUCKET -secret-id ARN
//
// The values are the outputs of the stack. It uses the AWS credentials and region
// of the environment, which need s3:PutObject and s3:DeleteObject in both
// buckets, s3:GetObject and s3:GetLifecycleConfiguration for the thumbnails, and
// secretsmanager:GetSecretValue.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func main() {
	var c check
	flag.StringVar(&c.url, "url", "", "`URL` of the CDN")
	flag.StringVar(&c.originals, "originals", "", "`bucket` of the originals")
	flag.StringVar(&c.thumbnails, "thumbnails", "", "`bucket` of the thumbnails")
	flag.StringVar(&c.secretID, "secret-id", "", "name or `ARN` of the signing secret")
	flag.IntVar(&c.epoch, "epoch", 1, "the deployment's `epoch`")
	flag.IntVar(&c.days, "days", 180, "the deployment's thumbnail `days`")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := c.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

// check is one run against one deployment.
type check struct {
	url, originals, thumbnails, secretID string
	epoch, days                          int

	objects *s3.Client
	client  thumburl.Client
	key     string // of the original that is uploaded
	written []object
}

type object struct{ bucket, key string }

// run makes the journey; the error joins all that went wrong.
func (c *check) run(ctx context.Context, out io.Writer) error {
	for name, value := range map[string]string{"-url": c.url, "-originals": c.originals, "-thumbnails": c.thumbnails, "-secret-id": c.secretID} {
		if value == "" {
			return fmt.Errorf("%s is missing; see -help", name)
		}
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	var errs []error
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"an upload", c.upload},
		{"a thumbnail, rendered", c.rendered},
		{"the same, from the edge", c.edgeHit},
		{"one that is stored, from S3", c.s3Hit},
		{"a bad signature, refused", c.badSignature},
		{"a missing original, not found", c.missing},
		{"stored thumbnails expire", c.expiry},
	} {
		err := step.do(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
			fmt.Fprintf(out, "FAIL  %s: %v\n", step.name, err)
			continue
		}
		fmt.Fprintf(out, "ok    %s\n", step.name)
	}
	return errors.Join(append(errs, c.cleanUp(ctx))...)
}

func (c *check) connect(ctx context.Context) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	local := os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	c.objects = s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = local })
	secret, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &c.secretID})
	if err != nil {
		return fmt.Errorf("reading the signing secret: %w", err)
	}
	c.client = thumburl.Client{Base: c.url, Secret: []byte(aws.ToString(secret.SecretString))}
	c.key = "uploads/smoke/" + rand.Text() + ".jpg"
	return nil
}

func (c *check) put(ctx context.Context, bucket, key, contentType string, body []byte) error {
	c.written = append(c.written, object{bucket, key})
	_, err := c.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, ContentType: &contentType, Body: bytes.NewReader(body)})
	return err
}

func (c *check) cleanUp(ctx context.Context) error {
	var errs []error
	for _, o := range c.written {
		if _, err := c.objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &o.bucket, Key: &o.key}); err != nil {
			errs = append(errs, fmt.Errorf("cleaning up %s/%s: %w", o.bucket, o.key, err))
		}
	}
	return errors.Join(errs...)
}

func (c *check) upload(ctx context.Context) error {
	picture := image.NewNRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			picture.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / 640), uint8(y * 255 / 480), 128, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		return err
	}
	return c.put(ctx, c.originals, c.key, "image/jpeg", b.Bytes())
}

// thumbnail is the request of the journey, as a PNG, which Go can decode.
func (c *check) thumbnail(key string) thumburl.Request {
	return thumburl.Request{Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}, OutputFormat: thumburl.PNG}
}

// stored is where the answer to a URL is stored.
func (c *check) stored(url string) string {
	return fmt.Sprintf("%d%s", c.epoch, strings.TrimPrefix(url, strings.TrimRight(c.url, "/")))
}

func (c *check) get(ctx context.Context, url string) (*http.Response, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer, body, err
}

func (c *check) rendered(ctx context.Context) error {
	url, err := c.client.URL(c.thumbnail(c.key))
	if err != nil {
		return err
	}
	c.written = append(c.written, object{c.thumbnails, c.stored(url)})
	answer, body, err := c.get(ctx, url)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Server-Timing") == "" {
		return fmt.Errorf("answered %d %.200s", answer.StatusCode, body)
	}
	picture, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if size := picture.Bounds().Size(); size != image.Pt(288, 264) {
		return fmt.Errorf("it has %v pixels, want 288x264", size)
	}
	key := c.stored(url)
	if _, err := c.objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &c.thumbnails, Key: &key}); err != nil {
		return fmt.Errorf("it is not stored: %w", err)
	}
	return nil
}

func (c *check) edgeHit(ctx context.Context) error {
	url, err := c.client.URL(c.thumbnail(c.key))
	if err != nil {
		return err
	}
	answer, body, err := c.get(ctx, url)
	if err != nil {
		return err
	}
	if cache := answer.Header.Get("X-Cache"); !strings.HasPrefix(cache, "Hit") {
		return fmt.Errorf("answered %d, X-Cache %q, %.200s", answer.StatusCode, cache, body)
	}
	return nil
}

// s3Hit stores bytes of its own where the answer for an original that does not
// exist would be: only S3 can give them back.
func (c *check) s3Hit(ctx context.Context) error {
	url, err := c.client.URL(c.thumbnail(c.key + ".stored"))
	if err != nil {
		return err
	}
	if err := c.put(ctx, c.thumbnails, c.stored(url), "image/png", []byte(c.key)); err != nil {
		return err
	}
	answer, body, err := c.get(ctx, url)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || string(body) != c.key {
		return fmt.Errorf("answered %d %.200s", answer.StatusCode, body)
	}
	return nil
}

func (c *check) badSignature(ctx context.Context) error {
	forger := c.client
	forger.Secret = []byte("not the secret")
	url, err := forger.URL(c.thumbnail(c.key))
	if err != nil {
		return err
	}
	return c.refused(ctx, url, http.StatusForbidden, "InvalidSignature")
}

func (c *check) missing(ctx context.Context) error {
	url, err := c.client.URL(c.thumbnail(c.key + ".missing"))
	if err != nil {
		return err
	}
	return c.refused(ctx, url, http.StatusNotFound, "OriginalNotFound")
}

func (c *check) refused(ctx context.Context, url string, status int, code string) error {
	answer, body, err := c.get(ctx, url)
	if err != nil {
		return err
	}
	if answer.StatusCode != status || !strings.Contains(string(body), code) {
		return fmt.Errorf("answered %d %.200s, want %d %s", answer.StatusCode, body, status, code)
	}
	return nil
}

func (c *check) expiry(ctx context.Context) error {
	rules, err := c.objects.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &c.thumbnails})
	if err != nil {
		return err
	}
	for _, rule := range rules.Rules {
		if rule.Status == "Enabled" && rule.Expiration != nil && aws.ToInt32(rule.Expiration.Days) == int32(c.days) {
			return nil
		}
	}
	return fmt.Errorf("no enabled rule of %d days", c.days)
}
