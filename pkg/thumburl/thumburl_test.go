package thumburl

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

var card = Request{
	Key:          "uploads/photo.jpg",
	Edits:        Edits{Resize{Width: 288, Height: 264}},
	OutputFormat: Auto,
}

func codeOf(t *testing.T, err error) Code {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	return e.Code
}

func TestRequestTooLong(t *testing.T) {
	// {"key":""} is 10 bytes.
	longest := strings.Repeat("k", MaxRequestBytes-10)
	payload, err := Encode(Request{Key: longest})
	if err != nil {
		t.Fatalf("%d bytes: %v", MaxRequestBytes, err)
	}
	if _, err := Parse(payload); err != nil {
		t.Fatal(err)
	}
	if key := (Path{Epoch: MaxEpoch, Payload: payload, Signature: Sign([]byte("s"), payload), Variant: AVIF}).String(); len(key) > 1024 {
		t.Errorf("the S3 key of the longest request has %d bytes, S3 takes 1024", len(key))
	}
	_, err = Encode(Request{Key: longest + "k"})
	if codeOf(t, err) != CodeRequestTooLong {
		t.Errorf("741 bytes: %v", err)
	}
	_, err = Parse(payload + "AA")
	if codeOf(t, err) != CodeRequestTooLong {
		t.Errorf("a longer payload: %v", err)
	}
	_, err = Parse(strings.Repeat("A", 1<<20))
	if codeOf(t, err) != CodeRequestTooLong || len(err.Error()) > 200 {
		t.Errorf("1 MB: %.300v", err)
	}
}

func TestOneSpellingOfBase64(t *testing.T) {
	payload, err := Encode(Request{Key: "kk"})
	if err != nil {
		t.Fatal(err)
	}
	if len(payload)%4 != 0 {
		t.Fatalf("the test wants a payload with no spare bits, not %q", payload)
	}
	payload, _ = Encode(Request{Key: "k"})
	last := payload[len(payload)-1]
	for _, other := range []string{payload + "=", payload + "\n", payload[:len(payload)-1] + string(last+1), payload[:5] + "\r" + payload[5:]} {
		if _, err := Parse(other); codeOf(t, err) != CodeInvalidBase64 {
			t.Errorf("Parse(%q): %v, want InvalidBase64", other, err)
		}
	}
}

func TestValidateSaysFieldGivenAndAllowed(t *testing.T) {
	for _, c := range []struct {
		r    Request
		want string
	}{
		{Request{Key: "k", Edits: Edits{Resize{Width: -5}}}, "edits.resize.width: got -5, want a whole number from 1 to 4096, such as 288"},
		{Request{Key: "k", Edits: Edits{Blur{Sigma: math.NaN()}}}, "edits.blur: got NaN, want true, or a number from 0.3 to 1000, such as 288"},
		{Request{Key: "k", Edits: Edits{Rotate{Angle: 90}, Rotate{Angle: 90}}}, "edits.rotate: got the edit twice, want each edit once"},
		{Request{Key: "k", Effort: 9}, "effort: got 9, want a whole number from 1 to 6, such as 4"},
		{Request{Key: "k", Edits: Edits{nil}}, "edits: got an edit of type <nil>, want a value such as Resize{Width: 288}"},
		{Request{Key: "k", Edits: Edits{(*Resize)(nil)}}, "edits: got an edit of type *thumburl.Resize, want a value such as Resize{Width: 288}"},
		{Request{Key: "k", OutputFormat: 99}, `outputFormat: got 99, want one of "auto", "jpeg", "png", "webp", "avif", "gif", "tiff", "input"`},
	} {
		if err := c.r.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	many := make(Edits, MaxEdits+1)
	if err := (Request{Key: "k", Edits: many}).Validate(); err == nil || !strings.Contains(err.Error(), "33 edits") {
		t.Errorf("33 edits: %v", err)
	}
	long := Request{Key: strings.Repeat("é", 600)}
	if err := long.Validate(); err == nil || len(err.Error()) > 500 || !strings.Contains(err.Error(), "1200 bytes") {
		t.Errorf("a long key: %v", err)
	}
}

func TestSign(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte("payload"))
	want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	signature := Sign([]byte("secret"), "payload")
	if signature != want || len(signature) != SignatureLength {
		t.Fatalf("Sign = %q, want %q", signature, want)
	}
	secrets := [][]byte{[]byte("new"), []byte("secret")}
	if !Verify(secrets, "payload", signature) {
		t.Error("the previous secret does not verify")
	}
	for _, wrong := range []string{"", signature[:21], signature + "A", strings.ToLower(signature), Sign(nil, "payload")} {
		if Verify(append(secrets, nil), "payload", wrong) {
			t.Errorf("%q verifies", wrong)
		}
	}
	if Verify(secrets, "payloae", signature) {
		t.Error("another payload verifies")
	}
}

