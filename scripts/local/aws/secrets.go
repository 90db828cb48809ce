package aws

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

// Secrets are the secrets of Secrets Manager, in memory. The zero value holds
// none. It may be used from several goroutines.
type Secrets struct {
	mu   sync.Mutex
	byID map[string]*secret
}

// secret keeps what has a stage: as on AWS, a version without one is as good
// as deleted.
type secret struct {
	current, previous *version
}

type version struct {
	id, value string
	created   time.Time
}

// Put makes value the secret's AWSCURRENT version, and the one before it
// AWSPREVIOUS. A secret that does not exist begins with it. The id is a name or
// an ARN; a reader must use the same.
func (s *Secrets) Put(id, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*secret{}
	}
	if s.byID[id] == nil {
		s.byID[id] = &secret{}
	}
	known := s.byID[id]
	known.previous = known.current
	known.current = &version{id: newVersionID(), value: value, created: time.Now()}
}

// get finds a version by its stage and its own id, where they are not empty.
// The error says what there is none of.
func (s *Secrets) get(id, stage, versionID string) (v version, stages []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.byID[id]
	if known == nil {
		return version{}, nil, fmt.Errorf("can't find the secret %q", id)
	}
	for _, candidate := range []struct {
		stage string
		*version
	}{{stageCurrent, known.current}, {stagePrevious, known.previous}} {
		if candidate.version == nil {
			continue
		}
		if (stage == "" || stage == candidate.stage) && (versionID == "" || versionID == candidate.id) {
			return *candidate.version, []string{candidate.stage}, nil
		}
	}
	if versionID != "" {
		return version{}, nil, fmt.Errorf("can't find the version %q of the secret %q", versionID, id)
	}
	return version{}, nil, fmt.Errorf("can't find the stage %q of the secret %q", stage, id)
}

// arn is what AWS calls the secret. Its own are longer by a random suffix.
func arn(region, id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return "arn:aws:secretsmanager:" + region + ":123456789012:secret:" + id
}

// newVersionID is a random UUID.
func newVersionID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
