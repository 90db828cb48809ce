package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rclone/gofakes3"
)

// openDisk opens the store below root and locks it; the lock goes with the process, however that ends.
func openDisk(root string, now func() time.Time, log *slog.Logger) (*disk, error) {
	d := &disk{root: root, now: now, log: log, buckets: make(map[string]*bucket), uploads: make(map[gofakes3.UploadID]*partsUpload)}
	if err := os.MkdirAll(d.bucketDir(""), 0o755); err != nil {
		return nil, err
	}
	var err error
	if d.lock, err = os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another server: %w", root, err), d.lock.Close())
	}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, d.lock.Close())
	}
	return d, nil
}

// close gives the directory free; the lock goes with its file.
func (d *disk) close() error { return d.lock.Close() }

// load fills the index with what is on disk, and removes what a killed process left.
func (d *disk) load() error {
	if err := os.RemoveAll(d.uploadDir("")); err != nil {
		return err
	}
	entries, err := os.ReadDir(d.bucketDir(""))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") { // a bucket that was just being made or deleted
			if err := os.RemoveAll(d.bucketDir(e.Name())); err != nil {
				return err
			}
			continue
		}
		if d.buckets[e.Name()], err = d.loadBucket(e); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) loadBucket(dir os.DirEntry) (*bucket, error) {
	info, err := dir.Info()
	if err != nil {
		return nil, err
	}
	b := &bucket{created: info.ModTime(), objects: make(map[string]*object)}
	used := make(map[string]bool)
	files, err := os.ReadDir(d.objectPath(dir.Name(), ""))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		o, err := d.loadObject(dir.Name(), f.Name())
		if err != nil {
			d.log.Warn("s3 store: removing an incomplete object", "error", err)
			if err := os.Remove(d.objectPath(dir.Name(), f.Name())); err != nil {
				return nil, err
			}
			continue
		}
		b.objects[o.Key] = o
		used[o.Body] = true
	}
	b.keys = slices.Sorted(maps.Keys(b.objects))

	bodies, err := os.ReadDir(d.bodyPath(dir.Name(), ""))
	if err != nil {
		return nil, err
	}
	for _, f := range bodies {
		if !used[f.Name()] {
			if err := os.Remove(d.bodyPath(dir.Name(), f.Name())); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func (d *disk) loadObject(bucket, name string) (*object, error) {
	path := d.objectPath(bucket, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if name != fileName(bucket, o.Key) {
		return nil, fmt.Errorf("%s: not the file of key %q", path, o.Key)
	}
	body, err := os.Stat(d.bodyPath(bucket, o.Body))
	if err != nil {
		return nil, err
	}
	if body.Size() != o.Size {
		return nil, fmt.Errorf("%s: the body has %d bytes, not %d", path, body.Size(), o.Size)
	}
	return &o, nil
}
