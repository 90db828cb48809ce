package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"time"
)

// maxZipped is the most bytes of a package: Lambda fetches it at each cold start.
const maxZipped = 12_000_000

// zipBootstrap gives a zip of an executable under the name that Lambda looks for.
func zipBootstrap(path string) ([]byte, error) {
	executable, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	// The first time that a zip can tell: the same bytes have the same zip.
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	entry, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := entry.Write(executable); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b.Len() > maxZipped {
		return nil, fmt.Errorf("%s is %d bytes zipped, at most %d are allowed", path, b.Len(), maxZipped)
	}
	return b.Bytes(), nil
}
