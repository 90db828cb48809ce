// Command ingest is the function that looks at each original that arrives, is
// overwritten or is deleted: see package ingest.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/thumbfront/thumbfront/pkg/ingest"
	"github.com/thumbfront/thumbfront/pkg/jsonlog"
	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func main() {
	log := jsonlog.New(os.Stdout)
	handler, err := newHandler(context.Background(), log)
	if err != nil {
		log.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context, log *slog.Logger) (*ingest.Handler, error) {
	cfg, err := ingest.ConfigFromEnv(os.Getenv)
	if err != nil {
		return nil, err
	}
	account, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	objects := s3.NewFromConfig(account, func(o *s3.Options) {
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL_S3") != "" // a local one
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	stored := storage.Thumbnails{Client: objects, Bucket: cfg.Thumbnail.ThumbnailsBucket}
	warmer, err := newWarmer(ctx, cfg.Thumbnail, account, objects, stored, log)
	if err != nil {
		return nil, err
	}
	renderer := cfg.Thumbnail.Renderer()
	renderer.Profile = render.FastProfile // of what it makes nobody sees more than a placeholder
	ingester := &ingest.Ingester{
		Bucket: cfg.Thumbnail.OriginalsBucket, Prefixes: cfg.Thumbnail.Prefixes,
		Renderer:      renderer,
		Originals:     storage.Originals{Client: objects},
		Entities:      storage.Entities{Client: objects, Bucket: cfg.Thumbnail.OriginalsBucket},
		Purger:        purge.Purger{Thumbnails: stored, DefaultBucket: cfg.Thumbnail.OriginalsBucket, Epoch: cfg.Thumbnail.Epoch},
		Warmer:        warmer,
		RenderTimeout: cfg.Thumbnail.RenderTimeout, Log: log,
	}
	if cfg.EntitiesTable != "" {
		ingester.Table = ingest.DynamoDB{Client: dynamodb.NewFromConfig(account), Name: cfg.EntitiesTable}
	}
	handler := &ingest.Handler{Ingester: ingester, Later: sendTo(sqs.NewFromConfig(account), cfg.PurgeQueueURL), Exit: os.Exit, Log: log}
	if cfg.DistributionID != "" {
		handler.Invalidate = invalidate(cloudfront.NewFromConfig(account), cfg.DistributionID)
	}
	return handler, nil
}

// newWarmer makes thumbnails as the thumbnail function does.
func newWarmer(ctx context.Context, cfg thumbnail.Config, account aws.Config, objects *s3.Client, stored storage.Thumbnails, log *slog.Logger) (ingest.Warmer, error) {
	handler := &thumbnail.Handler{
		Policy: cfg.Policy(), Epoch: cfg.Epoch,
		Renderer:      cfg.Renderer(),
		Originals:     storage.Originals{Client: objects},
		Thumbnails:    stored,
		RenderTimeout: cfg.RenderTimeout,
		Log:           log, FunctionName: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	if cfg.FaceDetection {
		handler.Faces = thumbnail.FacesBy(rekognition.NewFromConfig(account))
	}
	warmer := ingest.Warmer{Handler: handler, Presets: cfg.Presets, Epoch: cfg.Epoch, RenderTimeout: cfg.RenderTimeout}
	secrets, err := cfg.ReadSecrets(ctx, secretsmanager.NewFromConfig(account), log)
	if err != nil {
		return ingest.Warmer{}, err
	}
	handler.Secrets = secrets
	if secrets != nil && cfg.Access == thumburl.Signed { // elsewhere pages show presets unsigned
		warmer.Sign = func(ctx context.Context, payload string) (string, error) {
			current, err := secrets.Get(ctx)
			if err != nil {
				return "", err
			}
			return thumburl.Sign(current[0], payload), nil
		}
	}
	thumbnail.Retire(handler, http.DefaultTransport.(*http.Transport), os.Exit)
	return warmer, nil
}

func sendTo(queues *sqs.Client, url string) func(context.Context, string) error {
	return func(ctx context.Context, message string) error {
		_, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &message})
		return err
	}
}

func invalidate(cdn *cloudfront.Client, distribution string) func(context.Context, string, []string) error {
	return func(ctx context.Context, reference string, paths []string) error {
		_, err := cdn.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{DistributionId: &distribution,
			InvalidationBatch: &types.InvalidationBatch{CallerReference: &reference,
				Paths: &types.Paths{Items: paths, Quantity: aws.Int32(int32(len(paths)))}}})
		return err
	}
}
