package upload

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFormPolicy(t *testing.T) {
	form, err := testSigner().Form(t.Context(), File{})
	if err != nil {
		t.Fatal(err)
	}
	if form.Method != "POST" || form.URL != "http://127.0.0.1:9000/originals" || !regexp.MustCompile(`^uploads/[a-z2-7]{16}/picture$`).MatchString(form.Key) {
		t.Errorf("got %s %s for %s", form.Method, form.URL, form.Key)
	}
	policy, err := base64.StdEncoding.DecodeString(form.Fields["policy"])
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Expiration time.Time
		Conditions []json.RawMessage
	}
	if err := json.Unmarshal(policy, &p); err != nil {
		t.Fatal(err)
	}
	var conditions []string
	for _, c := range p.Conditions {
		conditions = append(conditions, string(c))
	}
	for _, want := range []string{`["content-length-range",1,41943040]`, `["starts-with","$Content-Type","image/"]`,
		`{"bucket":"originals"}`, `{"success_action_status":"201"}`} {
		if !slices.Contains(conditions, want) {
			t.Errorf("there is no %s in %v", want, conditions)
		}
	}
	if !strings.Contains(string(policy), `"`+form.Key+`"`) {
		t.Errorf("the key is not bound: %s", policy)
	}
	// The moment is S3's, a little after ours.
	if left := time.Until(p.Expiration); left > FormExpires+time.Second || left < FormExpires-10*time.Second {
		t.Errorf("it lives %s", left)
	}
	if form.Fields["Content-Type"] != "image/*" || form.Fields["key"] != form.Key || form.Fields["success_action_status"] != "201" {
		t.Errorf("the fields are %v", form.Fields)
	}
}

func TestFormOfAKnownFile(t *testing.T) {
	form, err := testSigner().Form(t.Context(), File{Name: "My photo.PNG", Type: "image/png"})
	if err != nil || !strings.HasSuffix(form.Key, "/My-photo.png") || form.Fields["Content-Type"] != "image/png" {
		t.Errorf("%+v, %v", form, err)
	}
	_, err = testSigner().Form(t.Context(), File{Type: "text/html"})
	wantError(t, err, CodeUnsupportedType, "type", `"text/html"`)
}
