package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropMode is what leaves the page cache before a start.
type dropMode string

const (
	dropNone dropMode = "none"
	// dropPackage needs no root, leaves the rest of the machine alone, and is
	// kind to node, whose executable stays: on Lambda it is the runtime's.
	dropPackage dropMode = "package"
	dropAll     dropMode = "all"
)

func (m *dropMode) String() string { return string(*m) }

// Set is for package flag.
func (m *dropMode) Set(s string) error {
	switch mode := dropMode(s); mode {
	case dropNone, dropPackage, dropAll:
		*m = mode
		return nil
	}
	return fmt.Errorf("want package, all or none")
}

func (m dropMode) drop(files []string) error {
	switch m {
	case dropAll:
		unix.Sync()
		return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0)
	case dropPackage:
		for _, file := range files {
			if err := dropFile(file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

// dropFile fails where the kernel kept a page: the advice is only advice.
func dropFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	if err := f.Sync(); err != nil { // dirty pages stay
		return err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return err
	}
	pages, err := residentPages(f, int(info.Size()))
	if err == nil && pages > 0 {
		err = fmt.Errorf("%d pages stay in memory", pages)
	}
	return err
}

func residentPages(f *os.File, size int) (int, error) {
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	defer func() { _ = unix.Munmap(mapped) }()
	states := make([]byte, (size+os.Getpagesize()-1)/os.Getpagesize())
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(size), uintptr(unsafe.Pointer(&states[0])))
	if errno != 0 {
		return 0, errno
	}
	pages := 0
	for _, state := range states {
		pages += int(state & 1)
	}
	return pages, nil
}
