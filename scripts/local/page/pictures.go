package page

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

const pageSize = 60 // pictures

// picture is an original and what is shown of it.
type picture struct {
	Key        string      `json:"key"`
	Name       string      `json:"name"`
	Size       int64       `json:"size"` // bytes
	Uploaded   time.Time   `json:"uploaded"`
	Thumbnails []thumbnail `json:"thumbnails"` // the landing card first
	Entity     *entity     `json:"entity,omitempty"`
}

// entity is what was learnt of an original when it arrived, as far as the page
// shows it before the first thumbnail is there.
type entity struct {
	Width     int    `json:"width"` // pixels
	Height    int    `json:"height"`
	Color     string `json:"color,omitempty"`
	ThumbHash string `json:"thumbhash"`
}

type listing struct {
	Pictures []picture `json:"pictures"`
	Next     string    `json:"next,omitempty"` // the next page's after; none is left if empty
}

// pictures lists originals, newest first: a page of them behind the key after,
// or the one that key names.
func (p page) pictures(w http.ResponseWriter, r *http.Request) {
	key, after := r.FormValue("key"), r.FormValue("after")
	prefix := upload.Prefix
	if key != "" {
		if !strings.HasPrefix(key, upload.Prefix) {
			refuse(w, http.StatusNotFound, "OriginalNotFound", fmt.Sprintf("key: got %.64q, want a key below %s", key, upload.Prefix))
			return
		}
		prefix = key
	}
	objects, err := p.list(r.Context(), prefix)
	if err != nil {
		p.fail(w, err)
		return
	}
	var result listing
	if key != "" {
		at := slices.IndexFunc(objects, func(o types.Object) bool { return aws.ToString(o.Key) == key })
		if at < 0 {
			refuse(w, http.StatusNotFound, "OriginalNotFound", fmt.Sprintf("key: got %.64q, want the key of an original", key))
			return
		}
		objects = objects[at : at+1]
	}
	if after != "" {
		at := slices.IndexFunc(objects, func(o types.Object) bool { return aws.ToString(o.Key) == after })
		if at < 0 {
			refuse(w, http.StatusBadRequest, "InvalidField", fmt.Sprintf("after: got %.64q, want the key of an original", after))
			return
		}
		objects = objects[at+1:]
	}
	if len(objects) > pageSize {
		objects = objects[:pageSize]
		result.Next = aws.ToString(objects[pageSize-1].Key)
	}
	result.Pictures = make([]picture, 0, len(objects))
	for _, o := range objects {
		shown, err := p.show(r.Context(), o)
		if err != nil { // a key that no URL can name: it was put there by hand
			p.Log.Warn("page: a picture is left out", "error", err)
			continue
		}
		result.Pictures = append(result.Pictures, shown)
	}
	answer(w, http.StatusOK, result)
}

// list gives the objects below a prefix, newest first.
func (p page) list(ctx context.Context, prefix string) ([]types.Object, error) {
	var objects []types.Object
	pages := s3.NewListObjectsV2Paginator(p.Objects, &s3.ListObjectsV2Input{Bucket: &p.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		one, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing originals: %w", err)
		}
		objects = append(objects, one.Contents...)
	}
	// Folders that the S3 console made have no bytes.
	objects = slices.DeleteFunc(objects, func(o types.Object) bool { return aws.ToInt64(o.Size) == 0 })
	slices.SortStableFunc(objects, func(a, b types.Object) int { return b.LastModified.Compare(*a.LastModified) })
	return objects, nil
}

func (p page) show(ctx context.Context, o types.Object) (picture, error) {
	key := aws.ToString(o.Key)
	known := p.entity(ctx, key)
	thumbnails, err := p.thumbnails(key, aws.ToString(o.ETag))
	if err != nil {
		return picture{}, err
	}
	if known != nil {
		fitHeights(thumbnails, known)
	}
	return picture{Key: key, Name: path.Base(key), Size: aws.ToInt64(o.Size), Uploaded: o.LastModified.UTC(), Thumbnails: thumbnails, Entity: known}, nil
}

// entity reads what is known of an original; nil is nothing, or not yet.
func (p page) entity(ctx context.Context, key string) *entity {
	out, err := p.Objects.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.Bucket, Key: aws.String(storage.EntityKey(key))})
	if err != nil {
		p.Log.Debug("page: no entity", "key", key, "error", err)
		return nil
	}
	defer out.Body.Close()
	var known entity
	if err := json.NewDecoder(out.Body).Decode(&known); err != nil || known.Width < 1 || known.Height < 1 {
		p.Log.Warn("page: an entity is left out", "key", key, "error", err)
		return nil
	}
	return &known
}

// fitHeights gives those thumbnails a height whose height follows from the original.
func fitHeights(thumbnails []thumbnail, known *entity) {
	for i := range thumbnails {
		t := &thumbnails[i]
		if t.Height == 0 {
			t.Width = min(t.Width, known.Width)
			t.Height = max(1, (t.Width*known.Height+known.Width/2)/known.Width)
		}
	}
}
