// Command thumbnail is the function that CloudFront fails over to when a
// thumbnail is not stored: see package thumbnail. With -listen it is a server that needs
// neither Lambda nor CloudFront: see package server.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/thumbfront/thumbfront/pkg/jsonlog"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func main() {
	listen := flag.String("listen", "", "serve all front doors over HTTP at this address, such as :9092, instead of as a Lambda function")
	flag.Parse()
	log := jsonlog.New(os.Stdout)
	if *listen != "" {
		if err := serve(*listen, log); err != nil {
			log.Error("the server has ended", "error", err.Error())
			os.Exit(1)
		}
		return
	}
	handler, _, err := newHandler(context.Background(), log)
	if err != nil {
		log.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	thumbnail.Retire(handler, http.DefaultTransport.(*http.Transport), os.Exit)
	lambda.Start(thumbnail.Stream(handler))
}

func newHandler(ctx context.Context, log *slog.Logger, options ...func(*config.LoadOptions) error) (*thumbnail.Handler, thumbnail.Config, error) {
	aws, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, thumbnail.Config{}, err
	}
	cfg, err := thumbnail.ConfigFromEnv(os.Getenv)
	languages, err2 := newLanguages(cfg, os.Getenv, aws, log)
	web, err3 := storage.NewWeb(cfg.SourcePrefixes, cfg.SourceNetworks)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, cfg, err
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
		Renderer:      cfg.Renderer(),
		Originals:     storage.Originals{Client: objects},
		Web:           web,
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
	if len(cfg.SourceNetworks) > 0 {
		log.Warn("SOURCE_NETWORKS: originals are read from addresses that are not public", "networks", cfg.SourceNetworks)
	}
	if cfg.FaceDetection {
		handler.Faces = thumbnail.FacesBy(rekognition.NewFromConfig(aws))
	}
	if handler.Secrets, err = cfg.ReadSecrets(ctx, secretsmanager.NewFromConfig(aws), log); err != nil {
		return nil, cfg, err
	}
	return handler, cfg, nil
}
