package imgtag

import (
	"errors"
	"html/template"
	"os"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func Example() {
	client := thumburl.Client{Base: "https://cdn.example.com"} // presets need no secret
	page := template.Must(template.New("card").Funcs(Funcs(client)).Parse(
		`<img src="{{preset "card" .Key}}" width="288" height="264" alt="{{.Name}}">`))
	_ = page.Execute(os.Stdout, map[string]string{"Key": "uploads/photo.jpg", "Name": "A beach"})
	// Output:
	// <img src="https://cdn.example.com/eyJrZXkiOiJ1cGxvYWRzL3Bob3RvLmpwZyIsInByZXNldCI6ImNhcmQifQ" width="288" height="264" alt="A beach">
}

// What html/template makes of the attributes is what was written: it rewrites a srcset
// that it does not know to be safe.
func TestAttributesArriveWhole(t *testing.T) {
	client := thumburl.Client{Base: "https://cdn.example.com/a&b", Secret: []byte("a secret of at least 16 bytes")}
	page := template.Must(template.New("").Funcs(Funcs(client)).Parse(`<img {{thumb .Key 288 264 .ETag .Sizes}} alt="{{.Name}}">|<img src="{{preset "card" .Key}}">`))
	var b strings.Builder
	if err := page.Execute(&b, map[string]string{"Key": `uploads/"><script>.jpg`, "ETag": `"e"`, "Sizes": `(max-width: 600px) 100vw, "50vw"`, "Name": `"><script>`}); err != nil {
		t.Fatal(err)
	}
	r := thumburl.Request{Key: `uploads/"><script>.jpg`, Version: "e", OutputFormat: thumburl.Auto, Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}}
	want, err := client.Img(r, thumburl.ImgOptions{Sizes: `(max-width: 600px) 100vw, "50vw"`})
	if err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, part := range []string{` src="` + template.HTMLEscapeString(want.Src) + `"`, ` srcset="` + template.HTMLEscapeString(want.SrcSet) + `"`,
		` sizes="(max-width: 600px) 100vw, &#34;50vw&#34;"`, ` width="288" height="264" loading="lazy" alt="&#34;&gt;&lt;script&gt;"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks\n%s", got, part)
		}
	}
	if strings.Contains(got, "<script") || strings.Contains(got, "secret") {
		t.Errorf("%s", got)
	}
}

func TestMistakesEndThePage(t *testing.T) {
	for text, field := range map[string]string{
		`<img {{thumb "" 288 0}}>`:                 "key",
		`<img {{thumb "k" 5000 0}}>`:               "edits.resize.width",
		`<img {{thumb "k" 288 264 "" "50vw" ""}}>`: "thumb", // the last one was dropped
		`<img src="{{preset "Card" "k"}}">`:        "preset",
	} {
		page := template.Must(template.New("").Funcs(Funcs(thumburl.Client{})).Parse(text))
		err := page.Execute(&strings.Builder{}, nil)
		var e *thumburl.Error
		if !errors.As(err, &e) || e.Field != field || e.Given == "" || e.Allowed == "" {
			t.Errorf("%s: got %v, want a mistake of %s", text, err, field)
		}
	}
}
