// Package stack puts the local stand-ins together: S3, Lambda with the real
// bootstrap, the CloudFront edge, the few other AWS calls, and the page in
// front. scripts/local starts one; tests start their own.
package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/upload"
	"github.com/thumbfront/thumbfront/scripts/local/aws"
	"github.com/thumbfront/thumbfront/scripts/local/edge"
	"github.com/thumbfront/thumbfront/scripts/local/lambda"
	"github.com/thumbfront/thumbfront/scripts/local/page"
	"github.com/thumbfront/thumbfront/scripts/local/s3"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
)

// Admin may do everything in the local S3; it guards nothing but a loopback
// address and is the same for everybody, so that any S3 client can be used.
var Admin = awssdk.Credentials{AccessKeyID: "thumbfront-local", SecretAccessKey: "thumbfront-local-secret"}

// Roles beside those of the functions. The edge's gets what the template grants;
// the page's backend is not part of a deployment.
var (
	edgeRole    = awssdk.Credentials{AccessKeyID: "thumbfront-local-edge", SecretAccessKey: "thumbfront-local-edge-secret"}
	backendRole = awssdk.Credentials{AccessKeyID: "thumbfront-local-backend", SecretAccessKey: "thumbfront-local-backend-secret"}
)

// Options say how to start. The zero value of a field is its default.
type Options struct {
	Listen    string // address of the page and the edge; 127.0.0.1:0
	S3Listen  string // address of the local S3; 127.0.0.1:0
	DataDir   string // where objects live; required
	Bootstrap string // the thumbnail function's executable; required
	// Ingest is the ingest function's executable; empty: nobody looks at what
	// arrives, and S3's events stay in their queue.
	Ingest string
	// Upload is the upload function's executable; empty: it has no URL.
	Upload   string
	Template []byte // what is deployed, as CloudFormation in JSON; required: see GoldenTemplate
	Secret   string // signing secret; the development secret
	// Secrets are further ones, by their names in Secrets Manager; an empty name is none.
	Secrets map[string]string
	// These stand in the place of what the template says, where they are given.
	Access    thumburl.Access
	Presets   string // JSON
	Epoch     int
	Languages []string
	// AllowedBuckets are made, and the function may read them.
	AllowedBuckets []string
	Concurrency    int // environments of the function at once; 32
	// Reserved environments of the thumbnail function: a request beyond them is answered with
	// 429, where one beyond Concurrency waits. One that the edge has no place for beside those
	// that wait for S3 and the function is answered with 503. Both have Retry-After.
	Reserved int
	Timeout  time.Duration // of the thumbnail function
	// Clock is that of S3, of the queues and of the edge's cache; time.Now. The functions
	// have the machine's, and so all sign by that.
	Clock       func() time.Time
	Log         *slog.Logger
	FunctionLog io.Writer // what the function prints
	// BeforeS3 stands before the local S3, for the functions and the edge as for all; nil:
	// nothing.
	BeforeS3 func(s3 http.Handler) http.Handler
	// Events gives the messages that arrive of one that S3 sends, which has the order,
	// the number and the losses that a network has; nil: it arrives.
	Events func(message []byte) [][]byte
	// Environment adds to and replaces the function's variables; the edge offers the
	// formats that AUTO_AVIF and AUTO_WEBP in it say.
	Environment map[string]string
}

// Stack is a running local stack.
type Stack struct {
	URL   string // of the page and the edge
	S3URL string // of the local S3, path style
	// CallsURL answers the other AWS calls, for AWS_ENDPOINT_URL_SECRETS_MANAGER,
	// AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_CLOUDFRONT.
	CallsURL string
	// UploadURL is the function URL that signs uploads, for who signs as Admin, and
	// IngestQueueURL and IngestQueueARN the queue of S3's events; empty where there is none.
	UploadURL, IngestQueueURL, IngestQueueARN string
	// ReadQueues are the ARNs of all queues that functions read.
	ReadQueues []string
	S3         *s3.Server
	Edge       *edge.Edge
	Lambda     *lambda.Runtime // of the thumbnail function
	Secrets    *aws.Secrets
	// Queues are the deployment's. Wake them after the clock was set.
	Queues *sqs.Queues
	// Objects is a client of the local S3 that may do everything.
	Objects *s3sdk.Client
	// URLs writes signed paths.
	URLs thumburl.Client

	servers  []*http.Server
	runtimes []*lambda.Runtime
	readers  sync.WaitGroup     // of queues
	stop     context.CancelFunc // reading them; nil: nobody does
	log      *slog.Logger
	close    sync.Once
	// unknownCalls are AWS calls that nothing here answers.
	mu           sync.Mutex
	unknownCalls []string
}

