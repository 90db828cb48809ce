package readme

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goProgram makes what a snippet needs around it.
const goProgram = `package main

import (
	"context"
	"html/template"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/pkg/thumburl/imgtag"
	"github.com/thumbfront/thumbfront/pkg/upload"
)

func main() {
	var (
		ctx    context.Context
		client thumburl.Client
		store  *s3.Client
		secret []byte
		etag   string
	)
	use := func(...any) {}
	use(ctx, client, store, secret, etag, template.New, imgtag.Funcs, upload.Signer{})
	{
%s
	}
}
`

// TestGoSnippetsCompile compiles each with the packages of this repository.
func TestGoSnippetsCompile(t *testing.T) {
	dir, err := os.MkdirTemp(root, "snippets-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	overlay := []string{}
	for i, s := range snippets(t, "go") {
		code := s.Code
		// A snippet shows several calls one under the other: err is said anew each time.
		code = regexp.MustCompile(`(?m)^(\w+), err := `).ReplaceAllString(code, "$1, err$1 := ")
		for _, m := range regexp.MustCompile(`(?m)^(\w+)(?:, (err\w+))? := `).FindAllStringSubmatch(code, -1) {
			code += "use(" + strings.Trim(m[1]+", "+m[2], ", ") + ")\n"
		}
		code = strings.ReplaceAll(code, "s3.NewPresignClient(client)", "s3.NewPresignClient(store)")
		pkg := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(pkg, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pkg, "main.go"), fmt.Appendf(nil, goProgram, code), 0o644); err != nil {
			t.Fatal(err)
		}
		overlay = append(overlay, "./"+filepath.Base(dir)+"/"+fmt.Sprint(i))
	}
	if len(overlay) < 3 {
		t.Fatalf("only %d snippets were found", len(overlay))
	}
	sh(t, "go vet "+strings.Join(overlay, " "))
}

// TestJavaScriptSnippetsParse has node read each; what they do, the tests of the package do.
func TestJavaScriptSnippetsParse(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is missing; `make test` installs it")
	}
	found := snippets(t, "js")
	if len(found) < 4 {
		t.Fatalf("only %d snippets were found", len(found))
	}
	for _, s := range found {
		code := strings.ReplaceAll(s.Code, "=> …", "=> {}")
		file := filepath.Join(t.TempDir(), "snippet.mjs")
		if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "node", "--check", file).CombinedOutput(); err != nil {
			t.Errorf("%s\n%s", s.Code, out)
		}
		for _, m := range regexp.MustCompile(`import \{ ([^}]+) \} from 'thumbfront(/\w+)?'`).FindAllStringSubmatch(s.Code, -1) {
			entry := strings.TrimPrefix(m[2], "/")
			if entry == "" {
				entry = "index"
			}
			types, err := os.ReadFile(filepath.Join(root, "pkg/thumburl/js", entry+".d.ts"))
			if err != nil {
				t.Error(err)
				continue
			}
			for _, name := range strings.Split(m[1], ",") {
				if !regexp.MustCompile(`export (declare )?(class|function) ` + strings.TrimSpace(name) + `\b`).Match(types) {
					t.Errorf("thumbfront%s has no %s", m[2], name)
				}
			}
		}
	}
}

func snippets(t *testing.T, language string) []Snippet {
	t.Helper()
	var found []Snippet
	for _, document := range Documents {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range Snippets(string(text)) {
			if s.Language == language {
				found = append(found, s)
			}
		}
	}
	return found
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	file    = regexp.MustCompile("`((?:infra|lambda|pkg|scripts)/[^`*<{ ]+)`")
)

// namedTest is a test by its folder and its name.
var namedTest = regexp.MustCompile(`^(\S+)\.((?:Test|Fuzz)\w+)$`)

// anchor of a heading, as GitHub makes it.
func anchor(title string) string {
	title = regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(title), "")
	return strings.ReplaceAll(title, " ", "-")
}

// TestLinksLeadSomewhere looks at the links within the repository, and the files that are named.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, document := range Documents {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", document, err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			target, body := document, text
			if to.Path != "" {
				target = filepath.Join(filepath.Dir(document), to.Path)
				read, err := os.ReadFile(filepath.Join(root, target))
				if info, statErr := os.Stat(filepath.Join(root, target)); err != nil && (statErr != nil || !info.IsDir()) {
					t.Errorf("%s: %s leads nowhere", document, m[1])
					continue
				}
				body = string(read)
			}
			if to.Fragment == "" {
				continue
			}
			found := false
			for _, h := range heading.FindAllStringSubmatch(body, -1) {
				found = found || anchor(h[1]) == to.Fragment
			}
			if !found {
				t.Errorf("%s: %s has no heading %s", document, target, to.Fragment)
			}
		}
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			name := strings.TrimRight(strings.Split(m[1], ":")[0], ".,")
			if m := namedTest.FindStringSubmatch(name); m != nil {
				if !hasTest(t, m[1], m[2]) {
					t.Errorf("%s: there is no %s", document, name)
				}
				continue
			}
			found, err := filepath.Glob(filepath.Join(root, name))
			if err != nil || len(found) == 0 {
				t.Errorf("%s: there is no %s", document, name)
			}
		}
	}
}

// Each part of the README is found from its top.
func TestReadmeLeadsToItsParts(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	top, _, _ := strings.Cut(string(data), "\n## ")
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(data), -1) {
		if a := anchor(m[1]); a != "license" && !strings.Contains(top, "(#"+a+")") {
			t.Errorf("the top does not lead to %s", m[1])
		}
	}
}
