// Package aws stands in for the few AWS control-plane calls that this project's
// binaries make, on one machine. Point them at it with AWS_ENDPOINT_URL_*.
package aws

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/thumbfront/thumbfront/scripts/local/sigv4"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
)

const (
	defaultRegion = "us-east-1"
	contentType   = "application/x-amz-json-1.1"

	// maxRequest bounds a request's body: a batch of messages is the largest.
	maxRequest = 2 << 20
)

// Server answers the AWS calls that are known here:
//
//	secretsmanager.GetSecretValue    by SecretId, VersionStage, VersionId
//	AmazonSQS.SendMessage            and SendMessageBatch; without attributes
//	CloudFront CreateInvalidation
//
// Any other call is answered with 501. Failures are errors as each service puts them.
type Server struct {
	// Secrets holds the secrets; nil is none.
	Secrets *Secrets
	// Queues take messages; nil is none.
	Queues *sqs.Queues
	// Invalidations of the distribution; nil is none.
	Invalidations *Invalidations
	// May says whether a caller has a permission, by IAM's name for the action
	// and the ARN (of a secret, the id) that it is about. Nil: all have all.
	May func(accessKeyID, action, resource string) bool
	// OnUnknown is told of each call that is answered with 501: its
	// X-Amz-Target, or method and path where it has none. A test fails on it.
	// It may be called from several goroutines. Nil: nobody is told.
	OnUnknown func(call string)
	// Credentials gives the secret of an access key, to check each request's
	// signature. Nil: no signature is asked for.
	Credentials func(accessKeyID string) (secret string, ok bool)
	// Region is the one that requests are signed for; us-east-1 when empty.
	Region string
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, post := r.Header.Get("X-Amz-Target"), r.Method == http.MethodPost
	switch {
	case post && r.URL.Path == "/" && target == "secretsmanager.GetSecretValue":
		if s.authorized(w, r, "secretsmanager") {
			s.getSecretValue(w, r)
		}
	case post && r.URL.Path == "/" && target == "AmazonSQS.SendMessage":
		if s.authorized(w, r, "sqs") {
			s.sendMessage(w, r)
		}
	case post && r.URL.Path == "/" && target == "AmazonSQS.SendMessageBatch":
		if s.authorized(w, r, "sqs") {
			s.sendMessageBatch(w, r)
		}
	case post && strings.HasPrefix(r.URL.Path, distributionPath) && strings.HasSuffix(r.URL.Path, invalidationPath):
		if s.authorized(w, r, "cloudfront") {
			s.createInvalidation(w, r)
		}
	default:
		call := target
		if call == "" {
			call = r.Method + " " + r.URL.Path
		}
		if s.OnUnknown != nil {
			s.OnUnknown(call)
		}
		fail(w, http.StatusNotImplemented, "NotImplemented", "the local stand-in for AWS does not know the call "+call)
	}
}

// authorized checks the signature, and answers if it is wrong.
func (s *Server) authorized(w http.ResponseWriter, r *http.Request, service string) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if s.Credentials == nil {
		return true
	}
	if err := sigv4.Verify(service, s.regionOf(service), s.Credentials, nil)(r); err != nil {
		fail(w, http.StatusBadRequest, "InvalidSignatureException", err.Error())
		return false
	}
	return true
}

// may tells whether the caller of a verified request has a permission.
func (s *Server) may(r *http.Request, action, resource string) bool {
	return s.May == nil || s.May(sigv4.AccessKeyID(r), action, resource)
}

// regionOf is the one that a service's requests are signed for.
func (s *Server) regionOf(service string) string {
	if service == "cloudfront" { // a global one
		return defaultRegion
	}
	return s.region()
}

func (s *Server) region() string {
	if s.Region != "" {
		return s.Region
	}
	return defaultRegion
}

func (s *Server) getSecretValue(w http.ResponseWriter, r *http.Request) {
	var input struct {
		SecretID     string `json:"SecretId"`
		VersionID    string `json:"VersionId"`
		VersionStage string
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &input)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "SerializationException", err.Error())
		return
	}
	if input.SecretID == "" {
		fail(w, http.StatusBadRequest, "ValidationException", "SecretId is missing")
		return
	}
	if input.VersionStage == "" && input.VersionID == "" {
		input.VersionStage = stageCurrent
	}
	if !s.may(r, "secretsmanager:GetSecretValue", input.SecretID) {
		fail(w, http.StatusBadRequest, "AccessDeniedException", "the caller has no permission for secretsmanager:GetSecretValue on "+input.SecretID)
		return
	}
	secrets := s.Secrets
	if secrets == nil {
		secrets = &Secrets{}
	}
	found, stages, err := secrets.get(input.SecretID, input.VersionStage, input.VersionID)
	if err != nil {
		fail(w, http.StatusBadRequest, "ResourceNotFoundException", err.Error())
		return
	}
	name := input.SecretID
	if strings.HasPrefix(name, "arn:") {
		name = name[strings.LastIndexByte(name, ':')+1:]
	}
	answer(w, http.StatusOK, map[string]any{
		"ARN":           arn(s.region(), input.SecretID),
		"Name":          name,
		"VersionId":     found.id,
		"VersionStages": stages,
		"SecretString":  found.value,
		"CreatedDate":   float64(found.created.UnixMilli()) / 1000,
	})
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	answer(w, status, map[string]string{"__type": code, "message": message})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that is gone is no fault
}
