// Package s3 is the local stand-in for Amazon S3. It answers the object, listing and multipart calls of
// S3 in path style, and is strict where S3 is strict: signatures, grants, CORS and lifecycle rules.
//
// gofakes3 speaks the protocol; what surrounds it here decides who may ask, and the store keeps the
// objects on disk. An operation that is not supported answers 501 NotImplemented.
//
// Known differences from S3: uploads in parts that are under way do not outlive the server; the trailing
// checksum and the chunk signatures of an aws-chunked body are not verified; there are no versions and no
// ACLs; events go to queues alone.
package s3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/rclone/gofakes3"
)

// Options says what a Server holds and whom it answers.
type Options struct {
	// Dir is where the objects live. It is made if absent, and one Server at a time may use it.
	Dir string
	// Clock is the server's time: of LastModified, of the Date header, and of what signatures are held
	// against; nil is time.Now. It is called from several goroutines. Like S3, the server refuses what was
	// signed more than 15 minutes from its own time. An SDK then learns the time and tries again; who
	// presigns or signs by itself does not: there, call Expire with a later time rather than move the clock.
	Clock func() time.Time
	// SignatureClock is what signatures are held against and the Date header says, which SDKs
	// set themselves by, in the place of Clock, where those who sign have another one; nil is Clock.
	SignatureClock func() time.Time
	// Logger gets failures of the store as errors and each request at debug level; nil discards both.
	Logger *slog.Logger
	// Principals are those who may call. Everybody else is refused.
	Principals []Principal
	// Buckets are made at the start if absent. What Dir holds besides stays reachable, without rules.
	Buckets []Bucket
	// Deliver takes the messages of the buckets' Notification to a queue, by its ARN, in the order of the
	// changes of each key. It must return soon and not call the server. Nil discards them.
	Deliver func(queueARN string, message []byte)
}

// region is the one that events name.
const region = "us-east-1"

// A Bucket is a bucket with its rules, which are shaped like those of CloudFormation's AWS::S3::Bucket:
// CORS decodes from the JSON of CorsConfiguration.CorsRules, Lifecycle from that of
// LifecycleConfiguration.Rules, Notification from that of NotificationConfiguration. A decoder with
// DisallowUnknownFields finds what is not supported.
type Bucket struct {
	Name      string
	CORS      []CORSRule
	Lifecycle []LifecycleRule

	Notification NotificationConfiguration
}

// A Server is an S3 endpoint. It may be used by several goroutines.
type Server struct {
	clock      func() time.Time
	signedBy   func() time.Time
	log        *slog.Logger
	principals map[string]*Principal // by access key ID
	buckets    map[string]Bucket     // by name
	store      *disk
	protocol   *gofakes3.GoFakeS3
	handler    http.Handler // protocol, as a handler
	deliver    func(queueARN string, message []byte)
	sequencer  int64 // of the last event; guarded by the store's lock
}

