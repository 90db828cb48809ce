package settings

import (
	"fmt"
	"strings"
)

// Table lists all settings in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| setting | default | allowed | what |\n|---|---|---|---|\n")
	for _, f := range fields {
		otherwise := "nothing"
		if f.otherwise != "" {
			otherwise = "`" + f.otherwise + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, otherwise, escape(f.allowed), escape(f.what))
	}
	return b.String()
}

// escape keeps Markdown from taking a * for emphasis.
func escape(text string) string { return strings.ReplaceAll(text, "*", `\*`) }
