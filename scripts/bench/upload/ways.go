package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"time"

	"github.com/thumbfront/thumbfront/pkg/upload"
)

// way is one of the three. It gives when the client had its last answer, and when
// the entity was there.
type way struct {
	name   string
	events bool
	send   func(ctx context.Context, w *world, c *http.Client, body []byte) (answered, made time.Time, err error)
}

var ways = []way{{"A", false, throughTheBackend}, {"B", false, straightThenCall}, {"C", true, straightThenEvent}}

const pictureType = "image/jpeg"

func throughTheBackend(ctx context.Context, w *world, c *http.Client, body []byte) (time.Time, time.Time, error) {
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="photo.jpg"`}, "Content-Type": {pictureType}})
	if err == nil {
		_, err = part.Write(body)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	if err := call(ctx, c, http.MethodPost, w.client+"/form", map[string]string{"Content-Type": m.FormDataContentType()}, form.Bytes(), nil); err != nil {
		return time.Time{}, time.Time{}, err
	}
	now := time.Now()
	return now, now, nil
}

func straight(ctx context.Context, w *world, c *http.Client, body []byte) (key string, err error) {
	asked, err := json.Marshal(upload.File{Name: "photo.jpg", Size: int64(len(body)), Type: pictureType})
	if err != nil {
		return "", err
	}
	var request upload.Request
	if err := call(ctx, c, http.MethodPost, w.client+"/uploads", map[string]string{"Content-Type": "application/json"}, asked, &request); err != nil {
		return "", err
	}
	return request.Key, call(ctx, c, request.Method, request.URL, request.Headers, body, nil)
}

func straightThenCall(ctx context.Context, w *world, c *http.Client, body []byte) (time.Time, time.Time, error) {
	key, err := straight(ctx, w, c, body)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	asked, err := json.Marshal(map[string]string{"key": key})
	if err == nil {
		err = call(ctx, c, http.MethodPost, w.client+"/entities", map[string]string{"Content-Type": "application/json"}, asked, nil)
	}
	now := time.Now()
	return now, now, err
}

// patience with an event.
const patience = 30 * time.Second

func straightThenEvent(ctx context.Context, w *world, c *http.Client, body []byte) (time.Time, time.Time, error) {
	key, err := straight(ctx, w, c, body)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	answered := time.Now()
	select {
	case made := <-w.entity(key):
		if made.Before(answered) {
			made = answered // it was there before the client knew of its upload
		}
		return answered, made, nil
	case <-time.After(patience):
		return time.Time{}, time.Time{}, fmt.Errorf("no entity of %s within %s", key, patience)
	case <-ctx.Done():
		return time.Time{}, time.Time{}, ctx.Err()
	}
}

// call sends one request and reads its answer, which has to be a success.
func call(ctx context.Context, c *http.Client, method, url string, headers map[string]string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := c.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %.80s: %d %.300s", method, url, answer.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
