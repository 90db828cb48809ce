package main

import (
	"log/slog"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// TestPresetsAreSignedByTheEnvironmentsSecret: a secret in SIGNING_SECRET signed for viewers
// and not for presets, which were then asked for in vain.
func TestPresetsAreSignedByTheEnvironmentsSecret(t *testing.T) {
	secret := []byte("own-secret-0123456")
	for access, signs := range map[thumburl.Access]bool{thumburl.Signed: true, thumburl.PresetsOrSigned: false} {
		cfg := thumbnail.Config{Access: access, SigningSecrets: thumbnail.StaticSecrets{secret}}
		w, err := newWarmer(t.Context(), cfg, aws.Config{}, nil, storage.Thumbnails{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if (w.Sign != nil) != signs {
			t.Fatalf("%s: signs: %v, want %v", access, w.Sign != nil, signs)
		}
		if !signs {
			continue
		}
		if got, err := w.Sign(t.Context(), "payload"); err != nil || got != thumburl.Sign(secret, "payload") {
			t.Errorf("%s: %q, %v", access, got, err)
		}
	}
}
