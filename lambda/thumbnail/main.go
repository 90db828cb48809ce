// Command thumbnail is the function that CloudFront fails over to when a
// thumbnail is not stored: see package thumbnail.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	handler, err := newHandler(context.Background(), log)
	if err != nil {
		log.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	thumbnail.Retire(handler, http.DefaultTransport.(*http.Transport), os.Exit)
	lambda.Start(thumbnail.Stream(handler))
}

func newHandler(ctx context.Context, log *slog.Logger) (*thumbnail.Handler, error) {
	cfg, err := thumbnail.ConfigFromEnv(os.Getenv)
	if err != nil {
		return nil, err
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	languages, err := newLanguages(cfg, os.Getenv, aws, log)
	if err != nil {
		return nil, err
	}
	// A local endpoint has no DNS name per bucket.
	local := os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	objects := s3.NewFromConfig(aws, func(o *s3.Options) {
		o.UsePathStyle = local
		// Originals that came by a plain presigned PUT have no checksum, as a rule.
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	handler := &thumbnail.Handler{
		Policy: cfg.Policy(), Epoch: cfg.Epoch,
		Languages: languages, ForeignTTL: cfg.ForeignTTL,
		// The systems whose requests are read draw SVG; so does this one then.
		Renderer:      render.Renderer{Limits: cfg.Limits(), Profile: cfg.Profile, Space: cfg.Space, SVG: len(languages) > 1 || languages[0] != nil},
		Originals:     storage.Originals{Client: objects},
		Thumbnails:    storage.Thumbnails{Client: objects, Bucket: cfg.ThumbnailsBucket},
		RenderTimeout: cfg.RenderTimeout,
		Log:           log, FunctionName: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	if !render.HasJPEGli() {
		log.Info("built with the system's libvips, without jpegli: JPEGs have more bytes, and renders take longer")
	}
	if cfg.Access == thumburl.Open {
		log.Warn("ACCESS=open: whoever knows a key may have any size of it rendered; the limits hold")
	}
	if cfg.FaceDetection {
		handler.Faces = thumbnail.FacesBy(rekognition.NewFromConfig(aws))
	}
	if cfg.SecretID != "" {
		secrets := &thumbnail.SecretsManager{Client: secretsmanager.NewFromConfig(aws), ID: cfg.SecretID,
			Refresh: cfg.SecretRefresh, AllowDevelopment: cfg.AllowDevelopmentSecret, Log: log}
		if _, err := secrets.Get(ctx); err != nil {
			return nil, err
		}
		handler.Secrets = secrets
	}
	return handler, nil
}
