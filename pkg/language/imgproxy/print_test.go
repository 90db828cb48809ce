package imgproxy

import "strings"

// parseURL reads a path of the usual syntax.
func parseURL(path string) (URL, error) { return syntax{separator: ":"}.parse(path) }

// String is the path of a URL with its source in plain: what parseURL reads back.
func (u URL) String() string {
	var b strings.Builder
	b.WriteString("/" + u.Signature)
	for _, o := range u.Options {
		b.WriteString("/" + strings.Join(append([]string{o.Name}, o.Args...), ":"))
	}
	b.WriteString("/" + plain + "/" + escapeSource(u.Source))
	if u.Extension != "" {
		b.WriteString("@" + u.Extension)
	}
	return b.String()
}
