package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// A codec that is refused memory says that the data is bad. Ingest would have moved a good
// original into quarantine.
func TestWithoutMemoryAnOriginalIsNotCalledDamaged(t *testing.T) {
	source := testdata(t, "quad-progressive.jpg")
	said := func() Code { return undecodable(source, KindJPEG, errors.New("Insufficient memory")).Code }
	if got := said(); got != CodeSourceCorrupt {
		t.Fatalf("with memory enough: %s", got)
	}
	var got Code
	starved(mostAtOnce/4, func() { got = said() })
	if got != CodeFailed {
		t.Errorf("got %s, want %s", got, CodeFailed)
	}
}

// libheif wrote an AVIF without a picture, and no error, where its encoder got no thread. It
// was stored and cached.
func TestAVIFWithoutAPictureIsNoAnswer(t *testing.T) {
	if err := opensAsAVIF(testdata(t, "quad.avif")); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if err := opensAsAVIF(testdata(t, "no-picture.avif")); err == nil {
		t.Error("no error")
	}
}

// With little memory a render may fail, and so may the process. What it gives is right. The
// bounds are tried in processes of their own.
func TestNothingWrongIsRenderedWithoutMemory(t *testing.T) {
	skipRaced(t)
	source := t.TempDir() + "/source.png"
	if err := os.WriteFile(source, encodePNG(t, scenery(320, 240, false)), 0o600); err != nil {
		t.Fatal(err)
	}
	right := 0
	for _, format := range []thumburl.Format{thumburl.AVIF, thumburl.WebP, thumburl.JPEG, thumburl.PNG} {
		for _, profile := range []Profile{DefaultProfile, FastProfile} {
			job, err := json.Marshal(starving{File: source, Format: format, Profile: profile})
			if err != nil {
				t.Fatal(err)
			}
			c := exec.Command(os.Args[0], "-test.run=^$")
			c.Env = append(os.Environ(), starvingVariable+"="+string(job))
			out, _ := c.Output() // it may die
			for line := range bytes.Lines(out) {
				var o outcome
				if json.Unmarshal(line, &o) != nil {
					continue
				}
				switch {
				case o.Wrong:
					t.Errorf("%s, profile %v, %d bytes of memory: %d bytes that are another picture", format, profile, o.Memory, o.Bytes)
				case o.Code == "":
					right++
				case o.Code != CodeFailed:
					t.Errorf("%s, profile %v, %d bytes of memory: %s, want %s", format, profile, o.Memory, o.Code, CodeFailed)
				}
			}
		}
	}
	if right == 0 {
		t.Error("nothing was rendered at all")
	}
}

// starving is what a child renders again and again, with more memory each time.
type starving struct {
	File    string
	Format  thumburl.Format
	Profile Profile
}

// outcome of one render.
type outcome struct {
	Memory, Bytes int
	Code          Code // empty: it was rendered
	Wrong         bool // but is not what it is with memory enough
}

const starvingVariable = "THUMBFRONT_RENDER_STARVING"

func beStarved(encoded string) error {
	var s starving
	if err := json.Unmarshal([]byte(encoded), &s); err != nil {
		return err
	}
	source, err := os.ReadFile(s.File)
	if err != nil {
		return err
	}
	render := func() (Picture, error) {
		return Renderer{Profile: s.Profile}.Render(context.Background(), source, Job{Format: s.Format, Edits: thumburl.Edits{thumburl.Resize{Width: 144, Height: 132}}})
	}
	whole, err := render()
	if err != nil {
		return err
	}
	for bound := 16 << 10; bound < 64<<20; bound += 16<<10 + bound/8 {
		var p Picture
		starved(bound, func() { p, err = render() })
		o := outcome{Memory: bound, Bytes: len(p.Body), Wrong: err == nil && !bytes.Equal(p.Body, whole.Body)}
		var failed *Error
		if errors.As(err, &failed) {
			o.Code = failed.Code
		}
		if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
			return err
		}
	}
	return nil
}

// starved calls f with so many bytes of address space beyond what there is.
func starved(bytes int, f func()) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &before); err != nil {
		panic(fmt.Sprint("no bound of the address space: ", err))
	}
	bound := before
	bound.Cur = uint64(memory("VmSize:") + bytes)
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &bound); err != nil {
		panic(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_AS, &before) }()
	f()
}
