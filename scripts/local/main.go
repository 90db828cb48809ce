// Command local runs the whole of thumbfront on this machine: a page to drop
// pictures on, the CloudFront edge, S3, and the thumbnail function as its real
// bootstrap. It prints "ready URL" on standard output when the first request
// would succeed.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

func main() {
	var o stack.Options
	flag.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "`address` of the page and the edge; port 0 picks a free one")
	flag.StringVar(&o.S3Listen, "s3", "127.0.0.1:9000", "`address` of the local S3")
	flag.StringVar(&o.DataDir, "data", ".local", "`folder` that keeps pictures and thumbnails between starts")
	flag.StringVar(&o.Bootstrap, "bootstrap", "", "`path` of the thumbnail function's executable; built when not given")
	flag.StringVar(&o.Ingest, "ingest", "", "`path` of the ingest function's executable; built when not given")
	flag.StringVar(&o.Upload, "upload", "", "`path` of the upload function's executable; built when not given")
	flag.StringVar(&o.Presets, "presets", "", "presets as `JSON`, instead of the template's")
	flag.StringVar(&o.Secret, "secret", cmp.Or(os.Getenv("THUMBFRONT_SECRET"), thumburl.DevelopmentSecret), "signing `secret`; THUMBFRONT_SECRET and then the development secret are the default")
	flag.IntVar(&o.Epoch, "epoch", 0, "first segment of every stored `path`, instead of the template's")
	flag.IntVar(&o.Concurrency, "concurrency", 0, "`processes` of the function at once; the template's, or 32, when not given")
	templatePath := flag.String("template", "", "`path` of the CloudFormation template that is run; infra/template.golden.json of the module when not given")
	access := flag.String("access", "", "who may ask: signed, presets or open (default presets, or what -template says)")
	flag.Func("languages", "`names` of the languages of requests, by commas, in the order in which they are tried; the template's when not given", func(names string) error {
		o.Languages = strings.Split(names, ",")
		return language.ValidateList(o.Languages)
	})
	flag.Func("set", "a variable of the function as `NAME=VALUE`, such as IMGPROXY_PRESETS=small=w:100; may be given several times", func(pair string) error {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return errors.New("want NAME=VALUE")
		}
		if o.Environment == nil {
			o.Environment = map[string]string{}
		}
		o.Environment[name] = value
		return nil
	})
	images := flag.String("images", "", "`folder` to copy into the originals bucket, under uploads/")
	verbose := flag.Bool("v", false, "log each step")
	flag.Parse()
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	if err := run(o, *templatePath, *access, *images, log); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(o stack.Options, templatePath, access, images string, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if access != "" {
		if o.Access, err = thumburl.ParseAccess(access); err != nil {
			return err
		}
	}
	if templatePath == "" {
		o.Template, err = stack.GoldenTemplate()
		o.Access = cmp.Or(o.Access, thumburl.PresetsOrSigned) // a page has no secret
	} else {
		o.Template, err = os.ReadFile(templatePath)
	}
	if err != nil {
		return err
	}
	if err := build(ctx, &o); err != nil {
		return err
	}
	o.Log, o.FunctionLog = log, os.Stderr
	s, err := stack.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if images != "" {
		copied, err := s.CopyImages(ctx, images)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "copied %d pictures from %s\n", copied, images)
	}
	fmt.Fprintf(os.Stderr, `AWS, for any client of it:
  export AWS_REGION=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s
  export AWS_ENDPOINT_URL_S3=%s AWS_ENDPOINT_URL_SECRETS_MANAGER=%s AWS_ENDPOINT_URL_SQS=%s
  buckets %s and %s, secret %s
  upload function %s, queue of events %s
`, stack.Region, stack.Admin.AccessKeyID, stack.Admin.SecretAccessKey, s.S3URL, s.CallsURL, s.CallsURL,
		stack.OriginalsBucket, stack.ThumbnailsBucket, stack.SecretID, s.UploadURL, s.IngestQueueURL)
	fmt.Printf("ready %s\n", s.URL)
	<-ctx.Done()
	fmt.Fprintln(os.Stderr, "stopping")
	return nil
}

// build builds those of the functions that are not given.
func build(ctx context.Context, o *stack.Options) error {
	dir := filepath.Join(o.DataDir, "bin")
	for _, function := range []struct {
		name string
		path *string
	}{{"thumbnail", &o.Bootstrap}, {"ingest", &o.Ingest}, {"upload", &o.Upload}} {
		if *function.path != "" {
			continue
		}
		fmt.Fprintf(os.Stderr, "building the function %s …\n", function.name)
		var err error
		if *function.path, err = stack.BuildFunction(ctx, function.name, filepath.Join(dir, function.name)); err != nil {
			return err
		}
	}
	return nil
}
