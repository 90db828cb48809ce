// Package imgtag writes <img> elements of thumbnails in html/template.
package imgtag

import (
	"html"
	"html/template"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Funcs are functions for [template.Template.Funcs]:
//
//	<img {{thumb .Key 288 264}} alt="{{.Name}}">
//	<img {{thumb .Key 288 264 .ETag "50vw"}} alt="{{.Name}}">
//	<img src="{{preset "card" .Key}}" width="288" height="264" alt="{{.Name}}">
//
// thumb gives src, srcset, width, height and loading="lazy" of a picture that fills its
// box, in the best format that the viewer takes. Behind the size may stand the
// original's ETag, empty where it is not known, and then the attribute sizes. An error
// ends the execution of the template, as it does for every function.
//
// It runs on a server, so the client may hold the secret; what it writes holds none.
func Funcs(client thumburl.Client) template.FuncMap {
	return template.FuncMap{
		"preset": client.Preset,
		"thumb": func(key string, width, height int, more ...string) (template.HTMLAttr, error) {
			r := thumburl.Request{Key: key, OutputFormat: thumburl.Auto,
				Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: height}}}
			var o thumburl.ImgOptions
			if len(more) > 2 {
				return "", &thumburl.Error{Code: thumburl.CodeInvalidField, Field: "thumb", Given: strconv.Itoa(3+len(more)) + " arguments",
					Allowed: `key, width, height, ETag and sizes, such as "uploads/photo.jpg" 288 264 .ETag "50vw"`}
			}
			if len(more) > 0 {
				r.Version = more[0]
			}
			if len(more) > 1 {
				o.Sizes = more[1]
			}
			img, err := client.Img(r, o)
			if err != nil {
				return "", err
			}
			return attributes(img), nil
		},
	}
}

func attributes(img thumburl.Img) template.HTMLAttr {
	var b strings.Builder
	add := func(name, value string) {
		b.WriteString(name + `="` + html.EscapeString(value) + `" `)
	}
	add("src", img.Src)
	add("srcset", img.SrcSet)
	if img.Sizes != "" {
		add("sizes", img.Sizes)
	}
	if img.Width > 0 {
		add("width", strconv.Itoa(img.Width))
	}
	if img.Height > 0 {
		add("height", strconv.Itoa(img.Height))
	}
	return template.HTMLAttr(b.String() + `loading="lazy"`)
}
