package sih

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	env := map[string]string{"SOURCE_BUCKETS": " a , b", "AUTO_WEBP": "Yes", "ENABLE_SIGNATURE": "true", "SECRETS_MANAGER": "s", "SECRET_KEY": "k",
		"CORS_ENABLED": "Yes", "CORS_CREDENTIALS": "No", "ENABLE_DEFAULT_FALLBACK_IMAGE": "Yes", "DEFAULT_FALLBACK_IMAGE_BUCKET": "a", "DEFAULT_FALLBACK_IMAGE_KEY": "x.png", "SHARP_SIZE_LIMIT": "0"}
	c, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.SourceBuckets) != 2 || c.SourceBuckets[1] != "b" || !c.AutoWebP || c.AutoAVIF || !c.EnableSignature || c.CORSOrigin != "*" || c.CORSCredentials || c.FallbackKey != "x.png" || c.SizeLimit != 0 || c.Rewrite.IsSet() {
		t.Errorf("%+v", c)
	}
	c, err = ConfigFromEnv(func(string) string { return "" })
	if err != nil || c.CORSOrigin != "" || !c.CORSCredentials || c.FallbackKey != "" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestConfigNamesAllMistakesAtOnce(t *testing.T) {
	env := map[string]string{"AUTO_WEBP": "maybe", "ENABLE_SIGNATURE": "Yes", "CORS_ENABLED": "Yes", "CORS_ORIGIN": "a\nb", "ENABLE_DEFAULT_FALLBACK_IMAGE": "Yes",
		"SHARP_SIZE_LIMIT": "-1", "REWRITE_MATCH_PATTERN": "x", "REWRITE_SUBSTITUTION": "y"}
	_, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"AUTO_WEBP", "SECRETS_MANAGER", "SECRET_KEY", "CORS_ORIGIN", "DEFAULT_FALLBACK_IMAGE_KEY", "SHARP_SIZE_LIMIT", "REWRITE_MATCH_PATTERN"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
}

// The results are those of JavaScript's String.prototype.replace, by node.
func TestRewrite(t *testing.T) {
	for _, tt := range []struct{ pattern, substitution, path, want string }{
		{`/(filters-)/gm`, "filters:", "/filters-rotate(90)/filters-gray()/a.jpg", "/filters:rotate(90)/filters:gray()/a.jpg"},
		{`/(filters-)/`, "filters:", "/filters-a/filters-b", "/filters:a/filters-b"},
		{`/THUMBS\//i`, "", "/thumbs/a", "/thumbs/a"}, // an empty substitution is none
		{`/THUMBS\//i`, "x/", "/thumbs/a", "/x/a"},
		{`/(\d+)x(\d+)/`, "$2x$1", "/10x20/a", "/20x10/a"},
		{`/(\d+)/`, "<$&|$$|$'|$1|$9|$0>", "/a10b", "/a<10|$|b|10|$9|$0>b"},
		{`/(?P<w>\d+)/`, "[$<w>]", "/a10b", "/a[10]b"},
		{`/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/`, "$10$1", "/abcdefghij", "/ja"},
		{`/(a)/`, "$12", "/a", "/a2"},
		{`/x/g`, "y", "/aaa", "/aaa"},
		{`/^/`, "/pre", "/a", "/pre/a"},
		{`/a/`, "$", "/a", "/$"},
	} {
		r, err := NewRewrite(tt.pattern, tt.substitution)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := r.Path(tt.path); got != tt.want {
			t.Errorf("%s -> %q: %q becomes %q, want %q", tt.pattern, tt.substitution, tt.path, got, tt.want)
		}
	}
	for _, pattern := range []string{"x", "/x", "/(/", "/(?=x)/", `/(a)\1/`, "/x/y"} {
		if _, err := NewRewrite(pattern, "y"); err == nil {
			t.Errorf("%s is accepted", pattern)
		}
	}
}
