package thumburl

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// vectors is the file that both languages are tested with.
type vectors struct {
	Secret    string
	Valid     []struct{ Name, Canonical string }
	Rewritten []struct{ Name, JSON, Canonical string }
	Refused   []struct{ Name, JSON, Code, Field string }
	Clients   []clientVector
	Mistakes  []clientVector // calls that are refused
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func payloadOf(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

func TestVectorsValid(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Valid {
		t.Run(c.Name, func(t *testing.T) {
			r, err := Parse(payloadOf(c.Canonical))
			if err != nil {
				t.Fatal(err)
			}
			payload, err := Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			if payload != payloadOf(c.Canonical) {
				got, _ := Decode(payload)
				t.Fatalf("Encode(Parse(p)) is\n%s, want\n%s", got, c.Canonical)
			}
			again, err := Parse(payload)
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Fatalf("Parse(Encode(r)) = %+v, %v, want %+v", again, err, r)
			}
		})
	}
}

func TestVectorsRewritten(t *testing.T) {
	for _, c := range readVectors(t).Rewritten {
		t.Run(c.Name, func(t *testing.T) {
			_, err := Parse(payloadOf(c.JSON))
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeNotCanonical {
				t.Fatalf("Parse: %v, want NotCanonical", err)
			}
			if got, _ := Decode(e.Canonical); string(got) != c.Canonical {
				t.Fatalf("canonical is\n%s, want\n%s", got, c.Canonical)
			}
			if _, err := Parse(e.Canonical); err != nil {
				t.Fatalf("Parse of the canonical payload: %v", err)
			}
		})
	}
}

func TestVectorsRefused(t *testing.T) {
	for _, c := range readVectors(t).Refused {
		t.Run(c.Name, func(t *testing.T) {
			_, err := Parse(payloadOf(c.JSON))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse: %v, want an *Error", err)
			}
			if string(e.Code) != c.Code || e.Field != c.Field {
				t.Fatalf("code %q field %q, want %q %q (%v)", e.Code, e.Field, c.Code, c.Field, e)
			}
			// A limit needs no example, nor does what is said twice, a truth, or a place.
			plain := []string{"at most 32", "each name once", "true or false", "a string in UTF-8", "the first of the edits"}
			if !strings.Contains(e.Allowed, "such as") && !strings.Contains(e.Allowed, `one of `) && !strings.HasPrefix(e.Allowed, "its canonical form ") &&
				!slices.ContainsFunc(plain, func(s string) bool { return strings.HasPrefix(e.Allowed, s) }) {
				t.Errorf("%v has no example of what is allowed", e)
			}
		})
	}
}
