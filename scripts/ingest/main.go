// Command ingest has originals looked at again: it sends the ingest function's
// queue what S3 would send. Use it for a bucket that was there before the
// function, after events were lost, or after what is recorded has changed.
//
//	go run ./scripts/ingest -queue URL -bucket BUCKET -all
//	go run ./scripts/ingest -queue URL -bucket BUCKET uploads/a.jpg uploads/b.heic
//
// -all is every original below uploads/, and every original of which there is an
// entity: one that was deleted and whose event was lost is forgotten.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/thumbfront/thumbfront/pkg/ingest"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

func main() {
	queue := flag.String("queue", "", "`URL` of the ingest queue: output IngestQueueUrl of the stack")
	bucket := flag.String("bucket", "", "originals `bucket`: output OriginalsBucketName of the stack")
	all := flag.Bool("all", false, "every original of the bucket")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	sent, err := run(ctx, *queue, *bucket, *all, flag.Args())
	fmt.Printf("%d originals will be looked at\n", sent)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ingest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, queue, bucket string, all bool, keys []string) (sent int, err error) {
	if queue == "" || bucket == "" || all == (len(keys) > 0) {
		return 0, errors.New("-queue, -bucket, and either -all or keys are needed")
	}
	account, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return 0, err
	}
	r := replay{queues: sqs.NewFromConfig(account), queue: queue, bucket: bucket,
		objects: s3.NewFromConfig(account, func(o *s3.Options) { o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL_S3") != "" })}
	if !all {
		err = r.send(ctx, keys)
		return r.sent, err
	}
	err = errors.Join(r.each(ctx, upload.Prefix, func(key string) (string, bool) { return key, true }),
		r.each(ctx, storage.EntityPrefix, storage.OriginalOf))
	return r.sent, err
}

type replay struct {
	queues        *sqs.Client
	objects       *s3.Client
	queue, bucket string
	sent          int
	seen          map[string]bool
}

// each sends the originals that keys below a prefix stand for, each once.
func (r *replay) each(ctx context.Context, prefix string, original func(key string) (string, bool)) error {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	pages := s3.NewListObjectsV2Paginator(r.objects, &s3.ListObjectsV2Input{Bucket: &r.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var keys []string
		for _, o := range page.Contents {
			if key, ok := original(aws.ToString(o.Key)); ok && !r.seen[key] {
				r.seen[key] = true
				keys = append(keys, key)
			}
		}
		if err := r.send(ctx, keys); err != nil {
			return err
		}
	}
	return nil
}

// batch is the most that SQS takes in one call.
const batch = 10

func (r *replay) send(ctx context.Context, keys []string) error {
	for some := range slices.Chunk(keys, batch) {
		var entries []types.SendMessageBatchRequestEntry
		for i, key := range some {
			message, err := ingest.ReplayMessage(r.bucket, key)
			if err != nil {
				return err
			}
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &message})
		}
		out, err := r.queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &r.queue, Entries: entries})
		if err != nil {
			return err
		}
		r.sent += len(out.Successful)
		for _, failed := range out.Failed {
			return fmt.Errorf("%s: %s", aws.ToString(failed.Code), aws.ToString(failed.Message))
		}
	}
	return nil
}
