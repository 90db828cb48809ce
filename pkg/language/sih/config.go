package sih

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Config holds the settings of the original, by their names there.
type Config struct {
	SourceBuckets []string // SOURCE_BUCKETS: that a request may name, the first one where it names none; comma-separated
	AutoWebP      bool     // AUTO_WEBP: for viewers that take it; wins over outputFormat
	AutoAVIF      bool     // AUTO_AVIF: the same, not known to the original
	// EnableSignature asks every request for a signature (ENABLE_SIGNATURE); its key is
	// the member SecretKey (SECRET_KEY) of the JSON that Secrets Manager holds under
	// SecretsManager (SECRETS_MANAGER).
	EnableSignature bool
	SecretsManager  string
	SecretKey       string
	CORSOrigin      string // CORS_ORIGIN, with CORS_ENABLED: *
	CORSCredentials bool   // CORS_CREDENTIALS: Yes; the original behind a load balancer says No
	// FallbackKey and FallbackBucket of a picture in the place of errors
	// (DEFAULT_FALLBACK_IMAGE_KEY, _BUCKET, with ENABLE_DEFAULT_FALLBACK_IMAGE).
	FallbackBucket, FallbackKey string
	SizeLimit                   int     // SHARP_SIZE_LIMIT: pixels of an original; 0 is the deployment's own limit
	KeepOriginalBytes           bool    // KEEP_ORIGINAL_BYTES: a request without edits answers them, metadata and all
	Rewrite                     Rewrite // REWRITE_MATCH_PATTERN, REWRITE_SUBSTITUTION: of paths, before they are read as thumbor's
}

