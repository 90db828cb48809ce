package main

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestZipBootstrap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bootstrap")
	content := bytes.Repeat([]byte("code "), 1000)
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := zipBootstrap(path)
	if err != nil {
		t.Fatal(err)
	}
	// Neither its time nor its mode on this machine is in the zip.
	if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	second, err := zipBootstrap(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the same executable was zipped into other bytes")
	}
	checkZip(t, first, content)
}

// checkZip wants one executable file of this content.
func checkZip(t *testing.T, zipped, content []byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != 1 || r.File[0].Name != "bootstrap" || r.File[0].Mode() != 0o755 {
		t.Fatalf("the zip holds %d files, the first is %s %v", len(r.File), r.File[0].Name, r.File[0].Mode())
	}
	file, err := r.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(file); err != nil || !bytes.Equal(got, content) {
		t.Errorf("other bytes came out than went in: %v", err)
	}
}

func TestZipRefusesWhatIsTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bootstrap")
	noise := make([]byte, maxZipped+1)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	if err := os.WriteFile(path, noise, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := zipBootstrap(path); err == nil || !strings.Contains(err.Error(), " 12000000 ") || !strings.Contains(err.Error(), " 1200") {
		t.Errorf("got %v, want an error that names both sizes", err)
	}
}
