package aws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/thumbfront/thumbfront/scripts/local/aws"
)

const (
	keyID     = "AKIDLOCAL"
	keySecret = "local-secret"
	region    = "eu-central-1"
)

func serve(t *testing.T, s *aws.Server) string {
	t.Helper()
	s.Region = region
	s.Credentials = func(id string) (string, bool) { return keySecret, id == keyID }
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// client is the real SDK's.
func client(url, accessKeyID, secret string) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region:           region,
		BaseEndpoint:     sdk.String(url),
		RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secret, SessionToken: "token"}, nil
		}),
	})
}

func TestGetSecretValue(t *testing.T) {
	secrets := &aws.Secrets{}
	url := serve(t, &aws.Server{Secrets: secrets, OnUnknown: func(call string) { t.Errorf("unknown call %s", call) }})
	c := client(url, keyID, keySecret)
	const id = "thumbfront/signing"

	get := func(stage string) (string, error) {
		in := &secretsmanager.GetSecretValueInput{SecretId: sdk.String(id)}
		if stage != "" {
			in.VersionStage = sdk.String(stage)
		}
		out, err := c.GetSecretValue(t.Context(), in)
		if err != nil {
			return "", err
		}
		if want := "arn:aws:secretsmanager:" + region + ":123456789012:secret:" + id; *out.Name != id || *out.ARN != want || out.CreatedDate == nil {
			t.Errorf("Name %q, ARN %q, CreatedDate %v", *out.Name, *out.ARN, out.CreatedDate)
		}
		if stage == "" {
			stage = "AWSCURRENT"
		}
		if !slices.Equal(out.VersionStages, []string{stage}) {
			t.Errorf("VersionStages %q, want %s", out.VersionStages, stage)
		}
		// A version is found by its own id as well.
		byVersion, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: sdk.String(id), VersionId: out.VersionId})
		if err != nil || *byVersion.SecretString != *out.SecretString {
			t.Errorf("by version %s: %v (%v)", *out.VersionId, byVersion, err)
		}
		return *out.SecretString, nil
	}
	expect := func(stage, want string) {
		t.Helper()
		got, err := get(stage)
		if want == "" {
			var missing *types.ResourceNotFoundException
			if !errors.As(err, &missing) || !strings.Contains(missing.ErrorMessage(), "can't find") {
				t.Errorf("stage %q: %q (%v), want ResourceNotFoundException", stage, got, err)
			}
			return
		}
		if err != nil || got != want {
			t.Errorf("stage %q: %q (%v), want %q", stage, got, err, want)
		}
	}

	expect("", "")
	secrets.Put(id, "one")
	expect("", "one")
	expect("AWSCURRENT", "one")
	expect("AWSPREVIOUS", "")
	secrets.Put(id, "two")
	expect("AWSCURRENT", "two")
	expect("AWSPREVIOUS", "one")
	secrets.Put(id, "three")
	expect("", "three")
	expect("AWSPREVIOUS", "two")
	expect("AWSPENDING", "")
}

func TestSecretByARN(t *testing.T) {
	const id = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-AbCdEf"
	secrets := &aws.Secrets{}
	secrets.Put(id, "value")
	out, err := client(serve(t, &aws.Server{Secrets: secrets}), keyID, keySecret).
		GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: sdk.String(id)})
	if err != nil {
		t.Fatal(err)
	}
	if *out.ARN != id || *out.Name != "signing-AbCdEf" || *out.SecretString != "value" {
		t.Errorf("ARN %q, Name %q, SecretString %q", *out.ARN, *out.Name, *out.SecretString)
	}
}

func TestSignatureIsChecked(t *testing.T) {
	secrets := &aws.Secrets{}
	secrets.Put("id", "value")
	url := serve(t, &aws.Server{Secrets: secrets})
	for name, c := range map[string]*secretsmanager.Client{
		"unknown key":  client(url, "AKIDOTHER", keySecret),
		"wrong secret": client(url, keyID, "wrong"),
	} {
		_, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: sdk.String("id")})
		if code(err) != "InvalidSignatureException" {
			t.Errorf("%s: %v, want InvalidSignatureException", name, err)
		}
	}
}

func TestUnknownCalls(t *testing.T) {
	var unknown []string
	url := serve(t, &aws.Server{OnUnknown: func(call string) { unknown = append(unknown, call) }})
	_, err := client(url, keyID, keySecret).ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
	if code(err) != "NotImplemented" {
		t.Errorf("ListSecrets: %v, want NotImplemented", err)
	}
	response, err := http.Get(url + "/2020-05-31/distribution")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotImplemented {
		t.Errorf("answered %d", response.StatusCode)
	}
	if want := []string{"secretsmanager.ListSecrets", "GET /2020-05-31/distribution"}; !slices.Equal(unknown, want) {
		t.Errorf("unknown calls are %q, want %q", unknown, want)
	}
}

// What no SDK would send gets AWS's errors too.
func TestBadRequests(t *testing.T) {
	server := httptest.NewServer(&aws.Server{})
	defer server.Close()
	for body, want := range map[string]string{
		"":                           "SerializationException",
		"{":                          "SerializationException",
		`{"SecretId":1}`:             "SerializationException",
		`{}`:                         "ValidationException",
		`{"SecretId":"x"}`:           "ResourceNotFoundException",
		strings.Repeat(" ", 100<<10): "SerializationException",
	} {
		r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), `"__type":"`+want+`"`) {
			t.Errorf("%.40q: %d %s (%v), want 400 %s", body, response.StatusCode, text, err, want)
		}
	}
}
