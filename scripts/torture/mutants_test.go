package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// mutant is the product broken on purpose, in one place.
type mutant struct {
	name     string
	function string // that is built with it
	file     string
	from, to string
	everyday bool // make test tries it too, the others are for make torture
}

var mutants = []mutant{
	{"the truncation check is dropped", "thumbnail", "pkg/render/jpegdecode.c",
		"if (r->errors.manager.num_warnings == 0)", "if (r->errors.manager.num_warnings >= 0)", true},
	{"it is written before the rendering is done", "thumbnail", "pkg/thumbnail/send.go",
		"Body: a.body, ContentType: a.contentType, Headers: a.fresh.headers", "Body: a.body[:len(a.body)/2], ContentType: a.contentType, Headers: a.fresh.headers", true},
	{"the signature is skipped", "thumbnail", "pkg/thumburl/access.go",
		"if !Verify(p.Secrets, path.Payload, path.Signature) {", "if p.Secrets == nil && !Verify(p.Secrets, path.Payload, path.Signature) {", true},
	{"an error is cached for an hour", "thumbnail", "pkg/thumbnail/errors.go",
		"const errorTTL = 10 * time.Second", "const errorTTL = 3600 * time.Second", false},
	{"nothing is purged", "ingest", "pkg/purge/purge.go",
		"	if len(keys) > 0 {\n", "	if len(keys) > 100000 {\n", false},
	{"there is no second purge", "ingest", "pkg/ingest/handler.go",
		"	return b.Later(ctx, message)\n", "	_ = message\n	return nil\n", false},
	{"the edge is not told", "ingest", "pkg/ingest/handler.go",
		"	if len(paths) == 0 || b.Invalidate == nil {\n", "	if len(paths) >= 0 || b.Invalidate == nil {\n", false},
	{"the variant is not heeded", "thumbnail", "pkg/thumbnail/handler.go",
		"Best: o.variant, Effort", "Best: thumburl.JPEG, Effort", false},
}

// overlay writes what the go command needs to build with a mutant: GOFLAGS.
func (m mutant) overlay(root, dir string) (goflags string, err error) {
	original := filepath.Join(root, m.file)
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(m.from)); n != 1 {
		return "", fmt.Errorf("%s: what is to be broken stands %d times in %s, want once: %q", m.name, n, m.file, m.from)
	}
	broken := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(broken, bytes.Replace(source, []byte(m.from), []byte(m.to), 1), 0o644); err != nil {
		return "", err
	}
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {original: broken}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return "-overlay=" + path, os.WriteFile(path, replaced, 0o644)
}
