package storage

import (
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// HTTPClient is the SDK's client for who makes so many calls at once: it keeps as many
// connections open. The SDK's own keeps ten, and dials anew for each call beyond them.
func HTTPClient(atOnce int) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, atOnce)
		t.MaxIdleConns = max(t.MaxIdleConns, 2*atOnce) // originals may lie at other hosts
	})
}
