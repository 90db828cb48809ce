package thumburl

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needJavaScript skips where the JavaScript package can't be run. `make test` installs
// what it needs and lets nothing be skipped.
func needJavaScript(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	if _, missing := os.Stat("js/node_modules/esbuild"); err == nil {
		err = missing
	}
	if err == nil {
		lookAtJavaScript(t)
		return
	}
	if os.Getenv("THUMBFRONT_TEST_ALL") != "" {
		t.Fatalf("%v; scripts/deps.sh test installs it", err)
	}
	t.Skipf("%v; `make test` installs it", err)
}

// lookAtJavaScript has the go tool know what node reads: it keeps a test's result until a
// file changes that the test itself has looked at.
func lookAtJavaScript(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"js/*.*", "js/src/*", "js/test/*", "js/examples/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestJavaScript runs the package's own tests.
func TestJavaScript(t *testing.T) {
	needJavaScript(t)
	node := exec.CommandContext(t.Context(), "npm", "test")
	node.Dir = "js"
	if out, err := node.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// oddities are values that the two languages might judge differently.
var oddities = []string{`null`, `true`, `false`, `0`, `-0`, `1`, `1.5`, `-1`, `1e-7`, `1e21`, `4097`, `""`, `"50%"`, `"-0%"`, `" 1e1 %"`, `"a"`, `"\ud800"`, `"\ud83d\ude00"`,
	`"\u2028"`, `"#FFF"`, `"#ABCDEFFF"`, `[]`, `[1]`, `[1,2]`, `[[1,0,0],[0,1,0],[0,0,1]]`, `{}`, `{"__proto__":1}`, `{"1":1}`, `{"constructor":{}}`}

// mutate spells a request in another way, right or wrong: members in another order, and
// now and then another value.
func mutate(t *testing.T, rng *rand.Rand, data json.RawMessage, depth int) json.RawMessage {
	t.Helper()
	if rng.IntN(40) == 0 {
		return json.RawMessage(oddities[rng.IntN(len(oddities))])
	}
	if data[0] != '{' {
		return data
	}
	type member struct {
		name  string
		value json.RawMessage
	}
	var all []member
	if err := eachMember("", data, func(name string, value json.RawMessage) error {
		all = append(all, member{name, mutate(t, rng, value, depth+1)})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if depth != 1 { // the edits have their own order
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	if len(all) > 0 && rng.IntN(60) == 0 {
		all[0].name = []string{"__proto__", "1", "toString", "toFormat", "wídth"}[rng.IntN(5)]
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// TestRandomRequestsInJavaScript has the JavaScript write what Go writes, and refuse what
// Go refuses.
func TestRandomRequestsInJavaScript(t *testing.T) {
	needJavaScript(t)
	rng := rand.New(rand.NewPCG(20, 26))
	var canonical, any, wantCanonical, wantAny []string
	for range 4000 {
		r := randomRequest(rng)
		payload, err := Encode(r)
		if err != nil {
			continue // too long
		}
		text, err := Decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		canonical, wantCanonical = append(canonical, string(text)), append(wantCanonical, payload)
		odd := mutate(t, rng, text, 0)
		any, wantAny = append(any, string(odd)), append(wantAny, encodeJSON(odd))
	}
	for _, c := range []struct {
		args         []string
		given, wants []string
	}{
		{[]string{"thumbfront"}, canonical, wantCanonical},
		{[]string{"thumbfront/sign"}, canonical, wantCanonical},
		{[]string{"thumbfront/sign"}, any, wantAny},
		{[]string{"thumbfront/sign", "decode"}, any, parsedAll(any)},
	} {
		got := inJavaScript(t, c.given, c.args...)
		wrong := 0
		for i := range got {
			if got[i] != c.wants[i] && !(slices.Contains(codes, got[i]) && slices.Contains(codes, c.wants[i])) {
				if wrong++; wrong <= 10 {
					t.Errorf("%s: %s\n got %s\nwant %s", c.args, c.given[i], got[i], c.wants[i])
				}
			}
		}
		t.Logf("%s: %d requests, %d differ", c.args, len(got), wrong)
	}
	// The browser's does not know every second spelling. What it writes still means what
	// it was given, so that the deployment serves that or names it, and nothing else.
	for i, got := range inJavaScript(t, any, "thumbfront") {
		if slices.Contains(codes, got) || slices.Contains(codes, wantAny[i]) {
			continue
		}
		text, err := Decode(got)
		if err != nil {
			t.Errorf("%s is written as %s: %v", any[i], got, err)
		} else if means := encodeJSON(text); means != wantAny[i] {
			t.Errorf("%s is written as %s\nwhich means %s\nwant %s", any[i], text, means, wantAny[i])
		}
	}
}

// inJavaScript gives what random.mjs answers to each request.
func inJavaScript(t *testing.T, requests []string, args ...string) []string {
	t.Helper()
	node := exec.CommandContext(t.Context(), "node", append([]string{"test/random.mjs"}, args...)...)
	node.Dir = "js"
	node.Stdin = strings.NewReader(strings.Join(requests, "\n"))
	out, err := node.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(answers) != len(requests) {
		t.Fatalf("%s: %d answers to %d requests", args, len(answers), len(requests))
	}
	return answers
}

// parsedAll gives for each request, as a payload in its own spelling, that payload, or the
// code of its error.
func parsedAll(requests []string) []string {
	answers := make([]string, len(requests))
	for i, text := range requests {
		payload := payloadOf(text)
		var e *Error
		if _, err := Parse(payload); errors.As(err, &e) {
			payload = string(e.Code)
		}
		answers[i] = payload
	}
	return answers
}

// codes that JavaScript may give in the place of another, where a request has several
// mistakes: it does not look at them in the same order.
var codes = []string{string(CodeInvalidField), string(CodeUnknownField), string(CodeRequestTooLong), string(CodeInvalidJSON)}

// encodeJSON gives the payload of a request in any spelling, or the code of its error.
func encodeJSON(data []byte) string {
	r, err := ParseJSON(data)
	if err == nil {
		var payload string
		if payload, err = Encode(r); err == nil {
			return payload
		}
	}
	var e *Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return err.Error()
}
