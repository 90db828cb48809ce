package readme

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	manifestLine   = regexp.MustCompile("^`([\\w/]+(?:go\\.mod|package\\.json)|go\\.mod)`.*:$")
	dependencyLine = regexp.MustCompile("^- `([^`]+)` \\([\\w.-]+\\): \\S.*\\.$")
)

// A dependency that nobody can give a reason for is not listed, so it fails here. The
// first group of go.mod is what the functions are built of.
func TestDependenciesAreListedWithTheirReasons(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## Dependencies\n")
	if !ok {
		t.Fatal("CONTRIBUTING.md has no list of dependencies")
	}
	var manifests []string
	groups := map[string][][]string{}
	for line := range strings.Lines(section) {
		line = strings.TrimSuffix(line, "\n")
		if m := manifestLine.FindStringSubmatch(line); m != nil {
			if !slices.Contains(manifests, m[1]) {
				manifests = append(manifests, m[1])
			}
			groups[m[1]] = append(groups[m[1]], nil)
		} else if strings.HasPrefix(line, "- ") {
			m := dependencyLine.FindStringSubmatch(line)
			if m == nil || len(manifests) == 0 {
				t.Fatalf("%q is no dependency with licence and reason, below a manifest", line)
			}
			of := groups[manifests[len(manifests)-1]]
			of[len(of)-1] = append(of[len(of)-1], m[1])
		}
	}
	listed := map[string]bool{}
	for _, manifest := range manifests {
		var want []string
		for _, name := range dependencies(t, manifest) {
			if !listed[name] {
				want = append(want, name)
			}
		}
		got := slices.Concat(groups[manifest]...)
		for _, name := range got {
			listed[name] = true
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("of %s are listed\n%s\nwant\n%s", manifest, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for manifest := range strings.Lines(sh(t, "find . -name node_modules -prune -o \\( -name go.mod -o -name package.json \\) -print")) {
		manifest = strings.TrimPrefix(strings.TrimSpace(manifest), "./")
		for _, name := range dependencies(t, manifest) {
			if !listed[name] {
				t.Errorf("%s has %s, which is not listed", manifest, name)
			}
		}
	}

	var built []string
	modules := strings.Fields(sh(t, "go list -deps -f '{{with .Module}}{{.Path}}{{end}}' ./lambda/..."))
	for _, name := range dependencies(t, "go.mod") {
		if slices.Contains(modules, name) {
			built = append(built, name)
		}
	}
	if first := groups["go.mod"][0]; !slices.Equal(first, built) {
		t.Errorf("the functions are built of\n%s\nand listed are\n%s", strings.Join(built, "\n"), strings.Join(first, "\n"))
	}
}

// The README asked for Go 1.25, which can build this only by fetching a newer one.
func TestReadmeAsksForTheGoOfGoMod(t *testing.T) {
	var module struct{ Go string }
	decode(t, []byte(sh(t, "go mod edit -json go.mod")), &module)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "with Go " + module.Go + " or newer"; !strings.Contains(string(text), want) {
		t.Errorf("the README does not ask for a machine %s", want)
	}
}

// dependencies that a manifest names itself, sorted; modules of this repository are none.
func dependencies(t *testing.T, manifest string) []string {
	t.Helper()
	names := map[string]bool{}
	if filepath.Base(manifest) == "go.mod" {
		var module struct {
			Require []struct {
				Path     string
				Indirect bool
			}
			Tool []struct{ Path string }
		}
		decode(t, []byte(sh(t, "go mod edit -json "+manifest)), &module)
		for _, r := range module.Require {
			tool := slices.ContainsFunc(module.Tool, func(tool struct{ Path string }) bool { return tool.Path == r.Path })
			if (!r.Indirect || tool) && !strings.HasPrefix(r.Path, "github.com/thumbfront/") {
				names[r.Path] = true
			}
		}
	} else {
		content, err := os.ReadFile(filepath.Join(root, manifest))
		if err != nil {
			t.Fatal(err)
		}
		var npm struct{ Dependencies, DevDependencies, PeerDependencies, OptionalDependencies map[string]string }
		decode(t, content, &npm)
		for _, of := range []map[string]string{npm.Dependencies, npm.DevDependencies, npm.PeerDependencies, npm.OptionalDependencies} {
			for name := range of {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func decode(t *testing.T, content []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}
