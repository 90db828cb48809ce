package packagetest

import (
	"archive/zip"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// processors are the machines that qemu plays, by ELF's name: Go's, and qemu's.
var processors = map[elf.Machine][2]string{elf.EM_AARCH64: {"arm64", "aarch64"}, elf.EM_X86_64: {"amd64", "x86_64"}}

// emptyRoot unpacks the zip into a root of its own and gives a script outside of
// it that becomes the bootstrap within, and the file to which each start of it
// adds a line.
func emptyRoot(t *testing.T, zipped string) (wrapper, starts string) {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	unpack(t, zipped, root)
	command := "/bootstrap"
	if emulator := emulatorOf(t, filepath.Join(root, "bootstrap")); emulator != "" {
		copyExecutable(t, emulator, filepath.Join(root, "qemu"))
		command = "/qemu /bootstrap"
	}
	wrapper, starts = filepath.Join(dir, "wrapper"), filepath.Join(dir, "starts")
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>'%s'\nexec %s %s\n", starts, enter(t, dir, root), command)
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return wrapper, starts
}

// nobody has no rights; so has the user of a function.
const nobody = "--userspec=65534:65534"

// enter is the command that makes root a process's only files: chroot, without
// root's rights, where that is permitted, else bubblewrap.
func enter(t *testing.T, dir, root string) string {
	t.Helper()
	if os.Geteuid() == 0 {
		// What the tests are given is root's alone, and the process is nobody.
		for _, d := range []string{root, dir, filepath.Dir(dir)} {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		chroot, err := exec.LookPath("chroot")
		if err == nil && exec.Command(chroot, nobody, "/", "/bin/true").Run() == nil {
			return fmt.Sprintf("%s %s '%s'", chroot, nobody, root)
		}
	}
	bubblewrap, err := exec.LookPath("bwrap")
	if err != nil {
		t.Fatalf("chroot is not permitted here, and bubblewrap is missing: %v", err)
	}
	return fmt.Sprintf("%s --unshare-user --die-with-parent --ro-bind '%s' /", bubblewrap, root)
}

// unpack writes what is in the zip, with its modes.
func unpack(t *testing.T, zipped, root string) {
	t.Helper()
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, file := range archive.File {
		if file.Name != filepath.Base(file.Name) {
			t.Fatalf("the zip holds %q, want files at its top alone", file.Name)
		}
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		write(t, content, filepath.Join(root, file.Name), file.Mode())
	}
}

func copyExecutable(t *testing.T, from, to string) {
	t.Helper()
	file, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, to, 0o755)
}

func write(t *testing.T, content io.ReadCloser, path string, mode os.FileMode) {
	t.Helper()
	defer content.Close()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, content); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// emulatorOf gives the path of qemu where a foreign processor is needed.
func emulatorOf(t *testing.T, bootstrap string) string {
	t.Helper()
	file, err := elf.Open(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	processor, ok := processors[file.Machine]
	if !ok {
		t.Fatalf("the bootstrap is for %s", file.Machine)
	}
	if processor[0] == runtime.GOARCH {
		return ""
	}
	path, err := exec.LookPath("qemu-" + processor[1] + "-static")
	if err != nil {
		t.Fatalf("a bootstrap for %s needs Debian's qemu-user-static here: %v", processor[1], err)
	}
	return path
}

// startsIn counts the lines of the wrapper.
func startsIn(t *testing.T, path string) int {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(content), "\n")
}
