package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Parse reads the settings from the CDK's context. Values are text, as -c
// gives them, or in cdk.json also numbers, booleans and lists. Names that are
// neither a setting nor the CDK's own are wrong.
// The error names every setting that is wrong.
func Parse(context map[string]any) (Settings, error) {
	records, err := readRecords()
	if err != nil {
		return Settings{}, err
	}
	return parse(context, records)
}

func parse(context map[string]any, records map[string]string) (Settings, error) {
	var s Settings
	var errs []error
	known := map[string]bool{}
	for _, f := range fields {
		known[f.name] = true
		given, isGiven := context[f.name]
		if !isGiven {
			given = f.otherwise
			// A bucket that was there before need not have our prefix.
			if f.name == "originalsPrefixes" && s.IsImported() {
				given = "*"
			}
		}
		if text, ok := asText(given); !ok || !f.set(&s, text) {
			errs = append(errs, wrong(f.name, given, f.allowed))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if !known[name] && !isCDKs(name) {
			errs = append(errs, fmt.Errorf("%s: there is no such setting; want one of %s", name, strings.Join(Names(), ", ")))
		}
	}
	if err := s.readPresets(records); err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		errs = s.conflicts()
	}
	return s, errors.Join(errs...)
}

// isCDKs reports whether the CDK puts a name into the context by itself.
func isCDKs(name string) bool {
	return strings.HasPrefix(name, "aws:cdk:") || strings.HasPrefix(name, "@aws-cdk/")
}

// Names of all settings, in the order of the table.
func Names() []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

// conflicts are settings that are allowed, each by itself.
func (s Settings) conflicts() []error {
	var errs []error
	if s.CertificateARN != "" && s.DomainName == "" {
		errs = append(errs, wrong("certificateArn", s.CertificateARN, "nothing without a domainName"))
	}
	if s.AccessLogs && slices.Contains(unloggedRegions, s.Region) {
		errs = append(errs, wrong("accessLogs", s.AccessLogs, "false in "+s.Region+", to whose buckets CloudFront delivers no logs"))
	}
	if !s.IsImported() && !slices.Equal(s.OriginalsPrefixes, []string{"uploads/"}) {
		errs = append(errs, wrong("originalsPrefixes", strings.Join(s.OriginalsPrefixes, ","), "uploads/ without an originalsBucket"))
	}
	if s.IsImported() && s.UploadAcceleration {
		errs = append(errs, wrong("uploadAcceleration", s.UploadAcceleration, "false with an originalsBucket: set it there"))
	}
	if s.IsImported() && slices.Contains(s.AllowedBuckets, s.OriginalsBucket) {
		errs = append(errs, wrong("allowedBuckets", strings.Join(s.AllowedBuckets, ","), "buckets besides originalsBucket"))
	}
	if len(s.OriginalsPrefixes) > 1 && slices.Contains(s.OriginalsPrefixes, "*") {
		errs = append(errs, wrong("originalsPrefixes", strings.Join(s.OriginalsPrefixes, ","), "* alone, or prefixes"))
	}
	errs = append(errs, s.conflictsOfSIH()...)
	errs = append(errs, s.conflictsOfTheWeb()...)
	if s.IsImported() && s.EntitiesTable != "" {
		errs = append(errs, wrong("entitiesTable", s.EntitiesTable, "nothing with an originalsBucket"))
	}
	if s.RenderTimeoutSeconds >= s.TimeoutSeconds {
		errs = append(errs, wrong("renderTimeoutSeconds", s.RenderTimeoutSeconds, fmt.Sprintf("less than timeoutSeconds, which is %d", s.TimeoutSeconds)))
	}
	return errs
}

func wrong(name string, given any, allowed string) error {
	if text, ok := given.(string); ok {
		given = strconv.Quote(text)
	}
	return fmt.Errorf("%s: got %v, want %s", name, given, allowed)
}

// asText gives a value of cdk.json as -c would give it. An object has none: it
// comes without the order of its fields, which counts in a preset's edits.
func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		items := make([]string, len(v))
		for i := range v {
			item, ok := v[i].(string)
			if !ok || strings.Contains(item, ",") {
				return "", false
			}
			items[i] = item
		}
		return strings.Join(items, ","), true
	}
	return "", false
}
