// Package jsonlog makes the functions' logger: one line of JSON for each entry, which
// nobody else can write to, break, steer a terminal by, or flood.
package jsonlog

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the most bytes of one text: a stack trace fits.
const maxText = 8 << 10

// New makes a logger that writes lines of JSON.
func New(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(plain(a.Value.String()))
		case slog.KindAny:
			if err, ok := a.Value.Any().(error); ok {
				a.Value = slog.StringValue(plain(err.Error()))
			}
		}
		return a
	}}))
}

// plain cuts a text, and writes out what would not be seen or would act in a terminal:
// JSON escapes the control characters below U+0020 alone, and not those from U+007F to
// U+009F, nor what turns the direction of a line.
func plain(s string) string {
	if whole := len(s); whole > maxText {
		cut := maxText
		for cut > maxText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = fmt.Sprintf("%s… (%d bytes)", s[:cut], whole)
	}
	if !strings.ContainsFunc(s, acts) {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if acts(c) {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func acts(c rune) bool {
	return c >= 0x7f && unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
}
