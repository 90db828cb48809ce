package s3

import (
	"bytes"
	"encoding/base64"
	"maps"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// signedForm is one that takes 3 to 10 bytes of image/* for the key in/a.jpg.
func (f *fixture) signedForm(t *testing.T, who Principal, conditions ...any) map[string]string {
	t.Helper()
	post, err := f.presigner(who).PresignPostObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("in/a.jpg")},
		func(o *s3sdk.PresignPostOptions) {
			o.Expires = 5 * time.Minute
			o.Conditions = append([]any{[]any{"content-length-range", 3, 10}, []any{"starts-with", "$Content-Type", "image/"}}, conditions...)
		})
	if err != nil {
		t.Fatal(err)
	}
	post.Values["Content-Type"] = "image/jpeg"
	return post.Values
}

// sendForm sends the fields, then the file.
func (f *fixture) sendForm(t *testing.T, fields map[string]string, file string) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", `C:\my "file".jpg`)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(file))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return send(t, "POST", f.url+"/"+testBucket, http.Header{"Content-Type": {w.FormDataContentType()}}, body.Bytes())
}

// startNow runs a server at the machine's own time, by which the SDK signs forms.
func startNow(t *testing.T) *fixture {
	f := start(t, Options{})
	f.clock.advance(time.Since(f.clock.Now()))
	return f
}

func TestForm(t *testing.T) {
	f := startNow(t)
	fields := f.signedForm(t, writer)
	resp, body := f.sendForm(t, fields, "picture")
	if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Etag") != etagOf("picture") {
		t.Fatalf("%d %s %v", resp.StatusCode, body, resp.Header)
	}
	head, err := f.as(owner).HeadObject(t.Context(), headInput("in/a.jpg"))
	if err != nil || aws.ToString(head.ContentType) != "image/jpeg" || f.get(t, "in/a.jpg") != "picture" {
		t.Errorf("%+v, %v", head, err)
	}
}

func TestFormAnswers(t *testing.T) {
	f := startNow(t)
	for status, want := range map[string]int{"200": 200, "201": 201, "204": 204, "500": 204} {
		fields := f.signedForm(t, owner, map[string]string{"success_action_status": status})
		fields["success_action_status"] = status
		resp, body := f.sendForm(t, fields, "picture")
		if resp.StatusCode != want || (status == "201") != strings.Contains(body, "<Key>in/a.jpg</Key>") {
			t.Errorf("%s: %d %s", status, resp.StatusCode, body)
		}
	}
	fields := f.signedForm(t, owner, []any{"starts-with", "$success_action_redirect", ""})
	fields["success_action_redirect"] = "http://127.0.0.1:1/done?a=b"
	var location string
	client := http.DefaultClient.CheckRedirect
	http.DefaultClient.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		location = r.URL.String()
		return http.ErrUseLastResponse
	}
	defer func() { http.DefaultClient.CheckRedirect = client }()
	resp, _ := f.sendForm(t, fields, "picture")
	if want := "http://127.0.0.1:1/done?a=b&bucket=pictures&etag=%22"; resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(location, want) {
		t.Errorf("%d to %s, want %s", resp.StatusCode, location, want)
	}
}

