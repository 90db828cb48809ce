package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Secrets gives the secrets that may have signed a request.
type Secrets interface {
	// Get gives the current secret and, where there is one, the previous one.
	Get(ctx context.Context) ([][]byte, error)
	// Reread gives them freshly read, because a signature did not verify; it may
	// decline to read again so soon.
	Reread(ctx context.Context) ([][]byte, error)
}

// noSecrets serve an open deployment without a secret.
type noSecrets struct{}

func (noSecrets) Get(context.Context) ([][]byte, error)    { return nil, nil }
func (noSecrets) Reread(context.Context) ([][]byte, error) { return nil, nil }

// StaticSecrets are secrets that the environment holds itself, the current one first.
type StaticSecrets [][]byte

// Get implements [Secrets].
func (s StaticSecrets) Get(context.Context) ([][]byte, error) { return s, nil }

// Reread implements [Secrets]: a new secret takes a new start.
func (s StaticSecrets) Reread(context.Context) ([][]byte, error) { return s, nil }

func newStaticSecrets(allowDevelopment bool, current, previous string) (StaticSecrets, error) {
	if current == "" && previous != "" {
		return nil, errors.New("a previous secret without a current one")
	}
	var secrets StaticSecrets
	for _, secret := range []string{current, previous} {
		if secret == "" {
			continue
		}
		if err := checkSecret(secret, allowDevelopment); err != nil {
			return nil, err
		}
		secrets = append(secrets, []byte(secret))
	}
	return secrets, nil
}

// checkSecret refuses a secret that can be guessed.
func checkSecret(secret string, allowDevelopment bool) error {
	switch {
	case allowDevelopment:
	case len(secret) < minSecretBytes:
		return fmt.Errorf("it has %d bytes; at least %d are needed", len(secret), minSecretBytes)
	case secret == thumburl.DevelopmentSecret:
		return errors.New("it is the published development secret; it protects nothing")
	}
	return nil
}

// ReadSecrets gives those that sign native requests: the environment's own, or those of
// Secrets Manager, which are read once, so that a function that can't read them does not
// start. Nil is none.
func (c Config) ReadSecrets(ctx context.Context, client *secretsmanager.Client, log *slog.Logger) (Secrets, error) {
	switch {
	case len(c.SigningSecrets) > 0:
		return c.SigningSecrets, nil
	case c.SecretID == "":
		return nil, nil
	}
	secrets := c.SecretsManager(client, c.SecretID, log)
	if _, err := secrets.Get(ctx); err != nil {
		return nil, err
	}
	return secrets, nil
}

// SecretsManager reads a secret as this configuration says.
func (c Config) SecretsManager(client *secretsmanager.Client, id string, log *slog.Logger) *SecretsManager {
	return &SecretsManager{Client: client, ID: id, Refresh: c.SecretRefresh, AllowDevelopment: c.AllowDevelopmentSecret, Log: log}
}

// rereadAfter keeps forged signatures from turning into calls of Secrets Manager.
const rereadAfter = 10 * time.Second

// minSecretBytes of a signing secret.
const minSecretBytes = 16

// SecretsManager reads both live versions of a secret and keeps them for a
// while. A rotation is noticed within Refresh, and sooner by the first request
// that is signed with the new secret.
type SecretsManager struct {
	Client           *secretsmanager.Client
	ID               string
	Refresh          time.Duration
	AllowDevelopment bool             // see [Config]; a short secret is allowed as well
	Now              func() time.Time // nil: time.Now
	Log              *slog.Logger

	mu      sync.Mutex
	secrets [][]byte
	readAt  time.Time
}

// Get implements [Secrets]. What was read once stays in use while Secrets
// Manager can't be reached.
func (s *SecretsManager) Get(ctx context.Context) ([][]byte, error) { return s.get(ctx, s.Refresh) }

// Reread implements [Secrets].
func (s *SecretsManager) Reread(ctx context.Context) ([][]byte, error) {
	return s.get(ctx, rereadAfter)
}

func (s *SecretsManager) get(ctx context.Context, maxAge time.Duration) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	if s.secrets != nil && now().Sub(s.readAt) < maxAge {
		return s.secrets, nil
	}
	secrets, err := s.read(ctx)
	if err != nil {
		if s.secrets == nil {
			return nil, err
		}
		s.Log.Error("the signing secret could not be read again; the one known is kept", "error", err)
		secrets = s.secrets
	}
	s.secrets, s.readAt = secrets, now()
	return s.secrets, nil
}

// read asks for both versions at once: a cold start waits for the slower one only.
func (s *SecretsManager) read(ctx context.Context) ([][]byte, error) {
	stages := []string{"AWSCURRENT", "AWSPREVIOUS"}
	secrets := make([][]byte, len(stages))
	errs := make([]error, len(stages))
	var all sync.WaitGroup
	for i, stage := range stages {
		all.Go(func() { secrets[i], errs[i] = s.readStage(ctx, stage) })
	}
	all.Wait()
	var missing *types.ResourceNotFoundException
	if errors.As(errs[1], &missing) {
		secrets, errs[1] = secrets[:1], nil // never rotated
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return secrets, nil
}

func (s *SecretsManager) readStage(ctx context.Context, stage string) ([]byte, error) {
	out, err := s.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.ID, VersionStage: &stage})
	if err != nil {
		return nil, fmt.Errorf("reading the signing secret, %s: %w", stage, err)
	}
	secret := aws.ToString(out.SecretString)
	if err := checkSecret(secret, s.AllowDevelopment); err != nil {
		return nil, fmt.Errorf("the signing secret, %s: %w", stage, err)
	}
	return []byte(secret), nil
}
