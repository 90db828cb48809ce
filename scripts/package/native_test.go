package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestStamps(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []debianPackage
		wrong string
	}{
		{"a library, a tool and a program", map[string]string{"glib": "glib2.0 2.84.4-3~deb13u5 trixie " + sum + " library LGPL-2.1-or-later\n",
			"meson": "meson 1.7.0-1 trixie " + sum + " tool Apache-2.0\n", "ssimulacra2": "jpeg-xl 0.11 trixie " + sum + " program BSD-3-Clause\n"},
			[]debianPackage{{name: "glib2.0", version: "2.84.4-3~deb13u5", arch: "source", distro: "debian/trixie", sha256: sum, licence: "LGPL-2.1-or-later"}}, ""},
		{"several licences", map[string]string{"x": "x 1 trixie " + sum + " library IJG AND Zlib\n"},
			[]debianPackage{{name: "x", version: "1", arch: "source", distro: "debian/trixie", sha256: sum, licence: "IJG AND Zlib"}}, ""},
		{"no licence", map[string]string{"glib": "glib2.0 2.84 trixie " + sum + " library\n"}, nil, "licence"},
		{"a stamp of before", map[string]string{"glib": "2.84.4-3~deb13u5\n"}, nil, "glib"},
		{"another word", map[string]string{"glib": "glib2.0 2.84 trixie " + sum + " toll MIT\n"}, nil, "glib"},
		{"no SHA-256", map[string]string{"glib": "glib2.0 2.84 trixie 0a0a library MIT\n"}, nil, "0a0a"},
		{"tools alone", map[string]string{"x": "x 1 trixie " + sum + " tool MIT\n"}, nil, "no stamps"},
	} {
		dir := t.TempDir()
		for name, content := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := stamps(dir)
		if !reflect.DeepEqual(got, c.want) || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: got %v %v, want %v %q", c.name, got, err, c.want, c.wrong)
		}
	}
}

func TestDistro(t *testing.T) {
	path := filepath.Join(t.TempDir(), "os-release")
	if err := os.WriteFile(path, []byte("NAME=\"Debian GNU/Linux\"\nVERSION_CODENAME=bookworm\nID=debian\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := distroIn(path); got != "debian/bookworm" || err != nil {
		t.Errorf("got %q %v", got, err)
	}
	if err := os.WriteFile(path, []byte("ID=gentoo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := distroIn(path); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}

func TestOwnersWantsDebianFiles(t *testing.T) {
	if _, err := os.Stat("/var/lib/dpkg"); err != nil {
		t.Skip("this is no Debian")
	}
	stray := filepath.Join(t.TempDir(), "libstray.a")
	if got, err := owners(t.Context(), []string{stray}); err == nil || !strings.Contains(err.Error(), stray) {
		t.Errorf("got %v %v, want an error that names %s", got, err, stray)
	}
}
