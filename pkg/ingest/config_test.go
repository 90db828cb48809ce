package ingest

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	env := map[string]string{"ORIGINALS_BUCKET": "o", "THUMBNAILS_BUCKET": "t", "SECRET_ID": "s", "PURGE_QUEUE_URL": "http://q", "DISTRIBUTION_ID": "E1", "ENTITIES_TABLE": "pictures"}
	c, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil || c.Thumbnail.OriginalsBucket != "o" || c.PurgeQueueURL != "http://q" || c.DistributionID != "E1" || c.EntitiesTable != "pictures" {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = ConfigFromEnv(func(string) string { return "" })
	for _, want := range []string{"ORIGINALS_BUCKET", "THUMBNAILS_BUCKET", "PURGE_QUEUE_URL"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
}