func TestParsePath(t *testing.T) {
	signature := Sign([]byte("s"), "abc")
	for _, c := range []struct {
		path string
		want Path
	}{
		{"/1/abc", Path{Epoch: 1, Payload: "abc"}},
		{"0/abc." + signature, Path{Payload: "abc", Signature: signature}},
		{"/12/abc." + signature + "/webp", Path{Epoch: 12, Payload: "abc", Signature: signature, Variant: WebP}},
		{"/12/abc/jpeg", Path{Epoch: 12, Payload: "abc", Variant: JPEG}},
		{"/1/ab+c==", Path{Epoch: 1, Payload: "ab-c"}},
	} {
		p, err := ParsePath(c.path)
		if err != nil || p != c.want {
			t.Errorf("ParsePath(%q) = %+v, %v", c.path, p, err)
		}
		if again, err := ParsePath(p.String()); err != nil || again != p {
			t.Errorf("ParsePath(%q) = %+v, %v, want %+v", p.String(), again, err, p)
		}
	}
	for path, code := range map[string]Code{
		"": CodeNotFound, "/": CodeNotFound, "/abc": CodeNotFound, "/01/abc": CodeNotFound, "/-1/abc": CodeNotFound,
		"/1/": CodeNotFound, "/1/abc/": CodeNotFound, "/1/abc/png": CodeNotFound, "/1/abc/webp/avif": CodeNotFound,
		"/1/abc/~eA": CodeNotFound, "/1//webp": CodeNotFound, "/x/abc": CodeNotFound, "/100000000/abc": CodeNotFound,
		"/1/abc.": CodeInvalidSignature, "/1/abc." + signature[1:]: CodeInvalidSignature, "/1/abc.x.y": CodeInvalidSignature,
	} {
		if _, err := ParsePath(path); codeOf(t, err) != code {
			t.Errorf("ParsePath(%q): %v, want %s", path, err, code)
		}
	}
}

