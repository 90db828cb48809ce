package imgproxy

import (
	"mime"
	"net/url"
	"path"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// disposition names the file: as the URL says, or as the original is called, with the
// extension of the answer.
func disposition(u URL, o Options) string {
	how := "inline"
	if o.ReturnAttachment {
		how = "attachment"
	}
	name := o.Filename
	if name == "" {
		name = fileName(u.Source)
	}
	extension := o.Format.String()
	switch {
	case o.Format == thumburl.JPEG:
		extension = "jpg"
	case o.Format == thumburl.Source:
		extension = strings.TrimPrefix(path.Ext(fileName(u.Source)), ".")
	}
	if extension != "" && o.Filename == "" {
		name = strings.TrimSuffix(name, path.Ext(name)) + "." + extension
	} else if extension != "" && !strings.HasSuffix(strings.ToLower(name), "."+extension) {
		name += "." + extension
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// fileName is the last segment of a URL's path.
func fileName(source string) string {
	if u, err := url.Parse(source); err == nil && u.Path != "" {
		source = u.Path
	}
	name := path.Base(source)
	if name == "/" || name == "." || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "image"
	}
	return name
}
