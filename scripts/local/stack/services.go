package stack

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/aws"
	"github.com/thumbfront/thumbfront/scripts/local/lambda"
	"github.com/thumbfront/thumbfront/scripts/local/sigv4"
)

// serveCalls answers the AWS calls beside those of S3.
func (s *Stack) serveCalls(d *deployment) error {
	callers := []awssdk.Credentials{Admin}
	for _, f := range d.functions() {
		callers = append(callers, f.credentials)
	}
	id, err := d.template.One("AWS::CloudFront::Distribution")
	if err != nil {
		return err
	}
	distribution, err := d.distributionARN()
	if err != nil {
		return err
	}
	s.CallsURL, err = s.serve("127.0.0.1:0", &aws.Server{
		Secrets: s.Secrets, Queues: s.Queues,
		Invalidations: &aws.Invalidations{Distribution: id, ARN: distribution, Evict: s.invalidate},
		Credentials:   secretOf(callers...), Region: Region, OnUnknown: s.noteUnknownCall,
		May: func(accessKeyID, action, resource string) bool {
			return accessKeyID == Admin.AccessKeyID || slices.ContainsFunc(d.functions(), func(f *function) bool {
				return f.credentials.AccessKeyID == accessKeyID && f.may(action, resource)
			})
		},
	})
	return err
}

// invalidate forgets what is cached of paths. They are compared with what the
// viewer-request function has made of a viewer's path.
func (s *Stack) invalidate(paths []string) {
	s.Edge.Evict(func(path string) bool {
		return slices.ContainsFunc(paths, func(pattern string) bool {
			prefix, open := strings.CutSuffix(pattern, "*")
			return path == prefix || open && strings.HasPrefix(path, prefix)
		})
	})
}

// deliverer takes S3's events to their queue.
func (s *Stack) deliverer(events func([]byte) [][]byte) func(queue string, message []byte) {
	if events == nil {
		events = func(message []byte) [][]byte { return [][]byte{message} }
	}
	return func(queue string, message []byte) {
		for _, one := range events(message) {
			if _, err := s.Queues.Send(queue, string(one), nil); err != nil {
				s.log.Error("an event of S3 is lost", "error", err)
			}
		}
	}
}

// run makes the runtime of a function. Its URL is for who signs as the caller,
// unless it is denied.
func (s *Stack) run(f *function, bootstrap string, o Options, caller awssdk.Credentials, denied error) (*lambda.Runtime, error) {
	deployed := f.Function
	deployed.Bootstrap = bootstrap // of this machine's architecture, in the place of the deployed one
	maps.Copy(deployed.Environment, map[string]string{
		"ALLOW_DEVELOPMENT_SECRET": "true",
		"AWS_REGION":               Region, "AWS_ACCESS_KEY_ID": f.credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY": f.credentials.SecretAccessKey,
		"AWS_ENDPOINT_URL_S3": s.S3URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER": s.CallsURL,
		"AWS_ENDPOINT_URL_SQS": s.CallsURL, "AWS_ENDPOINT_URL_CLOUDFRONT": s.CallsURL,
	})
	if f.name != uploadName {
		maps.Copy(deployed.Environment, o.Environment)
	}
	signed := sigv4.Verify("lambda", Region, secretOf(caller), nil)
	rt, err := lambda.New(lambda.Options{
		Function: deployed,
		Authorize: func(r *http.Request) error {
			if denied != nil {
				return denied
			}
			return signed(r)
		},
		Logger: o.Log, LogWriter: o.FunctionLog,
	})
	if err == nil {
		s.runtimes = append(s.runtimes, rt)
	}
	return rt, err
}

// startUploads runs the functions around uploads, as far as they are given.
func (s *Stack) startUploads(o Options, d *deployment) error {
	if d.upload != nil && o.Upload != "" {
		rt, err := s.run(d.upload, o.Upload, o, Admin, nil)
		if err != nil {
			return err
		}
		if s.UploadURL, err = s.serve("127.0.0.1:0", rt); err != nil {
			return err
		}
	}
	if d.ingest == nil {
		return nil
	}
	for _, b := range d.buckets {
		if b.Name == OriginalsBucket && len(b.Notification.QueueConfigurations) > 0 {
			for _, q := range d.queues {
				if q.ARN == b.Notification.QueueConfigurations[0].Queue {
					s.IngestQueueURL, s.IngestQueueARN = q.URL, q.ARN
				}
			}
		}
	}
	if o.Ingest == "" {
		return nil
	}
	rt, err := s.run(d.ingest, o.Ingest, o, awssdk.Credentials{}, fmt.Errorf("the ingest function has no URL"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	for _, m := range d.mappings {
		if m.denied != nil {
			s.log.Error("a queue is not read", "error", m.denied)
			continue
		}
		m.Invoke, m.Log = rt.Invoke, s.log
		s.ReadQueues = append(s.ReadQueues, m.QueueARN)
		s.readers.Go(func() { s.Queues.Run(ctx, m.Mapping) })
	}
	return nil
}
