package thumbnail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// manager is Secrets Manager with the versions given by stage.
type manager struct {
	versions map[string]string
	down     bool

	mu    sync.Mutex // both versions are asked for at once
	reads int
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ VersionStage string }
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	value, ok := m.versions[in.VersionStage]
	switch {
	case m.down:
		w.WriteHeader(http.StatusBadRequest) // not retried
		fmt.Fprint(w, `{"__type":"InternalServiceError"}`)
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"ResourceNotFoundException"}`)
	default:
		m.mu.Lock()
		m.reads++
		m.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": value})
	}
}

func newSecrets(t *testing.T, m *manager, now *time.Time) *SecretsManager {
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return &SecretsManager{ID: "id", Refresh: 5 * time.Minute, Now: func() time.Time { return *now }, Log: slog.New(slog.DiscardHandler),
		Client: secretsmanager.New(secretsmanager.Options{BaseEndpoint: &server.URL, Region: "us-east-1", RetryMaxAttempts: 1,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
			})})}
}

func TestSecretsManager(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := &manager{versions: map[string]string{"AWSCURRENT": "first-secret-0123"}}
	s := newSecrets(t, m, &now)
	want := func(read func(context.Context) ([][]byte, error), secrets ...string) {
		t.Helper()
		got, err := read(t.Context())
		if err != nil || fmt.Sprintf("%s", got) != fmt.Sprint(secrets) {
			t.Errorf("%s, %v, want %v", got, err, secrets)
		}
	}
	want(s.Get, "first-secret-0123")
	m.versions = map[string]string{"AWSCURRENT": "second-secret-0123", "AWSPREVIOUS": "first-secret-0123"}
	want(s.Get, "first-secret-0123")
	want(s.Reread, "first-secret-0123") // asked a moment ago
	now = now.Add(11 * time.Second)
	want(s.Get, "first-secret-0123")
	want(s.Reread, "second-secret-0123", "first-secret-0123")
	reads := m.reads
	now = now.Add(4 * time.Minute)
	want(s.Get, "second-secret-0123", "first-secret-0123")
	if m.reads != reads {
		t.Error("read again before its time")
	}
	now = now.Add(2 * time.Minute)
	m.down = true
	want(s.Get, "second-secret-0123", "first-secret-0123") // what is known is kept
}

func TestSecretsThatProtectNothing(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for secret, complaint := range map[string]string{thumburl.DevelopmentSecret: "development secret", "short": "at least 16"} {
		for _, stage := range []string{"AWSCURRENT", "AWSPREVIOUS"} {
			m := &manager{versions: map[string]string{"AWSCURRENT": "a-good-secret-0123", stage: secret}}
			if _, err := newSecrets(t, m, &now).Get(t.Context()); err == nil || !strings.Contains(err.Error(), complaint) {
				t.Errorf("%s %q: %v", stage, secret, err)
			}
		}
	}
	m := &manager{down: true}
	if _, err := newSecrets(t, m, &now).Get(t.Context()); err == nil {
		t.Error("no secret at all")
	}
}

// TestReadSecrets tells of each way to give a secret what signs then.
func TestReadSecrets(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	manager := &manager{versions: map[string]string{"AWSCURRENT": "first-secret-0123"}}
	client := newSecrets(t, manager, &now).Client
	for name, tt := range map[string]struct {
		config Config
		want   string
	}{
		"none":                {Config{}, ""},
		"the environment's":   {Config{SigningSecrets: StaticSecrets{[]byte("own-secret-0123456")}}, "own-secret-0123456"},
		"of Secrets Manager":  {Config{SecretID: "id", SecretRefresh: time.Minute}, "first-secret-0123"},
		"of the first of two": {Config{SecretID: "id", SigningSecrets: StaticSecrets{[]byte("own-secret-0123456")}}, "own-secret-0123456"},
	} {
		secrets, err := tt.config.ReadSecrets(t.Context(), client, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if tt.want == "" {
			if secrets != nil {
				t.Errorf("%s: %v, want nil", name, secrets)
			}
			continue
		}
		if got, err := secrets.Get(t.Context()); err != nil || string(got[0]) != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
	manager.down = true
	if secrets, err := (Config{SecretID: "id"}).ReadSecrets(t.Context(), client, slog.New(slog.DiscardHandler)); err == nil || secrets != nil {
		t.Errorf("a function starts without its secret: %v, %v", secrets, err)
	}
}
