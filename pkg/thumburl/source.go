package thumburl

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

const sourceAllowed = `the original's URL in full, such as "https://img.example.com/photo.jpg": http or https, a host in small letters, no credentials, no fragment, no "." or ".." segments`

// CanonicalSource gives the one spelling of an http or https URL: scheme and host in
// small letters, no default port, a path, no fragment, everything outside visible ASCII
// percent-encoded. A URL that servers read in different ways is refused: one with
// credentials, a backslash, or "." and ".." segments, percent-encoded or not. The error
// is an [*Error].
func CanonicalSource(raw string) (string, error) {
	bad := invalidField("source", quote(raw), sourceAllowed)
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil {
		return "", bad
	}
	u.Scheme = strings.ToLower(u.Scheme)
	port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), port)
	if port == "" || !validHost(u) || !validSourcePath(u) {
		return "", bad
	}
	u.Fragment, u.RawFragment, u.ForceQuery = "", "", false
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	return u.String(), nil
}

func validHost(u *url.URL) bool {
	host := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		a, err := netip.ParseAddr(host)
		return err == nil && a.Is6() && a.Zone() == "" && a.String() == host && validPort(u)
	}
	return host != "" && !strings.ContainsFunc(host, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	}) && validPort(u)
}

// validPort refuses an empty port and leading zeros: second spellings.
func validPort(u *url.URL) bool {
	port := u.Port()
	return !strings.HasSuffix(u.Host, ":") && !strings.HasPrefix(port, "0") && len(port) <= len("65535")
}

func validSourcePath(u *url.URL) bool {
	if strings.ContainsFunc(u.Path, func(c rune) bool { return c < 0x20 || c == 0x7f || c == '\\' }) {
		return false
	}
	for segment := range strings.SplitSeq(u.Path, "/") { // decoded: %2e%2e, and ..%2f as well
		segment, _, _ = strings.Cut(segment, ";") // some servers drop parameters first
		if segment == "." || segment == ".." {
			return false
		}
	}
	return u.Path == "" || u.Path[0] == '/'
}

// escapeQuery leaves what is visible ASCII as it is.
func escapeQuery(query string) string {
	var b strings.Builder
	for _, c := range []byte(query) {
		if c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// validateOrigin checks where a request says that its original is: a key, in a bucket or
// in the default one, or a URL.
func (r Request) validateOrigin() error {
	if r.Source == "" {
		if err := validateBucket("bucket", r.Bucket); err != nil {
			return err
		}
		return validateKey("key", r.Key)
	}
	if r.Bucket != "" || r.Key != "" {
		return invalidField("source", "a source beside bucket or key", `source alone, such as "https://img.example.com/photo.jpg", or key and perhaps bucket`)
	}
	canonical, err := CanonicalSource(r.Source)
	if err != nil {
		return err
	}
	if canonical != r.Source {
		return invalidField("source", quote(r.Source), "its canonical form "+quote(canonical))
	}
	return nil
}

// checkSource checks that a canonical URL lies below one of the policy's prefixes.
func (p Policy) checkSource(source string) error {
	for _, prefix := range p.Sources {
		if canonical, err := CanonicalSource(prefix); err == nil && strings.HasPrefix(source, canonical) {
			return nil
		}
	}
	return &Error{Code: CodeSourceNotAllowed, Field: "source", Given: quote(source), Allowed: "a URL below a prefix of the settings"}
}
