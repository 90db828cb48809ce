package thumburl

import (
	"strings"
	"testing"
)

func TestCanonicalSource(t *testing.T) {
	for raw, want := range map[string]string{
		"https://img.example.com/a.jpg":         "https://img.example.com/a.jpg",
		"HTTP://IMG.Example.COM":                "http://img.example.com/",
		"https://img.example.com:443/a":         "https://img.example.com/a",
		"http://img.example.com:80/a":           "http://img.example.com/a",
		"http://img.example.com:443/a":          "http://img.example.com:443/a",
		"https://img.example.com/a b/é.jpg":     "https://img.example.com/a%20b/%C3%A9.jpg",
		"https://img.example.com/a.jpg?v=1 é#x": "https://img.example.com/a.jpg?v=1%20%C3%A9",
		"https://img.example.com/a%2Fb%20c":     "https://img.example.com/a%2Fb%20c",
		"https://img.example.com/a?":            "https://img.example.com/a",
		"https://img.example.com/.../..a/b..":   "https://img.example.com/.../..a/b..",
		"https://[2606:4700::1111]/a":           "https://[2606:4700::1111]/a",
		"https://img.example.com/?q=%3F&r=[1]":  "https://img.example.com/?q=%3F&r=[1]",
	} {
		got, err := CanonicalSource(raw)
		if err != nil || got != want {
			t.Errorf("CanonicalSource(%q) = %q, %v, want %q", raw, got, err, want)
		}
		if again, err := CanonicalSource(got); err != nil || again != got {
			t.Errorf("CanonicalSource(%q) = %q, %v: it is its own canonical form", got, again, err)
		}
	}
	for _, bad := range []string{
		"", "a.jpg", "//img.example.com/a", "/a", "file:///etc/passwd", "s3://bucket/key", "ftp://img.example.com/a", "https:img.example.com/a",
		"https:///a", "https://:443/a", "https://img.example.com:/a", "https://img.example.com:080/a", "https://img.example.com:99999999/a",
		"https://user@img.example.com/a", "https://user:pass@img.example.com/a", "https://@img.example.com/a",
		"https://img.example.com/../a", "https://img.example.com/a/./b", "https://img.example.com/a/%2e%2E/b", "https://img.example.com/a/..%2fb",
		"https://img.example.com/a/..;x=1/b", `https://img.example.com/a\..\b`, "https://img.example.com/a%5cb", "https://img.example.com/a%00b",
		"https://img.example.com/a%zz", "https://img example.com/a", "https://bücher.example/a", "https://[fe80::1%25eth0]/a", "https://[0:0::1]/a",
		"https://img.example.com\r\nHost: evil/a", "https://[1.2.3.4]/a",
	} {
		if got, err := CanonicalSource(bad); err == nil {
			t.Errorf("CanonicalSource(%q) = %q, want an error", bad, got)
		} else if codeOf(t, err) != CodeInvalidField {
			t.Errorf("CanonicalSource(%q): %v", bad, err)
		}
	}
}

func FuzzCanonicalSource(f *testing.F) {
	f.Add("https://img.example.com/a b?c=é#d")
	f.Add("HTTP://[::1]:80/%2e")
	f.Fuzz(func(t *testing.T, raw string) {
		canonical, err := CanonicalSource(raw)
		if err != nil {
			return
		}
		if again, err := CanonicalSource(canonical); err != nil || again != canonical {
			t.Fatalf("%q gives %q, and that %q, %v", raw, canonical, again, err)
		}
		if strings.ContainsFunc(canonical, func(c rune) bool { return c <= 0x20 || c >= 0x7f || c == '\\' || c == '#' }) {
			t.Fatalf("%q gives %q", raw, canonical)
		}
	})
}
