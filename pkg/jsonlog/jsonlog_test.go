package jsonlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestALineIsOneLine(t *testing.T) {
	hostile := "a\n{\"msg\":\"forged\"}\r\x1b[2J\u009b31m\u007f\u202egpj.exe\u2066\u200b\u2028\xff"
	var out bytes.Buffer
	New(&out).Error(hostile, "key", hostile, "error", errors.New(hostile), "kept", "grün 🖼", "count", 3)
	line, rest, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	if len(rest) != 0 {
		t.Errorf("more than a line: %q", rest)
	}
	if bytes.ContainsFunc(line, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }) {
		t.Errorf("it acts: %q", line)
	}
	var entry map[string]any
	if err := json.Unmarshal(line, &entry); err != nil {
		t.Fatal(err)
	}
	if entry["kept"] != "grün 🖼" || entry["count"] != 3.0 || entry["level"] != "ERROR" {
		t.Errorf("%v", entry)
	}
	for _, name := range []string{"msg", "key", "error"} {
		if s, _ := entry[name].(string); !strings.Contains(s, `\u009b31m\u007f\u202egpj`) {
			t.Errorf("%s is %q", name, s)
		}
	}
}

func TestATextHasAnEnd(t *testing.T) {
	var out bytes.Buffer
	New(&out).Info("m", "long", strings.Repeat("ü", 1<<20))
	if out.Len() > maxText+200 || !strings.Contains(out.String(), "… (2097152 bytes)") {
		t.Errorf("%d bytes, ending %q", out.Len(), out.String()[out.Len()-40:])
	}
}