func TestAuthorize(t *testing.T) {
	secret := []byte("current-secret")
	now := time.Unix(1_800_000_000, 0)
	presets, err := ParsePresets([]byte(`{"card":{"edits":{"resize":{"width":288,"height":264}},"outputFormat":"auto"},"tiny":{"edits":{"resize":{"width":16}},"outputFormat":"jpeg"}}`))
	if err != nil {
		t.Fatal(err)
	}
	policy := Policy{Access: PresetsOrSigned, Secrets: [][]byte{secret, []byte("previous-secret")}, Presets: presets,
		DefaultBucket: "ours", Buckets: []string{"theirs"}, Prefixes: []string{"uploads/"}, Sources: []string{"https://img.example.com"}}
	preset := Request{Key: "uploads/a.jpg", Preset: "card"}
	plain := Request{Key: "uploads/a.jpg", Edits: Edits{Resize{Width: 5}}}
	with := func(r Request, change func(*Request)) Request { change(&r); return r }
	for _, c := range []struct {
		name    string
		access  Access
		r       Request
		secret  string // empty: unsigned
		variant Format
		code    Code // empty: allowed
	}{
		{name: "unsigned preset", access: PresetsOrSigned, r: preset, variant: WebP},
		{name: "unsigned preset where signatures are needed", access: Signed, r: preset, variant: WebP, code: CodeSignatureRequired},
		{name: "the zero mode is signed", r: preset, variant: WebP, code: CodeSignatureRequired},
		{name: "unsigned edits", access: PresetsOrSigned, r: plain, code: CodeFieldNotAllowed},
		{name: "unsigned edits in open mode", access: Open, r: plain},
		{name: "unsigned preset with a version", access: PresetsOrSigned, r: with(preset, func(r *Request) { r.Version = "v" }), variant: WebP, code: CodeFieldNotAllowed},
		{name: "signed", access: Signed, r: plain, secret: "current-secret"},
		{name: "signed with the previous secret", access: Signed, r: plain, secret: "previous-secret"},
		{name: "signed with another secret", access: Signed, r: plain, secret: "stolen", code: CodeInvalidSignature},
		{name: "a wrong signature in open mode", access: Open, r: plain, secret: "stolen", code: CodeInvalidSignature},
		{name: "unknown preset", access: PresetsOrSigned, r: Request{Key: "uploads/a", Preset: "none"}, code: CodeUnknownPreset},
		{name: "expired", access: Signed, r: with(plain, func(r *Request) { r.Expires = now.Unix() }), secret: "current-secret", code: CodeExpired},
		{name: "not yet expired", access: Signed, r: with(plain, func(r *Request) { r.Expires = now.Unix() + 1 }), secret: "current-secret"},
		{name: "the default bucket named", access: Signed, r: with(plain, func(r *Request) { r.Bucket = "ours" }), secret: "current-secret", code: CodeNotCanonical},
		{name: "an allowed bucket, any prefix", access: Signed, r: Request{Bucket: "theirs", Key: "a"}, secret: "current-secret"},
		{name: "another bucket", access: Signed, r: with(plain, func(r *Request) { r.Bucket = "foreign" }), secret: "current-secret", code: CodeBucketNotAllowed},
		{name: "outside the prefixes", access: Signed, r: Request{Key: "quarantine/a"}, secret: "current-secret", code: CodeKeyNotAllowed},
		{name: "an original on the web", access: Signed, r: Request{Source: "https://img.example.com/photos/a.jpg"}, secret: "current-secret"},
		{name: "outside the sources", access: Signed, r: Request{Source: "https://img.example.com.evil.test/photos/a.jpg"}, secret: "current-secret", code: CodeSourceNotAllowed},
		{name: "a preset of an original on the web needs a signature", access: PresetsOrSigned, r: Request{Source: "https://img.example.com/photos/a.jpg", Preset: "card"}, variant: WebP, code: CodeFieldNotAllowed},
		{name: "auto without a variant", access: PresetsOrSigned, r: preset, code: CodeNotFound},
		{name: "a variant without auto", access: Signed, r: plain, secret: "current-secret", variant: WebP, code: CodeNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload, err := Encode(c.r)
			if err != nil {
				t.Fatal(err)
			}
			path := Path{Epoch: 1, Payload: payload, Variant: c.variant}
			if c.secret != "" {
				path.Signature = Sign([]byte(c.secret), payload)
			}
			policy.Access = c.access
			got, err := policy.Authorize(path, c.r, now)
			if c.code != "" {
				if codeOf(t, err) != c.code {
					t.Fatalf("%v, want %s", err, c.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Bucket == "" && got.Source == "" || got.Preset != "" {
				t.Errorf("bucket or preset is not resolved: %+v", got)
			}
			if c.r.Preset == "card" && !reflect.DeepEqual(got.Edits, presets["card"].Edits) {
				t.Errorf("edits %v, want the preset's", got.Edits)
			}
		})
	}
}

func TestParsePresets(t *testing.T) {
	if p, err := ParsePresets(nil); err != nil || len(p) != 0 {
		t.Errorf("no presets: %v, %v", p, err)
	}
	p, err := ParsePresets([]byte(`{"b":{"outputFormat":"auto"},"a":{"outputFormat":"auto"},"c":{"outputFormat":"png"}}`))
	if err != nil || fmt.Sprint(p.Auto()) != "[a b]" {
		t.Errorf("Auto() = %v, %v", p.Auto(), err)
	}
	for _, bad := range []string{`[]`, `{"a":1}`, `{"A":{}}`, `{"a":{"key":"k"}}`, `{"a":{"edits":{"resize":{"width":9999}}}}`, `{"a":{},"a":{}}`, `{"a":{"version":"1"}}`} {
		if _, err := ParsePresets([]byte(bad)); err == nil {
			t.Errorf("ParsePresets(%s) is accepted", bad)
		}
	}
}

func TestClientURL(t *testing.T) {
	c := Client{Base: "https://cdn.example.com/", Secret: []byte("s")}
	url, err := c.URL(Request{Key: "uploads/a.jpg", Version: `"d41d8c"`, Expires: 1_798_761_601})
	if err != nil {
		t.Fatal(err)
	}
	payload, signature, _ := strings.Cut(strings.TrimPrefix(url, "https://cdn.example.com/"), ".")
	r, err := Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	if !Verify([][]byte{c.Secret}, payload, signature) || r.Version != "d41d8c" || r.Expires != 1_798_848_000 {
		t.Errorf("%s is %+v", url, r)
	}
	c.ExactExpires = true
	url, err = c.URL(Request{Key: "k", Expires: 1_798_761_601})
	if err != nil || !strings.Contains(url, payloadOf(`{"key":"k","expires":1798761601}`)) {
		t.Errorf("exact: %s, %v", url, err)
	}
	if preset, err := (Client{}).Preset("card", "k"); err != nil || preset != "/"+payloadOf(`{"key":"k","preset":"card"}`) {
		t.Errorf("preset: %s, %v", preset, err)
	}
}

func TestClientSrcSet(t *testing.T) {
	sizes := func(srcset string) (out []string) {
		for candidate := range strings.SplitSeq(srcset, ", ") {
			url, descriptor, _ := strings.Cut(candidate, " ")
			r, err := Parse(strings.TrimPrefix(url, "/"))
			if err != nil {
				t.Fatal(err)
			}
			e := r.Edits[1].(Resize)
			out = append(out, fmt.Sprintf("%dx%d %v %s", e.Width, e.Height, e.WithoutEnlargement, descriptor))
		}
		return out
	}
	r := Request{Key: "k", Edits: Edits{Flip{}, Resize{Width: 288, Height: 264}}}
	got, err := Client{}.SrcSet(r, SrcSet{Widths: []int{144, 288, 577}})
	if want := "[144x132 true 144w 288x264 true 288w 577x529 true 577w]"; err != nil || fmt.Sprint(sizes(got)) != want {
		t.Errorf("widths: %v, %v, want %s", sizes(got), err, want)
	}
	got, err = Client{}.SrcSet(r, SrcSet{Densities: []float64{1, 1.5, 2}})
	if want := "[288x264 true 1x 432x396 true 1.5x 576x528 true 2x]"; err != nil || fmt.Sprint(sizes(got)) != want {
		t.Errorf("densities: %v, %v, want %s", sizes(got), err, want)
	}
	if r.Edits[1].(Resize).WithoutEnlargement {
		t.Error("SrcSet changed the request that it was given")
	}
	for name, bad := range map[string]struct {
		r   Request
		set SrcSet
	}{
		"no resize":   {Request{Key: "k"}, SrcSet{Widths: []int{1}}},
		"nothing":     {r, SrcSet{}},
		"both":        {r, SrcSet{Widths: []int{1}, Densities: []float64{1}}},
		"height only": {Request{Key: "k", Edits: Edits{Resize{Height: 9}}}, SrcSet{Widths: []int{1}}},
		"zero":        {r, SrcSet{Widths: []int{0}}},
		"too large":   {r, SrcSet{Densities: []float64{100}}},
	} {
		if _, err := (Client{}).SrcSet(bad.r, bad.set); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// randomRequest is a valid request in which any field may be set.
func randomRequest(rng *rand.Rand) Request {
	maybe := func() bool { return rng.IntN(3) == 0 }
	text := func(n int) string {
		runes := []rune(`abc/<>&'"\é中😀` + "\u2028\u2029\ufffd -_.~")
		var b strings.Builder
		for range 1 + rng.IntN(n) {
			b.WriteRune(runes[rng.IntN(len(runes))])
		}
		return b.String()
	}
	r := Request{Key: "x" + strings.ReplaceAll(text(20), "/.", "/-") + "x"}
	if maybe() {
		r.Bucket = "bucket-1"
	} else if maybe() {
		r.Key, r.Source = "", "https://img.example.com/a%20b.jpg?size=1&x=%22"
	}
	all := randomEdits(rng)
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if n := rng.IntN(8); n > 0 {
		r.Edits = all[:n:n]
		if maybe() {
			r.Edits = append(Edits{AsStored{}}, r.Edits...)
		}
	} else if maybe() {
		r.Preset = "card"
	}
	r.OutputFormat = Format(rng.IntN(9))
	r.Effort = rng.IntN(7)
	if maybe() {
		r.Headers = map[string]string{"Expires": "Wed, 21 Oct 2026 07:28:00 GMT", "Cache-Control": `max-age=1, "x\y"`}
	}
	if maybe() {
		r.Version = "5d41402abc4b2a76b9719d911017c592-3"
	}
	if maybe() {
		r.Expires = rng.Int64N(maxExpires)
	}
	return r
}

func FuzzEncode(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		rng := rand.New(rand.NewPCG(seed1, seed2))
		for range 20 {
			r := randomRequest(rng)
			payload, err := Encode(r)
			if err != nil && codeOf(t, err) == CodeRequestTooLong {
				continue
			}
			if err != nil {
				t.Fatalf("Encode(%+v): %v", r, err)
			}
			got, err := Parse(payload)
			if err != nil || !reflect.DeepEqual(got, r) {
				t.Fatalf("Parse(Encode(r)) = %+v, %v\nwant %+v", got, err, r)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"key":"k"}`, `{"key":"\ud800"}`, `{"key":"k","edits":{"resize":{"width":1e1}}}`, "{\"key\":\"\x7f\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		payload := base64.RawURLEncoding.EncodeToString(data)
		r, err := Parse(payload)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Allowed == "" {
				t.Fatalf("%T %v is no complete *Error", err, err)
			}
			if e.Code == CodeNotCanonical {
				if _, err := Parse(e.Canonical); err != nil {
					t.Fatalf("the canonical payload that was offered: %v", err)
				}
			}
			return
		}
		again, err := Encode(r)
		if err != nil || again != payload {
			t.Fatalf("Encode(Parse(p)) = %q, %v, want %q", again, err, payload)
		}
		if err := r.Validate(); err != nil || bytes.ContainsAny(data, "\x00\r\n") {
			t.Fatalf("Parse let through %q: %v", data, err)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	f.Add("/1/abc.AAAAAAAAAAAAAAAAAAAAAA/webp")
	f.Fuzz(func(t *testing.T, path string) {
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		if again, err := ParsePath(p.String()); err != nil || again != p {
			t.Fatalf("ParsePath(%q) = %+v, %v, want %+v", p.String(), again, err, p)
		}
	})
}

func BenchmarkEncodeAndSign(b *testing.B) {
	secret := []byte("benchmark-secret-0123456789abcdef")
	b.ReportAllocs()
	for b.Loop() {
		payload, err := Encode(card)
		if err != nil {
			b.Fatal(err)
		}
		_ = ViewerPath(payload, Sign(secret, payload))
	}
}
