package ingest

import (
	"errors"
	"fmt"

	"github.com/thumbfront/thumbfront/pkg/thumbnail"
)

// Config is what the environment of the function says.
type Config struct {
	Thumbnail thumbnail.Config // the same variables as those of the thumbnail function
	// PurgeQueueURL is the queue whose messages are delayed by the thumbnail
	// function's timeout and 30 s (PURGE_QUEUE_URL).
	PurgeQueueURL  string
	DistributionID string // DISTRIBUTION_ID; empty: there is no CDN
	EntitiesTable  string // ENTITIES_TABLE: the name of a DynamoDB table; empty: none
}

// ConfigFromEnv reads the configuration. The error names every variable that is
// wrong, not just the first.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	shared, err := thumbnail.ConfigFromEnv(getenv)
	c := Config{Thumbnail: shared, PurgeQueueURL: getenv("PURGE_QUEUE_URL"), DistributionID: getenv("DISTRIBUTION_ID"), EntitiesTable: getenv("ENTITIES_TABLE")}
	if c.PurgeQueueURL == "" {
		err = errors.Join(err, fmt.Errorf(`PURGE_QUEUE_URL is "", want the URL of the queue of delayed purges`))
	}
	return c, err
}
