package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// slow is what became of viewers who take large answers, each another one, slowly.
type slow struct{ Viewers, AnswerMB, Served, Refused int }

const (
	slowViewers  = 24
	slowMB       = 16 // more than the buffers of a connection hold
	slowReadings = 30 // at which an answer is taken
	slowBuffer   = 64 << 10
)

// large stores pictures that together are larger than the server's memory, and gives their
// URLs.
func (w *world) large(ctx context.Context) ([]string, error) {
	body := make([]byte, slowMB<<20)
	_, _ = rand.Read(body) // never fails
	objects := s3.New(s3.Options{BaseEndpoint: &w.S3URL, UsePathStyle: true, Region: stack.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return stack.Admin, nil })})
	var urls []string
	for i := range slowViewers {
		path := w.url("", 100+i, "large")
		if _, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(stack.ThumbnailsBucket), Key: aws.String("1" + path),
			ContentType: aws.String("image/jpeg"), Body: bytes.NewReader(body)}); err != nil {
			return nil, err
		}
		urls = append(urls, w.ServerURL+path)
	}
	return urls, nil
}

// slowly has a viewer for each URL.
func slowly(ctx context.Context, urls []string, each time.Duration) (slow, error) {
	result := slow{Viewers: len(urls), AnswerMB: slowMB}
	// A small buffer of the viewer's leaves the answer with the server.
	dialer := net.Dialer{}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = tcp.SetReadBuffer(slowBuffer)
		}
		return conn, err
	}}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var failed error
	var viewers sync.WaitGroup
	for _, url := range urls {
		viewers.Go(func() {
			status, err := takeSlowly(ctx, client, url, each)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				failed = err
			case status == http.StatusOK:
				result.Served++
			case status == http.StatusServiceUnavailable:
				result.Refused++
			default:
				failed = fmt.Errorf("a slow viewer got %d", status)
			}
		})
	}
	viewers.Wait()
	return result, failed
}

func takeSlowly(ctx context.Context, client *http.Client, url string, each time.Duration) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		_, err := io.Copy(io.Discard, answer.Body)
		return answer.StatusCode, err
	}
	var n int64
	for n < slowMB<<20 {
		time.Sleep(each / slowReadings)
		some, err := io.CopyN(io.Discard, answer.Body, slowMB<<20/slowReadings+1)
		n += some
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if n != slowMB<<20 {
		return 0, fmt.Errorf("a slow viewer got %d bytes", n)
	}
	return answer.StatusCode, nil
}
