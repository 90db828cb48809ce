package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/aws"
	"github.com/thumbfront/thumbfront/scripts/local/s3"
)

const (
	originals, thumbnails = "bench-originals", "bench-thumbnails"
	secretID              = "bench-signing-secret"
	region                = "us-east-1"
	memoryMB              = "1792" // a deployment's default
	photoKey              = "uploads/photo.jpg"
)

var role = awssdk.Credentials{AccessKeyID: "bench", SecretAccessKey: "bench-secret"}

// world is what surrounds a function: S3, Secrets Manager, and its environment.
type world struct {
	env       []string
	objects   *s3sdk.Client
	presigned *s3sdk.PresignClient
	urls      thumburl.Client
	s3        *s3.Server
	servers   []*http.Server
	requests  int // so far: each is for a thumbnail of its own
}

func newWorld(dir string) (*world, error) {
	variables, err := deployedVariables("infra/template.golden.json")
	if err != nil {
		return nil, err
	}
	w := &world{urls: thumburl.Client{Secret: []byte(thumburl.DevelopmentSecret)}}
	if w.s3, err = s3.New(s3.Options{
		Dir: filepath.Join(dir, "s3"),
		Principals: []s3.Principal{{AccessKeyID: role.AccessKeyID, SecretAccessKey: role.SecretAccessKey,
			Grants: []s3.Grant{{Actions: []string{"s3:*"}, Bucket: "*"}}}},
		Buckets: []s3.Bucket{{Name: originals}, {Name: thumbnails}},
	}); err != nil {
		return nil, err
	}
	s3URL, err := w.serve(w.s3)
	if err != nil {
		w.close()
		return nil, err
	}
	secrets := &aws.Secrets{}
	secrets.Put(secretID, thumburl.DevelopmentSecret)
	callsURL, err := w.serve(&aws.Server{Secrets: secrets})
	if err != nil {
		w.close()
		return nil, err
	}
	w.objects = s3sdk.New(s3sdk.Options{BaseEndpoint: &s3URL, UsePathStyle: true, Region: region,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) { return role, nil })})
	w.presigned = s3sdk.NewPresignClient(w.objects)

	for name, value := range map[string]string{
		"ORIGINALS_BUCKET": originals, "THUMBNAILS_BUCKET": thumbnails, "SECRET_ID": secretID, "ALLOW_DEVELOPMENT_SECRET": "true",
		"AWS_ENDPOINT_URL_S3": s3URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER": callsURL,
		"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": role.AccessKeyID, "AWS_SECRET_ACCESS_KEY": role.SecretAccessKey,
		"AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memoryMB,
		"LANG": "en_US.UTF-8", "TZ": ":UTC", "TMPDIR": dir, "PATH": os.Getenv("PATH"), "HOME": dir,
	} {
		variables[name] = value
	}
	for name, value := range variables {
		w.env = append(w.env, name+"="+value)
	}
	slices.Sort(w.env)
	return w, nil
}

// deployedVariables are those of the deployed function that are plain text: limits
// and what its allocator is told. Every contender gets them.
func deployedVariables(template string) (map[string]string, error) {
	text, err := os.ReadFile(template)
	if err != nil {
		return nil, err
	}
	var t struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				Handler     string
				Environment struct{ Variables map[string]any }
			}
		}
	}
	// Other resources may have properties of these names and another shape.
	if err := json.Unmarshal(text, &t); err != nil {
		if _, ok := err.(*json.UnmarshalTypeError); !ok {
			return nil, fmt.Errorf("%s: %w", template, err)
		}
	}
	variables := map[string]string{}
	for _, r := range t.Resources {
		if r.Type == "AWS::Lambda::Function" && r.Properties.Handler == "bootstrap" {
			for name, value := range r.Properties.Environment.Variables {
				if text, ok := value.(string); ok {
					variables[name] = text
				}
			}
		}
	}
	if len(variables) == 0 {
		return nil, fmt.Errorf("%s: there is no function with variables", template)
	}
	return variables, nil
}

func (w *world) serve(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler}
	w.servers = append(w.servers, server)
	go func() { _ = server.Serve(listener) }() // ends with close
	return "http://" + listener.Addr().String(), nil
}

func (w *world) close() {
	for _, server := range w.servers {
		_ = server.Close()
	}
	_ = w.s3.Close() // its folder is deleted
}

func (w *world) put(ctx context.Context, key string, body []byte) error {
	bucket := originals
	_, err := w.objects.PutObject(ctx, &s3sdk.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	return err
}

// event is CloudFront's request for a thumbnail that nobody asked for before. Two
// headers hold presigned URLs of the original and of the thumbnail, for who does
// without an SDK; ours does not look at them.
func (w *world) event(ctx context.Context, r thumburl.Request) ([]byte, error) {
	w.requests++
	r.Version = fmt.Sprint(w.requests)
	viewerPath, err := w.urls.URL(r)
	if err != nil {
		return nil, err
	}
	path := "/1" + viewerPath // behind the epoch
	from, to, key := originals, thumbnails, path[1:]
	get, err := w.presigned.PresignGetObject(ctx, &s3sdk.GetObjectInput{Bucket: &from, Key: &r.Key})
	if err != nil {
		return nil, err
	}
	put, err := w.presigned.PresignPutObject(ctx, &s3sdk.PutObjectInput{Bucket: &to, Key: &key})
	if err != nil {
		return nil, err
	}
	return json.Marshal(events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: path,
		Headers: map[string]string{"host": "bench.lambda-url.us-east-1.on.aws", "accept": "image/avif,image/webp,*/*",
			"x-bench-get": get.URL, "x-bench-put": put.URL},
		RequestContext: events.LambdaFunctionURLRequestContext{DomainName: "bench.lambda-url.us-east-1.on.aws",
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: "GET", Path: path, Protocol: "HTTP/1.1", SourceIP: "127.0.0.1"}},
	})
}