// New opens the store below o.Dir and makes the buckets that it lacks. The error names everything that is
// wrong with the options, or says that the store cannot be used, also because another Server has it open.
func New(o Options) (*Server, error) {
	s := &Server{
		clock:      o.Clock,
		signedBy:   o.SignatureClock,
		log:        o.Logger,
		principals: make(map[string]*Principal, len(o.Principals)),
		buckets:    make(map[string]Bucket, len(o.Buckets)),
		deliver:    o.Deliver,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.signedBy == nil {
		s.signedBy = s.clock
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.configure(o); err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}

	store, err := openDisk(o.Dir, s.clock, s.log)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	for _, b := range o.Buckets {
		err := store.CreateBucket(context.Background(), b.Name)
		if err != nil && !gofakes3.IsAlreadyExists(err) {
			return nil, errors.Join(fmt.Errorf("s3: making bucket %s: %w", b.Name, err), store.close())
		}
	}
	s.store = store
	store.changed = s.notify
	s.testNotifications()
	s.protocol = gofakes3.New(guard{store},
		gofakes3.WithTimeSource(clockSource(s.clock)),
		gofakes3.WithTimeSkewLimit(0), // the signature check knows the skew of presigned requests as well
		gofakes3.WithLogger(protocolLog{s.log}),
	)
	s.handler = s.protocol.Server()
	return s, nil
}

// configure takes over the principals and buckets of o; the error joins all that is wrong with them.
func (s *Server) configure(o Options) error {
	var errs []error
	if o.Dir == "" {
		errs = append(errs, errors.New("no directory given"))
	}
	for i, p := range o.Principals {
		switch {
		case len(p.AccessKeyID) < 3 || p.SecretAccessKey == "":
			errs = append(errs, fmt.Errorf("principal %d: an access key ID of at least 3 characters and a secret are needed", i))
		case s.principals[p.AccessKeyID] != nil:
			errs = append(errs, fmt.Errorf("principal %d: access key ID %s is given twice", i, p.AccessKeyID))
		}
		s.principals[p.AccessKeyID] = &p
	}
	for _, b := range o.Buckets {
		if err := b.validate(); err != nil {
			errs = append(errs, fmt.Errorf("bucket %q: %w", b.Name, err))
		}
		if _, twice := s.buckets[b.Name]; twice {
			errs = append(errs, fmt.Errorf("bucket %q is given twice", b.Name))
		}
		s.buckets[b.Name] = b
	}
	return errors.Join(errs...)
}

func (b Bucket) validate() error {
	var errs []error
	if err := gofakes3.ValidateBucketName(b.Name); err != nil {
		errs = append(errs, err)
	}
	for i, r := range b.CORS {
		if err := r.validate(); err != nil {
			errs = append(errs, fmt.Errorf("CORS rule %d: %w", i, err))
		}
	}
	for i, r := range b.Lifecycle {
		if err := r.validate(); err != nil {
			errs = append(errs, fmt.Errorf("lifecycle rule %d: %w", i, err))
		}
	}
	for i, q := range b.Notification.QueueConfigurations {
		if err := q.validate(); err != nil {
			errs = append(errs, fmt.Errorf("queue configuration %d: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// Close gives the directory free. Call it when no request is being served any more.
func (s *Server) Close() error {
	if err := s.store.close(); err != nil {
		return fmt.Errorf("s3: %w", err)
	}
	return nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := targetOf(r)
	a := newAnswer(w, s.corsHeader(t.bucket, r), s.signedBy())
	s.serve(a, r, t)
	a.finish()
	s.log.Debug("s3 request", "method", r.Method, "path", r.URL.Path, "status", a.status,
		"request_id", a.Header().Get(requestIDHeader))
}

func (s *Server) serve(a *answer, r *http.Request, t target) {
	if r.Method == http.MethodOptions {
		s.preflight(a, r, t.bucket)
		return
	}
	if isForm(r, t) {
		s.postForm(a, r, t.bucket)
		return
	}
	who, refused := s.authenticate(r)
	if refused == nil {
		refused = s.authorize(who, r, t)
	}
	if refused != nil {
		a.refuse(r, *refused)
		return
	}
	if r.URL.Query().Has("lifecycle") {
		a.lifecycle(r, s.buckets[t.bucket].Lifecycle)
		return
	}
	translateConditions(r.Header)
	acceptBody(r, a)
	s.handler.ServeHTTP(a, r.WithContext(withCall(r.Context(), newCall(who, r, a))))
}

// clockSource is a clock as gofakes3 wants it.
type clockSource func() time.Time

func (c clockSource) Now() time.Time                  { return c() }
func (c clockSource) Since(t time.Time) time.Duration { return c().Sub(t) }

// protocolLog hands the messages of gofakes3 on to slog.
type protocolLog struct{ log *slog.Logger }

func (l protocolLog) Print(level gofakes3.LogLevel, v ...any) {
	to := slog.LevelDebug
	switch level {
	case gofakes3.LogErr:
		to = slog.LevelError
	case gofakes3.LogWarn:
		to = slog.LevelWarn
	}
	if l.log.Enabled(context.Background(), to) {
		l.log.Log(context.Background(), to, "s3 protocol", "message", fmt.Sprint(v...))
	}
}
