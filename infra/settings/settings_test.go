package settings

import (
	"reflect"
	"strings"
	"testing"
)

func defaults(t *testing.T) Settings {
	t.Helper()
	s, err := Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := defaults(t)
	if s.ThumbnailDays != 180 || s.MemoryMB != 1792 || s.TimeoutSeconds != 28 || s.RenderTimeoutSeconds != 20 ||
		s.Architecture != ARM64 || s.Access != "signed" || s.Region != "us-east-1" || s.Epoch != 1 || s.ReservedConcurrency != 0 {
		t.Errorf("got %+v", s)
	}
	if auto := s.Presets.Auto(); !reflect.DeepEqual(auto, []string{"card"}) {
		t.Errorf("presets of format auto: got %q, want card", auto)
	}
}

// Text is what -c gives, other types are what cdk.json gives.
func TestTextAndJSONAgree(t *testing.T) {
	text, err := Parse(map[string]any{"thumbnailDays": "90", "waf": "true", "uploadOrigins": "https://a.example, https://*.b.example:8443", "aws:cdk:bundling-stacks": 1, "@aws-cdk/x": true})
	if err != nil {
		t.Fatal(err)
	}
	typed, err := Parse(map[string]any{"thumbnailDays": 90.0, "waf": true, "uploadOrigins": []any{"https://a.example", "https://*.b.example:8443"}})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(text, typed) {
		t.Errorf("got %+v and %+v", text, typed)
	}
	if text.ThumbnailDays != 90 || !text.WAF || len(text.UploadOrigins) != 2 {
		t.Errorf("got %+v", text)
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range []map[string]any{
		{"domainName": "img.example.com", "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"},
		{"originalsBucket": "photos", "originalsPrefixes": "a/,b/c/", "allowedBuckets": "others,more"},
		{"region": "me-central-1", "accessLogs": "false"},
		{"reservedConcurrency": "10", "account": "123456789012", "alarmEmail": "ops@example.com"},
		{"presets": ""},
		{"languages": "sih,native,thumbor", "access": "open", "autoWebP": "Yes", "originalsBucket": "photos", "allowedBuckets": "others", "sourceBuckets": "photos, others"},
		{"languages": "sih", "enableSignature": "Yes", "secretsManager": "sih/key", "secretKey": "key"},
		{"languages": "native,imgproxy", "imgproxySecret": "imgproxy/key", "imgproxy": `{"PRESETS":"card=rs:fill:288:264"}`, "sourcePrefixes": "https://img.example.com/photos/, http://other.example.com"},
		{"languages": "native,thumbnail", "access": "open", "sourcePrefixes": "https://img.example.com"},
		{"presets": ` { "card" : {"outputFormat":"auto", "edits":{"resize":{"width":288,"height":264}}}}`},
	} {
		if _, err := Parse(c); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// Each wrong value is refused with the setting's name, what was given and what is allowed.
func TestRefused(t *testing.T) {
	for name, values := range map[string][]any{
		"name":                 {"", "1st", strings.Repeat("x", 41)},
		"account":              {"123"},
		"region":               {"", "cn-north-1", "us-gov-west-1", "Frankfurt"},
		"dev":                  {"yes", ""},
		"domainName":           {"https://img.example.com", "IMG.example.com", "img"},
		"certificateArn":       {"x", "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012", "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"},
		"priceClass":           {"100"},
		"originShieldRegion":   {"eu-north-1"},
		"corsOrigins":          {"", "example.com", "*,https://example.com", "https://example.com/", "https://a.example,https://a.example"},
		"waf":                  {"on"},
		"wafRate":              {"9", "many"},
		"accessLogs":           {"1"},
		"originalsBucket":      {"Photos", "s3://photos"},
		"originalsPrefixes":    {"", "photos/", "uploads", "uploads/*/", "/uploads/"},
		"allowedBuckets":       {"a", "*", []any{"fine", 1.0}, []any{"one,two"}},
		"uploadOrigins":        {"null"},
		"uploadAcceleration":   {"on"},
		"entitiesTable":        {"ab", "my table", "arn:aws:dynamodb:us-east-1:123456789012:table/pictures"},
		"thumbnailDays":        {"0", "3651", "x", "1.5", 1.5, nil},
		"architecture":         {"amd64"},
		"memoryMB":             {"511", "10241"},
		"timeoutSeconds":       {"2", "30"},
		"renderTimeoutSeconds": {"0", "29", "28"},
		"profile":              {"", "balanced"},
		"space":                {"", "srgb"},
		"reservedConcurrency":  {"0", "-1"},
		"logRetentionDays":     {"31"},
		"access":               {"", "public"},
		"presets":              {"card", `{"card":{"nope":1}}`, `{"card":{"edits":{}},"card":{"edits":{}}}`, map[string]any{"card": 1}, `{"x":"` + strings.Repeat("x", maxPresetsBytes) + `"}`},
		"languages":            {"", "french", "native,native", "thumbor,native"},
		"foreignTTLSeconds":    {"0", "1h"},
		"faceDetection":        {"yes"},
		"sourcePrefixes":       {"img.example.com", "ftp://img.example.com/", "https://a:b@img.example.com/"},
		"imgproxy":             {"x", `[]`, `{"PRESETS":1}`, `{"PRESETS":"card"}`, `{"KEY":"00"}`, `{"SECRET_ID":"x"}`},
		"imgproxySecret":       {"a b", "arn:aws:s3:::x"},
		"autoWebP":             {"yes", ""},
		"secretsManager":       {"a b", "arn:aws:s3:::x"},
		"corsOrigin":           {"", "a b"},
		"sharpSizeLimit":       {"-1", "many"},
		"sourceBuckets":        {"Photos", "photos"},
		"rewriteMatchPattern":  {"x", "/x/y"},
		"epoch":                {"-1", "100000000"},
		"alarmEmail":           {"ops", "Ops <ops@example.com>"},
		"demoPage":             {"true"},
	} {
		for _, value := range values {
			_, err := Parse(map[string]any{name: value})
			if err == nil {
				t.Errorf("%s=%v is accepted", name, value)
			} else if !strings.HasPrefix(err.Error(), name) {
				t.Errorf("%s=%v: the message does not begin with the setting: %v", name, value, err)
			}
		}
	}
	for _, name := range Names() {
		if _, err := Parse(map[string]any{name: map[string]any{}}); err == nil {
			t.Errorf("%s takes an object", name)
		}
	}
}

func TestConflicts(t *testing.T) {
	for want, c := range map[string]map[string]any{
		"imgproxySecret: got \"\", want a secret":          {"languages": "native,imgproxy"},
		"imgproxy: KEY stands in the template":             {"imgproxy": `{"KEY":"00"}`},
		"imgproxy: IMGPROXY_QUALITY is \"101\", want":      {"languages": "imgproxy", "access": "open", "imgproxy": `{"QUALITY":"101"}`},
		"languages: got \"native,thumbnail\", want":        {"languages": "native,thumbnail", "sourcePrefixes": "https://img.example.com"},
		"enableSignature: got \"No\", want Yes":            {"languages": "sih,native"},
		"enableSignature: got \"Yes\", want secretsMan":    {"enableSignature": "Yes"},
		"enableDefaultFallbackImage: got \"Yes\", want ":   {"enableDefaultFallbackImage": "Yes"},
		"rewriteMatchPattern: ":                            {"rewriteMatchPattern": "/(?=x)/", "rewriteSubstitution": "y"},
		"originalsPrefixes: got \"*,a/\", want * alone":    {"originalsBucket": "photos", "originalsPrefixes": "*,a/"},
		"accessLogs: got true, want false in me-south-1":   {"region": "me-south-1"},
		"uploadAcceleration: got true, want false with an": {"originalsBucket": "photos", "uploadAcceleration": "true"},
		"entitiesTable: got \"pictures\", want nothing":    {"originalsBucket": "photos", "entitiesTable": "pictures"},
		"allowedBuckets: got \"photos\", want":             {"originalsBucket": "photos", "allowedBuckets": "photos"},
		"renderTimeoutSeconds: got 20, want less than":     {"timeoutSeconds": "20"},
	} {
		if _, err := Parse(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", c, err, want)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Parse(map[string]any{"thumbnailDays": "0", "thumbnailDay": "90", "memoryMB": "lots", "presets": "{}x"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`thumbnailDays: got "0", want a whole number from 1 to 3650`,
		`memoryMB: got "lots", want`,
		`thumbnailDay: there is no such setting; want one of name, account, region`,
		`presets: got "{}x", want`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

// Somebody makes the card a little larger. Pages and caches would show either
// size for a year; the synth has to stop.
func TestPresetKeepsItsMeaning(t *testing.T) {
	for presets, want := range map[string]string{
		`{"card":{"edits":{"resize":{"width":300,"height":264}},"outputFormat":"auto"}}`: "presets.card: got another meaning",
		`{"hero":{"edits":{"resize":{"width":300}}}}`:                                    "presets.hero: it is not recorded; add \"hero\":",
	} {
		if _, err := Parse(map[string]any{"presets": presets}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", presets, err, want)
		}
	}
	digest, err := digestOf(defaults(t).Presets["card"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parse(nil, map[string]string{"card": digest, "gone": "x"}); err != nil {
		t.Errorf("a recorded preset that is not used any more: %v", err)
	}
}

func TestTableListsEverySetting(t *testing.T) {
	table := Table()
	for _, name := range Names() {
		if strings.Count(table, "| `"+name+"` |") != 1 {
			t.Errorf("%s is not once in the table", name)
		}
	}
	// Each but the methods of Settings and what two settings make together.
	derived := 2 // PresetsJSON, Variables
	if got := reflect.TypeFor[Settings]().NumField() - derived; got != len(ownFields)+len(fieldsOfTheWeb) {
		t.Errorf("Settings has %d fields, the table %d rows", got, len(ownFields)+len(fieldsOfTheWeb))
	}
	for line := range strings.Lines(table) {
		if strings.Count(line, "|") != 5 {
			t.Errorf("not four columns: %s", line)
		}
	}
}