// ConfigFromEnv reads the settings. The error names every variable that is wrong.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	var errs []error
	wrong := func(name, allowed string) {
		errs = append(errs, fmt.Errorf("%s is %q, want %s", name, getenv(name), allowed))
	}
	isOn := func(name string, otherwise bool) bool {
		switch strings.ToLower(getenv(name)) {
		case "":
			return otherwise
		case "yes", "true":
			return true
		case "no", "false":
			return false
		}
		wrong(name, "Yes or No")
		return false
	}
	c := Config{
		AutoWebP: isOn("AUTO_WEBP", false), AutoAVIF: isOn("AUTO_AVIF", false),
		EnableSignature: isOn("ENABLE_SIGNATURE", false), SecretsManager: getenv("SECRETS_MANAGER"), SecretKey: getenv("SECRET_KEY"),
		CORSCredentials:   isOn("CORS_CREDENTIALS", true),
		KeepOriginalBytes: isOn("KEEP_ORIGINAL_BYTES", false),
	}
	for bucket := range strings.SplitSeq(getenv("SOURCE_BUCKETS"), ",") {
		if bucket = strings.TrimSpace(bucket); bucket != "" {
			c.SourceBuckets = append(c.SourceBuckets, bucket)
		}
	}
	if c.EnableSignature {
		for _, name := range []string{"SECRETS_MANAGER", "SECRET_KEY"} {
			if getenv(name) == "" {
				wrong(name, "the name of the secret, and of the key in it, with ENABLE_SIGNATURE")
			}
		}
	}
	if isOn("CORS_ENABLED", false) {
		if c.CORSOrigin = getenv("CORS_ORIGIN"); c.CORSOrigin == "" {
			c.CORSOrigin = "*"
		}
		if strings.ContainsFunc(c.CORSOrigin, func(r rune) bool { return r <= ' ' || r > '~' }) {
			wrong("CORS_ORIGIN", "an origin or *, with CORS_ENABLED")
		}
	}
	if isOn("ENABLE_DEFAULT_FALLBACK_IMAGE", false) {
		c.FallbackBucket, c.FallbackKey = strings.TrimSpace(getenv("DEFAULT_FALLBACK_IMAGE_BUCKET")), strings.TrimSpace(getenv("DEFAULT_FALLBACK_IMAGE_KEY"))
		if c.FallbackKey == "" {
			wrong("DEFAULT_FALLBACK_IMAGE_KEY", "the key of a picture, with ENABLE_DEFAULT_FALLBACK_IMAGE")
		}
	}
	if limit := getenv("SHARP_SIZE_LIMIT"); limit != "" {
		var err error
		if c.SizeLimit, err = strconv.Atoi(limit); err != nil || c.SizeLimit < 0 {
			wrong("SHARP_SIZE_LIMIT", "a whole number of pixels; 0 is the deployment's own limit")
		}
	}
	var err error
	if c.Rewrite, err = NewRewrite(getenv("REWRITE_MATCH_PATTERN"), getenv("REWRITE_SUBSTITUTION")); err != nil {
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// Rewrite changes paths by a regular expression. Its zero value changes nothing.
type Rewrite struct {
	pattern      *regexp.Regexp
	substitution string
	all          bool // every match, not the first one alone
}

// NewRewrite reads a pattern as JavaScript writes it, /…/flags, and what stands in
// the place of its matches, with $1, $&, $$ and $<name>. Both empty is none. The
// pattern is run by RE2, which knows no lookaround and no back references.
func NewRewrite(pattern, substitution string) (Rewrite, error) {
	if pattern == "" || substitution == "" {
		return Rewrite{}, nil
	}
	const allowed = "a regular expression such as /thumbs\\/(.*)/g, without lookaround and back references"
	end := strings.LastIndexByte(pattern, '/')
	if end < 1 || pattern[0] != '/' {
		return Rewrite{}, fmt.Errorf("REWRITE_MATCH_PATTERN is %q, want %s", pattern, allowed)
	}
	source, flags := pattern[1:end], pattern[end+1:]
	r := Rewrite{substitution: substitution}
	ours := ""
	for _, flag := range flags {
		switch flag {
		case 'g':
			r.all = true
		case 'i', 'm', 's':
			ours += string(flag)
		case 'u', 'd': // RE2 reads UTF-8 anyway, and nobody asks for indices
		default:
			return Rewrite{}, fmt.Errorf("REWRITE_MATCH_PATTERN has the flag %q, want some of d, g, i, m, s, u", flag)
		}
	}
	// RE2 takes an escaped slash for a slash only without its escape.
	source = strings.ReplaceAll(source, `\/`, `/`)
	if ours != "" {
		source = "(?" + ours + ")" + source
	}
	var err error
	if r.pattern, err = regexp.Compile(source); err != nil {
		return Rewrite{}, fmt.Errorf("REWRITE_MATCH_PATTERN is %q, want %s: %w", pattern, allowed, err)
	}
	return r, nil
}

// IsSet reports whether paths are rewritten.
func (r Rewrite) IsSet() bool { return r.pattern != nil }

// Path gives a path as it is after the rewrite.
func (r Rewrite) Path(path string) string {
	if r.pattern == nil {
		return path
	}
	n := 1
	if r.all {
		n = -1
	}
	var out strings.Builder
	from := 0
	for _, match := range r.pattern.FindAllStringSubmatchIndex(path, n) {
		out.WriteString(path[from:match[0]])
		r.expand(&out, path, match)
		from = match[1]
	}
	return out.String() + path[from:]
}

// expand writes the substitution for a match, as String.prototype.replace does
// (ECMA-262, GetSubstitution).
func (r Rewrite) expand(out *strings.Builder, path string, match []int) {
	group := func(i int) string {
		if match[2*i] < 0 {
			return ""
		}
		return path[match[2*i]:match[2*i+1]]
	}
	groups := len(match)/2 - 1
	s := r.substitution
	for s != "" {
		if s[0] != '$' || len(s) == 1 {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		used := 2
		switch c := s[1]; {
		case c == '$':
			out.WriteByte('$')
		case c == '&':
			out.WriteString(group(0))
		case c == '`':
			out.WriteString(path[:match[0]])
		case c == '\'':
			out.WriteString(path[match[1]:])
		case c >= '0' && c <= '9':
			n := int(c - '0')
			if len(s) > 2 && s[2] >= '0' && s[2] <= '9' && n*10+int(s[2]-'0') <= groups {
				n, used = n*10+int(s[2]-'0'), 3
			}
			if n == 0 || n > groups {
				out.WriteString(s[:used])
			} else {
				out.WriteString(group(n))
			}
		case c == '<' && strings.Contains(s, ">"):
			end := strings.IndexByte(s, '>')
			if i := r.pattern.SubexpIndex(s[2:end]); i >= 0 {
				out.WriteString(group(i))
			}
			used = end + 1
		default:
			out.WriteString(s[:2])
		}
		s = s[used:]
	}
}
