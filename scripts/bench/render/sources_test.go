package main

import (
	"errors"
	"io/fs"
	"testing"
)

func TestMakeSourcesNeedsThePhotos(t *testing.T) {
	if err := makeSources(t.TempDir(), t.TempDir(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v; want that the photos are missing", err)
	}
}
