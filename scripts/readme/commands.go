// Package readme keeps the documents true: each command in them is run by a test, each
// snippet compiles, each link leads somewhere.
package readme

import (
	"regexp"
	"strings"
)

// Documents of the repository, from its top.
var Documents = []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "infra/RUNBOOK.md", "scripts/examples/README.md",
	"pkg/language/imgproxy/README.md", "pkg/language/sih/README.md", "pkg/language/thumbnailurl/README.md"}

var (
	inline  = regexp.MustCompile("`([^`\n]*(?:\n[^`\n]+)?)`")
	command = regexp.MustCompile(`^(make [a-z]|make$|go run |go test |npx |npm |node |bootstrap |aws |scripts/\S+\.sh|cd )`)
	fence   = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```")
)

// Commands of a document that a reader is to type, in its order: lines of indented
// blocks, and code within the text.
func Commands(text string) []string {
	text = fence.ReplaceAllString(text, "")
	var found []string
	add := func(s string) {
		s, _, _ = strings.Cut(s, "  #")
		if s = strings.Join(strings.Fields(s), " "); command.MatchString(s) {
			found = append(found, s)
		}
	}
	var prose []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if !strings.HasPrefix(line, "    ") {
			prose = append(prose, line)
			continue
		}
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, `\`) + lines[i]
		}
		add(line)
	}
	for _, m := range inline.FindAllStringSubmatch(strings.Join(prose, "\n"), -1) {
		add(m[1])
	}
	return found
}

// Snippet is a fenced block of code.
type Snippet struct{ Language, Code string }

// Snippets of a document.
func Snippets(text string) []Snippet {
	var found []Snippet
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		found = append(found, Snippet{m[1], m[2]})
	}
	return found
}
