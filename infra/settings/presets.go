package settings

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// recordsFile holds the digest of each preset that was ever deployed.
const recordsFile = "presets.json"

//go:embed presets.json
var recordsJSON []byte

func readRecords() (map[string]string, error) {
	var records map[string]string
	if err := json.Unmarshal(recordsJSON, &records); err != nil {
		return nil, fmt.Errorf("infra/settings/%s: want an object of digests by the names of presets: %w", recordsFile, err)
	}
	return records, nil
}

// readPresets reads PresetsJSON. A preset's meaning never changes under its
// name: caches, stored thumbnails and pages know it by that.
func (s *Settings) readPresets(records map[string]string) error {
	presets, err := thumburl.ParsePresets([]byte(s.PresetsJSON))
	if err != nil {
		return err // it begins with "presets"
	}
	s.Presets = presets
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(presets)) {
		digest, err := digestOf(presets[name])
		if err != nil {
			return fmt.Errorf("presets.%s: %w", name, err)
		}
		switch recorded, ok := records[name]; {
		case !ok:
			errs = append(errs, fmt.Errorf("presets.%s: it is not recorded; add %q: %q to infra/settings/%s and commit it", name, name, digest, recordsFile))
		case recorded != digest:
			errs = append(errs, fmt.Errorf("presets.%s: got another meaning (digest %s) than the recorded one (%s): want what it was, or the new one under a new name", name, digest, recorded))
		}
	}
	return errors.Join(errs...)
}

// digestOf a preset's meaning: blanks and the order of its fields, but for the
// order of its edits, make no difference.
func digestOf(p thumburl.Preset) (string, error) {
	canonical, err := thumburl.Encode(thumburl.Request{Key: "-", Edits: p.Edits, OutputFormat: p.OutputFormat, Effort: p.Effort})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(canonical))
	return hex.EncodeToString(sum[:]), nil
}
