package audit

import (
	"bufio"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// columns are the words of the lines of a file of scripts/native that are no comments.
func columns(t *testing.T, name string) (lines [][]string) {
	t.Helper()
	file, err := os.Open(filepath.Join(root, "scripts/native", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if words := strings.Fields(s.Text()); len(words) > 0 && words[0] != "#" {
			lines = append(lines, words)
		}
	}
	return lines
}

// The list of what the pinned sources are mended against is that of the recipe; what is
// accepted is about it.
func TestWeaknessesAreOfTheRecipe(t *testing.T) {
	pinned := map[string]string{}
	for _, line := range columns(t, "recipe") {
		pinned[line[2]] = line[3]
	}
	name := regexp.MustCompile(`^(CVE-\d{4}-\d+|GHSA(-[0-9a-z]{4}){3})$`)
	named := 0
	listed := map[string]bool{}
	for _, line := range columns(t, "fixed") {
		if pinned[line[0]] != line[1] {
			t.Errorf("fixed has %s %s, the recipe %s: scripts/native/weaknesses.sh --fixed", line[0], line[1], pinned[line[0]])
		}
		listed[line[0]] = true
		for _, weakness := range line[2:] {
			named++
			if !name.MatchString(weakness) {
				t.Errorf("fixed: %s has %q", line[0], weakness)
			}
		}
	}
	for each := range pinned {
		if !listed[each] {
			t.Errorf("fixed has no %s: scripts/native/weaknesses.sh --fixed", each)
		}
	}
	if named < 300 {
		t.Errorf("only %d weaknesses", named)
	}
	for _, line := range columns(t, "accepted") {
		if pinned[line[0]] == "" || pinned[line[0]] == line[1] || len(line) < 6 {
			t.Errorf("accepted: %s; want a package of the recipe, a newer version and a reason", strings.Join(line, " "))
		}
	}
}

// What a newer version mends and the pinned one does not fails the audit, once for each
// such version; sources that can't be asked are said.
func TestWeaknesses(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("there is no dpkg")
	}
	for _, c := range []struct {
		name, newest, changelog, accepted string
		update, status                    int
		want                              string
	}{
		{"the newest", "1.0-1", "", "", 0, 0, "thing 1.0-1: the newest in trixie"},
		{"a newer one", "1.0-2", "thing (1.0-2)\n * CVE-2026-0002, GHSA-aaaa-bbbb-cccc\nthing (1.0-1)\n * CVE-2025-0001\n", "", 0, 1, "which alone mends: CVE-2026-0002 GHSA-aaaa-bbbb-cccc"},
		{"one that mends nothing", "1.0-2", "thing (1.0-2)\n * prettier\n", "", 0, 0, "mends: nothing that has a name"},
		{"accepted", "1.0-2", "CVE-2026-0002", "thing 1.0-2 not built", 0, 0, "accepted: not built"},
		{"newer than what is accepted", "1.0-3", "CVE-2026-0002", "thing 1.0-2 not built", 0, 1, "mends: CVE-2026-0002"},
		{"no changelog", "1.0-2", "", "", 0, 0, "its changelog can't be had here"},
		{"no suites", "1.0-2", "", "", 100, 2, "Debian's suites could not be asked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, tools, cache := t.TempDir(), t.TempDir(), t.TempDir()
			write := func(file, text string, mode os.FileMode) {
				t.Helper()
				if err := os.WriteFile(file, []byte(text), mode); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"common.sh", "sources.sh", "weaknesses.sh"} {
				text, err := os.ReadFile(filepath.Join(root, "scripts/native", name))
				if err != nil {
					t.Fatal(err)
				}
				write(filepath.Join(dir, name), string(text), 0o755)
			}
			if err := os.CopyFS(filepath.Join(dir, "patches"), os.DirFS(t.TempDir())); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"patches/a.patch", "quantise/libimagequant.h", "quantise/quantise.c", "hevc/a.cc", "inflate/inflate_isal.c", "inflate/inflate_isal.h", "build.sh"} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				write(filepath.Join(dir, name), "", 0o644)
			}
			write(filepath.Join(dir, "recipe"), "library thing thing 1.0-1 trixie 0a MIT\n", 0o644)
			write(filepath.Join(dir, "fixed"), "# what\nthing 1.0-1 CVE-2025-0001\n", 0o644)
			write(filepath.Join(dir, "accepted"), c.accepted+"\n", 0o644)
			doc := filepath.Join(tools, "root/usr/share/doc/thing-dev")
			if err := os.MkdirAll(doc, 0o755); err != nil {
				t.Fatal(err)
			}
			if c.changelog != "" {
				var zipped strings.Builder
				z := gzip.NewWriter(&zipped)
				if _, err := z.Write([]byte(c.changelog)); err != nil || z.Close() != nil {
					t.Fatal(err)
				}
				write(filepath.Join(doc, "changelog.Debian.gz"), zipped.String(), 0o644)
			}
			write(filepath.Join(tools, "apt-get"), `#!/bin/sh
case "$*" in
*indextargets*) echo "http://127.0.0.1:1/debian" ;;
*" update") exit `+map[int]string{0: "0", 100: "100"}[c.update]+` ;;
*" download thing-dev=`+c.newest+`") # which the security updates alone have, as in the days before a point release
	grep -q '^deb .* trixie-security main' "`+cache+`/thumbfront/apt/sources.list" && touch thing-dev_1.deb ;;
*) exit 1 ;;
esac
`, 0o755)
			write(filepath.Join(tools, "apt-cache"), `#!/bin/sh
case "$*" in
*madison*) echo " thing | `+c.newest+` | http://127.0.0.1:1/debian trixie/main Sources" ;;
*) printf 'Package: thing\nBinary: libthing1, thing-dev\nVersion: 0\n\nPackage: thing\nVersion: `+c.newest+`\nBinary: libthing1, thing-dev\n' ;;
esac
`, 0o755)
			write(filepath.Join(tools, "dpkg-deb"), "#!/bin/sh\nexec tar -c -C "+tools+"/root ./usr\n", 0o755)
			command := exec.Command(filepath.Join(dir, "weaknesses.sh"))
			command.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + cache, "XDG_CACHE_HOME=" + cache}
			out, err := command.CombinedOutput()
			var exit *exec.ExitError
			status := 0
			if errors.As(err, &exit) {
				status = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if status != c.status || !strings.Contains(string(out), c.want) {
				t.Errorf("status %d, want %d, and %q in:\n%s", status, c.status, c.want, out)
			}
		})
	}
}

// make test, which CI runs, looks for weaknesses.
func TestMakeTestAudits(t *testing.T) {
	command := exec.Command("make", "-n", "test")
	command.Dir = root
	out, err := command.Output()
	if err != nil || !strings.Contains(string(out), "\nscripts/audit.sh ") {
		t.Errorf("%v: make test ends with %q", err, out[max(0, len(out)-400):])
	}
}