func TestFormIsHeldToItsPolicy(t *testing.T) {
	f := startNow(t)
	for name, c := range map[string]struct {
		who    Principal
		change map[string]string
		file   string
		later  time.Duration
		status int
		code   string
		says   string
	}{
		"too large":          {owner, nil, "01234567890", 0, 400, "EntityTooLarge", ""},
		"as large as may be": {owner, nil, "0123456789", 0, 204, "", ""},
		"too small":          {owner, nil, "01", 0, 400, "EntityTooSmall", ""},
		"another type":       {owner, map[string]string{"Content-Type": "text/html"}, "picture", 0, 403, "AccessDenied", "starts-with"},
		"a list of types":    {owner, map[string]string{"Content-Type": "image/png, text/html"}, "picture", 0, 403, "AccessDenied", "starts-with"},
		"no type":            {owner, map[string]string{"Content-Type": ""}, "picture", 0, 403, "AccessDenied", "starts-with"},
		"another key":        {owner, map[string]string{"key": "in/b.jpg"}, "picture", 0, 403, "AccessDenied", "$key"},
		"a field too many":   {owner, map[string]string{"x-amz-meta-a": "b"}, "picture", 0, 403, "AccessDenied", "Extra input fields"},
		"an ignored field":   {owner, map[string]string{"x-ignore-a": "b"}, "picture", 0, 204, "", ""},
		"too late":           {owner, nil, "picture", 6 * time.Minute, 403, "AccessDenied", "expired"},
		"no policy":          {owner, map[string]string{"policy": ""}, "picture", 0, 403, "AccessDenied", ""},
		"another policy":     {owner, map[string]string{"policy": base64.StdEncoding.EncodeToString([]byte(`{}`))}, "picture", 0, 403, "SignatureDoesNotMatch", ""},
		"a forged signature": {owner, map[string]string{"X-Amz-Signature": strings.Repeat("0", 64)}, "picture", 0, 403, "SignatureDoesNotMatch", ""},
		"another algorithm":  {owner, map[string]string{"X-Amz-Algorithm": "none"}, "picture", 0, 400, "InvalidArgument", ""},
		"who may not":        {reader, nil, "picture", 0, 403, "AccessDenied", ""},
		"nobody":             {Principal{AccessKeyID: "NOBODY", SecretAccessKey: "x"}, nil, "picture", 0, 403, "InvalidAccessKeyId", ""},
		"long fields":        {owner, map[string]string{"x-ignore-a": strings.Repeat("b", maxFormFields)}, "picture", 0, 400, "MaxPostPreDataLengthExceeded", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.as(owner).DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("in/a.jpg")}); err != nil {
				t.Fatal(err)
			}
			fields := f.signedForm(t, c.who)
			maps.Copy(fields, c.change)
			f.clock.advance(c.later)
			resp, body := f.sendForm(t, fields, c.file)
			f.clock.advance(-c.later)
			if resp.StatusCode != c.status || c.code != "" && !strings.Contains(body, "<Code>"+c.code+"</Code>") || !strings.Contains(body, c.says) {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, c.status, c.code)
			}
			_, err := f.as(owner).HeadObject(t.Context(), headInput("in/a.jpg"))
			if (err == nil) != (c.status == 204) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestFormWithoutAFile(t *testing.T) {
	f := startNow(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range f.signedForm(t, owner) {
		_ = w.WriteField(name, value)
	}
	_ = w.Close()
	resp, text := send(t, "POST", f.url+"/"+testBucket, http.Header{"Content-Type": {w.FormDataContentType()}}, body.Bytes())
	wantRefused(t, resp, text, 400, "InvalidArgument")
	resp, text = send(t, "POST", f.url+"/"+testBucket, http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, []byte("--x\r\nnonsense"))
	wantRefused(t, resp, text, 400, "MalformedPOSTRequest")
	resp, text = send(t, "POST", f.url+"/none", http.Header{"Content-Type": {w.FormDataContentType()}}, body.Bytes())
	wantRefused(t, resp, text, 404, "NoSuchBucket")
}

func TestPostPolicyParses(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                     "no JSON",
		`{"expiration":"soon"}`: `"soon"`,
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[{}]}`:                                      "{}",
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","key","a"]]}`:                        "not understood",
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[["ends-with","$key","a"]]}`:                "not understood",
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",5,1]]}`:            "not understood",
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range","1","5"]]}`:        "not understood",
		`{"expiration":"2030-01-01T00:00:00Z","conditions":[["content-length-range",-1,5],{"a":"b"}]}`: "not understood",
	} {
		if _, err := parsePostPolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func FuzzPostPolicy(f *testing.F) {
	f.Add([]byte(`{"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":"a"},["starts-with","$Content-Type","image/"],["content-length-range",1,5]]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePostPolicy(text)
		if err == nil && (p.min < 0 || p.expiration.IsZero() && !bytes.Contains(text, []byte("0001"))) {
			t.Errorf("%s is %+v", text, p)
		}
		form{"key": "a"}.check(p, "b")
	})
}
