// Command upload is the function that signs uploads for backends in any language:
// see [upload.Handler].
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/jsonlog"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

func main() {
	log := jsonlog.New(os.Stdout)
	handler, err := newHandler(context.Background(), log)
	if err != nil {
		log.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	lambdaurl.Start(handler)
}

func newHandler(ctx context.Context, log *slog.Logger) (upload.Handler, error) {
	cfg, err := upload.ConfigFromEnv(os.Getenv)
	if err != nil {
		return upload.Handler{}, err
	}
	account, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return upload.Handler{}, err
	}
	client := s3.NewFromConfig(account, func(o *s3.Options) {
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL_S3") != "" // a local one
	})
	signer := cfg.Signer
	signer.Client = s3.NewPresignClient(client)
	// Who may call the function URL is a backend.
	return upload.Handler{Signer: signer, Trusted: true, Log: log}, nil
}
