package imgproxy

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// The key, the salt and the signatures of imgproxy's own documentation.
func TestSignOfTheDocumentation(t *testing.T) {
	keys, err := ParseKeys("736563726574", "68656C6C6F")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png": "oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8",
		"/fill/300/400/sm/0/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png":      "AfrOrF3gWeDA6VOlDG4TzxMv39O7MXnF4CXpKUwGqRM",
	} {
		if got := Sign(keys[0], path, MaxSignatureSize); got != want {
			t.Errorf("%s is signed %s, want %s", path, got, want)
		}
	}
}

func read(l *Language, path string) (language.Reading, error) {
	return l.Read(context.Background(), language.Asked{Path: path, Now: now})
}

func codeOf(err error) string {
	var e *language.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestSignatures(t *testing.T) {
	const signed = "/rs:fill:30:20/plain/s3://photos/a%20b.jpg@png"
	keys, err := ParseKeys("01, 736563726574", "02,68656C6C6F")
	if err != nil {
		t.Fatal(err)
	}
	whole := Sign(keys[0], signed, MaxSignatureSize)
	rotated := Sign(keys[1], signed, MaxSignatureSize)
	l := testLanguage(t, "KEY", "01, 736563726574", "SALT", "02,68656C6C6F", "TRUSTED_SIGNATURES", "trusted, friend")
	for _, c := range []struct {
		signature string
		signed    bool
		code      string
	}{
		{whole, true, ""}, {rotated, true, ""}, {"trusted", true, ""}, {"friend", true, ""},
		// Nobody meant these for signatures: an open deployment serves them.
		{"unsafe", false, ""}, {"insecure", false, ""}, {"_", false, ""},
		{whole[:len(whole)-1], false, CodeInvalidSignature}, {Sign(keys[0], signed, 16), false, CodeInvalidSignature},
		{strings.ToUpper(whole), false, CodeInvalidSignature}, {"stranger", false, CodeInvalidSignature}, {"not base64!", false, CodeInvalidSignature},
		{Sign(keys[0], "/rs:fill:30:21/plain/s3://photos/a%20b.jpg@png", MaxSignatureSize), false, CodeInvalidSignature},
		{Sign(Key{keys[0].Key, keys[1].Salt}, signed, MaxSignatureSize), false, CodeInvalidSignature},
	} {
		reading, err := read(l, "/"+c.signature+signed)
		if codeOf(err) != c.code || reading.Signed != c.signed || c.code == "" && err != nil {
			t.Errorf("%s: signed %v, %v", c.signature, reading.Signed, err)
		}
	}
	// Signed before anything else is looked at: an error about options would tell a
	// forger which are known.
	if _, err := read(l, "/stranger/foo:1/plain/s3://photos/a.jpg"); codeOf(err) != CodeInvalidSignature {
		t.Errorf("unknown option, forged: %v", err)
	}
	short := testLanguage(t, "KEY", "01", "SALT", "02", "SIGNATURE_SIZE", "8")
	if reading, err := read(short, "/"+Sign(keys[0], signed, 8)+signed); err != nil || !reading.Signed {
		t.Errorf("8 bytes: %v", err)
	}
	if _, err := read(short, "/"+whole+signed); codeOf(err) != CodeInvalidSignature {
		t.Errorf("32 bytes where 8 are wanted: %v", err)
	}
	if reading, err := read(testLanguage(t), "/"+whole+signed); err != nil || reading.Signed {
		t.Errorf("without keys nothing is signed: %v, %v", reading.Signed, err)
	}
}

// fakeSecrets know one key, and another one when they are read again.
type fakeSecrets struct{ known, fresh string }

func (f fakeSecrets) Get(context.Context) ([][]byte, error)    { return [][]byte{[]byte(f.known)}, nil }
func (f fakeSecrets) Reread(context.Context) ([][]byte, error) { return [][]byte{[]byte(f.fresh)}, nil }

func TestKeysOfSecretsManager(t *testing.T) {
	const signed = "/w:5/plain/s3://photos/a.jpg"
	l := testLanguage(t)
	l.secrets = fakeSecrets{"01:02", "03:04"}
	for name, key := range map[string]Key{"known": {[]byte{1}, []byte{2}}, "rotated a moment ago": {[]byte{3}, []byte{4}}} {
		if reading, err := read(l, "/"+Sign(key, signed, MaxSignatureSize)+signed); err != nil || !reading.Signed {
			t.Errorf("%s: %v, %v", name, reading.Signed, err)
		}
	}
	if _, err := read(l, "/"+Sign(Key{[]byte{1}, []byte{4}}, signed, MaxSignatureSize)+signed); codeOf(err) != CodeInvalidSignature {
		t.Errorf("another key: %v", err)
	}
	if reading, err := read(l, "/unsafe"+signed); err != nil || reading.Signed {
		t.Errorf("unsigned: %v, %v", reading.Signed, err)
	}
	l.secrets = fakeSecrets{"no hex", ""}
	if _, err := read(l, "/AAAA"+signed); err == nil || codeOf(err) != "" || strings.Contains(err.Error(), "no hex") {
		t.Errorf("a secret of another form is ours to mend: %v", err)
	}
}

// What is signed is the path with its slashes as they were, whatever a proxy on the way
// made of them.
func TestSignatureOfMergedSlashes(t *testing.T) {
	l := testLanguage(t, "KEY", "01", "SALT", "02")
	signature := Sign(Key{[]byte{1}, []byte{2}}, "/w:5/plain/https://img.example.com/a.jpg", MaxSignatureSize)
	reading, err := read(l, "/"+signature+"/w:5/plain/https:/img.example.com/a.jpg")
	if err != nil || !reading.Signed || reading.Request.Source != "https://img.example.com/a.jpg" {
		t.Errorf("%+v, %v", reading, err)
	}
}

func TestParseKeysNamesMistakesNotSecrets(t *testing.T) {
	for _, c := range [][3]string{
		{"zz", "01", "key 1"}, {"01", "zz", "salt 1"}, {"01,zz", "01,02", "key 2"}, {"01,02", "01", "2 keys and 1 salts"}, {"01", "", "1 keys and 0 salts"}, {"01,", "01,02", "key 2"},
	} {
		_, err := ParseKeys(c[0], c[1])
		if err == nil || !strings.Contains(err.Error(), c[2]) || strings.Contains(err.Error(), "zz") {
			t.Errorf("%q, %q: %v", c[0], c[1], err)
		}
	}
}

// Printing and parsing are each other's inverse.
func TestURLIsItsOwnInverse(t *testing.T) {
	for _, u := range []URL{
		{Signature: "unsafe", Source: "s3://photos/a.jpg"},
		{Signature: "x", Source: "s3://photos/a b@c%20?d#e é.jpg", Extension: "png"},
		{Signature: "_", Options: []Option{{"resize", []string{"fill", "300", "", "1"}}, {"pr", []string{"a", "b"}}, {"cb", []string{""}}}, Source: "https://img.example.com/?q=1&r=[2]"},
	} {
		path := u.String()
		got, err := parseURL(path)
		if err != nil || !reflect.DeepEqual(got, u) {
			t.Errorf("parseURL(%q) = %+v, %v, want %+v", path, got, err, u)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("/unsafe/rs:fill:300:200/plain/s3://photos/a%20b.jpg@png")
	f.Add("/x/z:1:0.0000001/dpr:99999999/w:99999999/pd:99999999/plain/s3://photos/a.jpg")
	f.Add("/x/mw:99999999/mh:1/dpr:0.0000001/c:0.0000001:99999999999/wm:1:re:0.0000001:-99999999:0.0000001/plain/s3://photos/a.jpg")
	f.Add("/x/w:1/czM6Ly9waG90b3MvYS5qcGc.png")
	f.Add("/x/g:fp:0.5:0.5/c:0.5:1/t:1:fff/pd:1:2:3:4/plain/https:/img.example.com/?a")
	l := testLanguage(f)
	f.Fuzz(func(t *testing.T, path string) {
		if u, err := parseURL(path); err == nil {
			again, err := parseURL(u.String())
			if err != nil || !reflect.DeepEqual(again, u) {
				t.Fatalf("%q is %+v; printed %q it is %+v, %v", path, u, u.String(), again, err)
			}
		} else if e := (*language.Error)(nil); !errors.As(err, &e) || e.Status != http.StatusNotFound || e.Code == "" || e.Message == "" {
			t.Fatalf("%q: %v", path, err)
		}
		reading, err := read(l, path)
		if err != nil {
			if e := (*language.Error)(nil); !errors.Is(err, language.ErrNotMine) && (!errors.As(err, &e) || e.Status < 400 || e.Status > 499) {
				t.Fatalf("%q: %v", path, err)
			}
			return
		}
		// What is accepted can be said in canonical terms, or is refused in them.
		if _, err := thumburl.Encode(reading.Request); err != nil {
			if e := (*thumburl.Error)(nil); !errors.As(err, &e) || strings.HasPrefix(e.Field, "edits") {
				t.Fatalf("%q is %+v: %v", path, reading.Request, err)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	edits := func(l *Language, path string) string {
		_, after, _ := strings.Cut(meaning(l, path), `"edits":`)
		return after
	}
	for _, c := range []struct {
		settings   []string
		path, want string
	}{
		{[]string{"PRESETS", "default=rs:fill:30:20/q:90"}, "/unsafe/h:10/plain/s3://photos/a.jpg@jpg", `{"resize":{"height":10,"noUpscale":true,"width":30},"jpeg":{"quality":90}},"outputFormat":"jpeg"}`},
		{[]string{"PRESETS", "a=w:1;b=h:2", "PRESETS_SEPARATOR", ";"}, "/unsafe/pr:a:b/plain/s3://photos/a.jpg", `{"resize":{"fit":"inside","height":2,"noUpscale":true,"width":1}}}`},
		{[]string{"ONLY_PRESETS", "true"}, "/unsafe/thumb:sharp/plain/s3://photos/a.jpg@png", `{"resize":{"height":20,"noUpscale":true,"position":"attention","width":30},"sharpen":0.7},"outputFormat":"png"}`},
		{[]string{"ONLY_PRESETS", "true"}, "/unsafe/w:10/plain/s3://photos/a.jpg", ""},
		{[]string{"ARGUMENTS_SEPARATOR", ",", "PRESETS", "", "WATERMARK_URL", ""}, "/unsafe/s,30,20,1/plain/s3://photos/a.jpg", `{"resize":{"fit":"inside","height":20,"width":30}}}`},
		{[]string{"AUTO_ROTATE", "false"}, "/unsafe/w:10/plain/s3://photos/a.jpg", `{"autoOrient":false,"resize":{"noUpscale":true,"width":10}}}`},
		{[]string{"QUALITY", "77"}, "/unsafe/plain/s3://photos/a.jpg@jpg", `{"jpeg":{"quality":77}},"outputFormat":"jpeg"}`},
		{[]string{"QUALITY", "77", "FORMAT_QUALITY", "webp=60, avif=40"}, "/unsafe/plain/s3://photos/a.jpg", `{"jpeg":{"quality":77},"webp":{"quality":60},"avif":{"quality":40}}}`},
		{[]string{"QUALITY", "77", "FORMAT_QUALITY", "webp=60"}, "/unsafe/fq:webp:50/plain/s3://photos/a.jpg@webp", `{"webp":{"quality":50}},"outputFormat":"webp"}`},
		{[]string{"MAX_RESULT_DIMENSION", "100"}, "/unsafe/plain/s3://photos/a.jpg", `{"resize":{"fit":"inside","height":100,"noUpscale":true,"width":100}}}`},
		{[]string{"MAX_RESULT_DIMENSION", "100"}, "/unsafe/rs:fill:200:100/pd:10/plain/s3://photos/a.jpg", `{"resize":{"height":45,"noUpscale":true,"width":91},"extend":{"background":"#00000000","bottom":5,"left":5,"right":5,"top":5}},"outputFormat":"input"}`},
		{[]string{"MAX_RESULT_DIMENSION", "100"}, "/unsafe/w:50/plain/s3://photos/a.jpg", `{"resize":{"fit":"inside","height":100,"noUpscale":true,"width":50}}}`},
		{[]string{"WATERMARK_URL", ""}, "/unsafe/wm:1/plain/s3://photos/a.jpg", ""},
	} {
		if got := edits(testLanguage(t, c.settings...), c.path); got != c.want {
			t.Errorf("%q %s\n got %s\nwant %s", c.settings, c.path, got, c.want)
		}
	}
	for _, c := range []struct {
		settings   []string
		path, want string
	}{
		{[]string{"BASE_URL", "s3://photos/"}, "/unsafe/w:0/plain/dir/a.jpg", `{"bucket":"photos","key":"dir/a.jpg"}`},
		{[]string{"BASE_URL", "s3://photos/"}, "/unsafe/w:0/plain/s3://photos/a.jpg", `{"bucket":"photos","key":"a.jpg"}`},
		{[]string{"BASE_URL", "https://img.example.com"}, "/unsafe/L2EuanBn", `{"source":"https://img.example.com/a.jpg"}`},
		{[]string{"BASE64_URL_INCLUDES_FILENAME", "true"}, "/unsafe/czM6Ly9waG90b3MvYS5qcGc.png/puppy.jpg", `{"bucket":"photos","key":"a.jpg","outputFormat":"png"}`},
		{[]string{"PATH_PREFIX", "/img/"}, "/img/unsafe/plain/s3://photos/a.jpg", `{"bucket":"photos","key":"a.jpg"}`},
		{[]string{"PATH_PREFIX", "/img"}, "/unsafe/plain/s3://photos/a.jpg", "not mine"},
		{[]string{"SKIP_PROCESSING_FORMATS", "gif"}, "/unsafe/w:0/plain/s3://photos/a.jpg", `{"bucket":"photos","key":"a.jpg"} as it is where it is gif`},
		{[]string{"ALLOWED_PROCESSING_OPTIONS", "w,h"}, "/unsafe/h:0/plain/s3://photos/a.jpg", `{"bucket":"photos","key":"a.jpg"}`},
		{[]string{"ALLOWED_PROCESSING_OPTIONS", "w,h"}, "/unsafe/q:5/plain/s3://photos/a.jpg", `404 ForbiddenOption: the option "q" is not allowed in a URL by the settings`},
		{[]string{"ONLY_PRESETS", "true"}, "/unsafe/none/plain/s3://photos/a.jpg", `404 UnknownPreset: unknown preset "none"`},
	} {
		if got := meaning(testLanguage(t, c.settings...), c.path); got != c.want {
			t.Errorf("%q %s\n got %s\nwant %s", c.settings, c.path, got, c.want)
		}
	}
}

func TestSecurityOptions(t *testing.T) {
	l := testLanguage(t, "ALLOW_SECURITY_OPTIONS", "true", "MAX_SRC_RESOLUTION", "50")
	if reading, err := read(l, "/unsafe/w:5/plain/s3://photos/a.jpg"); err != nil || reading.MaxSourcePixels != 50_000_000 {
		t.Errorf("%+v, %v", reading, err)
	}
	reading, err := read(l, "/unsafe/msr:2.5/msfs:100/maf:5/mafr:1/mrd:30/w:50/plain/s3://photos/a.jpg")
	if err != nil || reading.MaxSourcePixels != 2_500_000 {
		t.Errorf("%+v, %v", reading, err)
	}
	if got := meaning(l, "/unsafe/maf:0/plain/s3://photos/a.jpg"); !strings.HasPrefix(got, "404 InvalidOption") {
		t.Error(got)
	}
}

func TestConfigNamesAllMistakesAtOnce(t *testing.T) {
	env := map[string]string{
		"KEY": "zz", "SIGNATURE_SIZE": "33", "PRESETS": "a=foo:1, b, c=w", "ONLY_PRESETS": "perhaps", "ALLOWED_PROCESSING_OPTIONS": "w,foo",
		"ARGUMENTS_SEPARATOR": "/", "PATH_PREFIX": "img", "QUALITY": "101", "FORMAT_QUALITY": "webp=high", "SKIP_PROCESSING_FORMATS": "exe",
		"TTL": "-1", "MAX_SRC_RESOLUTION": "many", "WATERMARK_URL": "https://img.example.com/w.png", "WATERMARK_OPACITY": "2", "AUTO_ROTATE": "1.5",
	}
	_, err := ConfigFromEnv(func(name string) string { return env[strings.TrimPrefix(name, "IMGPROXY_")] })
	if err == nil {
		t.Fatal("accepted")
	}
	for name := range env {
		if !strings.Contains(err.Error(), "IMGPROXY_"+name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "zz") {
		t.Error("a key is in the error")
	}
	if _, err := ConfigFromEnv(func(string) string { return "" }); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func TestVariant(t *testing.T) {
	l := testLanguage(t)
	for path, want := range map[string]thumburl.Format{
		"/unsafe/w:5/plain/s3://photos/a.jpg":     thumburl.WebP, // the best that the viewer takes
		"/unsafe/w:5/plain/s3://photos/a.jpg@png": thumburl.PNG,  // the URL says
	} {
		reading, err := l.Read(t.Context(), language.Asked{Path: path, Now: now, Variant: thumburl.WebP})
		if err != nil || reading.Request.OutputFormat != want {
			t.Errorf("%s: %v, %v", path, reading.Request.OutputFormat, err)
		}
		if got := reading.Response.Get("Content-Disposition"); got != "inline; filename=a."+want.String() {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	l := testLanguage(t, "TTL", "60", "ALLOW_ORIGIN", "https://example.com")
	for path, want := range map[string]string{
		"/unsafe/w:5/plain/s3://photos/dir/a.jpg@png":                        `inline; filename=a.png`,
		"/unsafe/w:5/plain/s3://photos/dir/a.jpg":                            `inline; filename=a.jpg`,
		"/unsafe/att:1/plain/s3://photos/a%20b.jpg@webp":                     `attachment; filename="a b.webp"`,
		"/unsafe/fn:my%20cat/plain/s3://photos/a.jpg@jpg":                    `inline; filename="my cat.jpg"`,
		"/unsafe/filename:bXkgY2F0:1/plain/s3://photos/a.jpg@jpg":            `inline; filename="my cat.jpg"`,
		"/unsafe/fn:cat.JPG/plain/s3://photos/a@jpg":                         `inline; filename=cat.JPG`,
		"/unsafe/plain/https://img.example.com/x/y.png%3Fa=/b.gif@avif":      `inline; filename=y.avif`,
		"/unsafe/plain/https://img.example.com/@png":                         `inline; filename=image.png`,
		"/unsafe/fn:%D0%BA%D0%BE%D1%82/return_attachment:t/plain/s3://p-p/a": `attachment; filename*=utf-8''%D0%BA%D0%BE%D1%82`,
	} {
		reading, err := read(l, path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		h := l.Headers(reading, language.Original{})
		if got := h.Get("Content-Disposition"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if h.Get("Cache-Control") != "max-age=60, public" || h.Get("Access-Control-Allow-Origin") != "https://example.com" {
			t.Errorf("%v", h)
		}
	}
	// Nothing outlives its URL.
	reading, err := read(l, "/unsafe/exp:"+strconv.FormatInt(now.Unix()+30, 10)+"/plain/s3://photos/a.jpg")
	if err != nil || l.Headers(reading, language.Original{}).Get("Cache-Control") != "max-age=30, public" {
		t.Errorf("30 seconds before it expires: %v, %v", l.Headers(reading, language.Original{}), err)
	}
	for _, bad := range []string{"fn:%zz", "fn:!:1"} {
		if got := meaning(l, "/unsafe/"+bad+"/plain/s3://photos/a.jpg"); !strings.HasPrefix(got, "404 Invalid") {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

// A file name is text of the sender's; it must not begin another header.
func TestFilenameWithLineEnds(t *testing.T) {
	for _, name := range []string{"a%0D%0AX-Evil%3A%201", "YQ0KWC1FdmlsOiAx:1"} {
		reading, err := read(testLanguage(t), "/unsafe/fn:"+name+"/plain/s3://photos/a.jpg@jpg")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v := reading.Response.Get("Content-Disposition"); !strings.Contains(v, "Evil") || strings.ContainsAny(v, "\r\n") {
			t.Errorf("%s: %q", name, v)
		}
	}
}

func TestCacheBuster(t *testing.T) {
	l := testLanguage(t)
	seen := map[string]string{}
	for _, buster := range []string{"", "a", "b", strings.Repeat("a", 200), strings.Repeat("b", 200), "é"} {
		path := "/unsafe/cb:" + buster + "/plain/s3://photos/a.jpg"
		reading, err := read(l, path)
		if err != nil {
			t.Fatal(err)
		}
		if err := reading.Request.Validate(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if other, ok := seen[reading.Request.Version]; ok {
			t.Errorf("%q and %q are stored as one", other, buster)
		}
		seen[reading.Request.Version] = buster
	}
}

func TestExplain(t *testing.T) {
	l := testLanguage(t)
	for given, want := range map[int]int{413: 422, 415: 422, 404: 404, 403: 403, 500: 500, 503: 503} {
		if got, _ := l.Explain(language.Error{Status: given, Code: "X"}); got.Status != want || got.Code != "X" {
			t.Errorf("%d is answered %d", given, got.Status)
		}
	}
	if l.Name() != "imgproxy" {
		t.Error(l.Name())
	}
}