// Start starts everything and returns when the first request would succeed.
func Start(ctx context.Context, o Options) (*Stack, error) {
	o = o.withDefaults()
	d, err := deploy(o.Template, o)
	if err != nil {
		return nil, err
	}
	s := &Stack{Secrets: &aws.Secrets{}, log: o.Log, URLs: thumburl.Client{Secret: []byte(o.Secret)}}
	s.Secrets.Put(SecretID, o.Secret)
	for id, secret := range o.Secrets {
		if id != "" {
			s.Secrets.Put(id, secret)
		}
	}
	if err := s.start(ctx, o, d); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.S3Listen = cmp.Or(o.S3Listen, "127.0.0.1:0")
	o.Secret = cmp.Or(o.Secret, thumburl.DevelopmentSecret)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (s *Stack) start(ctx context.Context, o Options, d *deployment) error {
	var err error
	if s.Queues, err = sqs.New(d.queues, o.Clock); err != nil {
		return err
	}
	principals := []s3.Principal{
		principal(Admin, s3.Grant{Actions: []string{"s3:*"}, Bucket: "*"}),
		principal(edgeRole, d.edgeGrants...),
		principal(backendRole,
			s3.Grant{Actions: []string{"s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}, Bucket: OriginalsBucket, Prefix: "uploads/"},
			s3.Grant{Actions: []string{"s3:GetObject"}, Bucket: OriginalsBucket, Prefix: "entities/"},
			s3.Grant{Actions: []string{"s3:ListBucket"}, Bucket: OriginalsBucket}),
	}
	for _, f := range d.functions() {
		principals = append(principals, principal(f.credentials, f.grants...))
	}
	s.S3, err = s3.New(s3.Options{
		Dir: filepath.Join(o.DataDir, "s3"), Clock: o.Clock, SignatureClock: time.Now, Logger: o.Log, Principals: principals, Buckets: d.buckets, Deliver: s.deliverer(o.Events),
	})
	if err != nil {
		return err
	}
	var front http.Handler = s.S3
	if o.BeforeS3 != nil {
		front = o.BeforeS3(front)
	}
	if s.S3URL, err = s.serve(o.S3Listen, front); err != nil {
		return err
	}
	s.Objects = Client(s.S3URL, Admin)

	if err := s.serveCalls(d); err != nil {
		return err
	}
	if s.Lambda, err = s.run(d.thumbnail, o.Bootstrap, o, edgeRole, d.mayInvoke); err != nil {
		return err
	}
	var callable http.Handler = s.Lambda
	location := d.edge
	if d.waits {
		callable = queued(s.Lambda, d.thumbnail.ReservedConcurrentExecutions)
	} else {
		location.OriginRequests = d.thumbnail.ReservedConcurrentExecutions + originRequests*runtime.GOMAXPROCS(0)
	}
	functionURL, err := s.serve("127.0.0.1:0", callable)
	if err != nil {
		return err
	}
	location.Endpoints = map[string]string{
		ThumbnailsBucket + bucketDomain: s.S3URL + "/" + ThumbnailsBucket, d.thumbnail.domain(): functionURL}
	location.Credentials, location.Clock, location.Logger = edgeRole, o.Clock, o.Log
	if s.Edge, err = edge.New(location); err != nil {
		return err
	}
	if err := s.probe(ctx); err != nil {
		return err
	}
	if err := s.startUploads(o, d); err != nil {
		return err
	}
	s.URL, err = s.serve(o.Listen, s.front())
	return err
}

// originRequests of the edge at once, for each processor, beside those that render: S3 and
// the function are on the same machine, so that more would only wait for each other.
const originRequests = 16

// queued makes requests wait for one of n places. Lambda would start more
// environments instead, up to a thousand; a laptop would not bear them.
func queued(function http.Handler, n int) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			function.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

// front serves the page; every other path is the edge's.
func (s *Stack) front() http.Handler {
	backend := Client(s.S3URL, backendRole)
	pages := page.New(page.Options{
		Objects: backend, Bucket: OriginalsBucket, URLs: s.URLs, Log: s.log,
		Uploads: upload.Signer{Client: s3sdk.NewPresignClient(backend), Bucket: OriginalsBucket},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || r.URL.Path == "/uploads" || strings.HasPrefix(r.URL.Path, "/app/") {
			pages.ServeHTTP(w, r)
			return
		}
		s.Edge.ServeHTTP(w, r)
	})
}

// probe asks for a thumbnail of a picture that is not there: that this is what
// comes back shows that edge, S3 and function are all up.
func (s *Stack) probe(ctx context.Context) error {
	path, err := s.URLs.URL(thumburl.Request{Key: "uploads/.probe"})
	if err != nil {
		return err
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	w := httptest.NewRecorder()
	s.Edge.ServeHTTP(w, r)
	var answer struct{ Code string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Code != "OriginalNotFound" && answer.Code != "NoSuchKey" {
		return fmt.Errorf("the function does not work: a first request was answered %d %s", w.Code, w.Body)
	}
	return nil
}

// maxHeaderBytes lets the edge itself answer to a path of a megabyte.
const maxHeaderBytes = 8 << 20

// serve starts a server on an address and gives its URL.
func (s *Stack) serve(address string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	s.servers = append(s.servers, server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("a server stopped", "address", address, "error", err)
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// closeGrace is what requests under way get to end; a stop takes 5 s at most.
const closeGrace = 2 * time.Second

// Close stops everything; no process is left. It may be called again.
func (s *Stack) Close() {
	s.close.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		// The last one started is the first one to stop: the viewer's side.
		for _, server := range slices.Backward(s.servers) {
			if server.Shutdown(ctx) != nil {
				_ = server.Close() // whoever still waits is cut off
			}
		}
		if s.Edge != nil {
			s.Edge.Close()
		}
		if s.stop != nil {
			s.stop()
		}
		for _, rt := range s.runtimes {
			if err := rt.Close(ctx); err != nil {
				s.log.Error("a function's processes", "error", err)
			}
		}
		s.readers.Wait()
		if s.S3 != nil {
			if err := s.S3.Close(); err != nil {
				s.log.Error("the local S3", "error", err)
			}
		}
	})
}

// Processes are those of all functions: see [lambda.Runtime.Processes].
func (s *Stack) Processes() []int {
	var pids []int
	for _, rt := range s.runtimes {
		pids = append(pids, rt.Processes()...)
	}
	return pids
}

func (s *Stack) noteUnknownCall(call string) {
	s.log.Error("an AWS call that the local stack does not know", "call", call)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknownCalls = append(s.unknownCalls, call)
}

// UnknownCalls are the AWS calls so far that nothing here answers.
func (s *Stack) UnknownCalls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknownCalls)
}

func principal(c awssdk.Credentials, grants ...s3.Grant) s3.Principal {
	return s3.Principal{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, Grants: grants}
}

// secretOf knows the secrets of those who may call.
func secretOf(callers ...awssdk.Credentials) func(string) (string, bool) {
	return func(id string) (string, bool) {
		for _, c := range callers {
			if c.AccessKeyID == id {
				return c.SecretAccessKey, true
			}
		}
		return "", false
	}
}

// Client of a local S3.
func Client(url string, c awssdk.Credentials) *s3sdk.Client {
	return s3sdk.New(s3sdk.Options{
		BaseEndpoint: &url, UsePathStyle: true, Region: Region,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) { return c, nil }),
	})
}
