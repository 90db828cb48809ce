package main

import (
	"slices"
	"strings"
	"testing"
)

func TestLinkerFlags(t *testing.T) {
	got, err := linkerFlags(`-s -w -linkmode external -extldflags "-static -Wl,--gc-sections"`, "/tmp/map")
	if want := `-buildid= -s -w -linkmode external -extldflags "-Wl,-Map=/tmp/map -static -Wl,--gc-sections"`; got != want || err != nil {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	for _, native := range []string{"", "-s -w", `-extldflags "a" -extldflags "b"`} {
		if got, err := linkerFlags(native, "/tmp/map"); err == nil {
			t.Errorf("%q gives %q, want an error", native, got)
		}
	}
}

func TestArchivesIn(t *testing.T) {
	linkMap := `Archive member included to satisfy reference by file (symbol)

/prefix/lib/libvips.a(iofuncs_init.c.o)
                              /tmp/go-link-1/000001.o (vips_init)
/usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/libc.a(printf.o)
                              /prefix/lib/libvips.a(iofuncs_init.c.o) (printf)
/prefix/lib/libvips.a(iofuncs_image.c.o)
                              /prefix/lib/libvips.a(iofuncs_init.c.o) (vips_image)

As-needed library included to satisfy reference by file (symbol)

Memory Configuration

LOAD /usr/lib/libunused.a
 .text          0x0000000000000000        0x0 /usr/lib/libunused.a(unused.o)
`
	got, err := archivesIn(strings.NewReader(linkMap))
	if want := []string{"/prefix/lib/libvips.a", "/usr/lib/x86_64-linux-gnu/libc.a"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	for _, wrong := range []string{"", "Memory Configuration\n", "Archive member included to satisfy reference by file (symbol)\n\n"} {
		if got, err := archivesIn(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q gives %v, want an error", wrong, got)
		}
	}
}
