package contender

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	dir := t.TempDir()
	source, out := filepath.Join(dir, "source"), filepath.Join(dir, "out")
	if err := os.WriteFile(source, []byte("pixels"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := strings.NewReader(`{"source":"` + source + `","width":2,"height":3,"format":"jpeg","quality":80,"out":"` + out + `"}
{"source":"` + source + `","width":2,"format":"avif"}
`)
	var jobs []Job
	var answers bytes.Buffer
	err := Serve(in, &answers, func(source []byte, j Job) ([]byte, error) {
		jobs = append(jobs, j)
		if j.Format == "avif" {
			return nil, errors.New("no avif")
		}
		return append(source, "!"...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"bytes":7}` + "\n" + `{"bytes":0,"error":"no avif"}` + "\n"; answers.String() != want {
		t.Errorf("answers %s; want %s", &answers, want)
	}
	if written, err := os.ReadFile(out); err != nil || string(written) != "pixels!" {
		t.Errorf("wrote %q, %v", written, err)
	}
	if want := (Job{Source: source, Width: 2, Height: 3, Format: "jpeg", Quality: 80, Out: out}); len(jobs) != 2 || jobs[0] != want {
		t.Errorf("jobs %+v; want first %+v", jobs, want)
	}
}

// A contender that dies is an error, not a job that it cannot do.
func TestProcess(t *testing.T) {
	p, err := Start(os.Environ(), "", "sh", "-c", `read job; echo '{"bytes":5}'; read job; echo '{"error":"no"}'; read job`)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if bytes, err := p.Render(Job{}); bytes != 5 || err != nil {
		t.Errorf("%d, %v", bytes, err)
	}
	if _, err := p.CPU(); err != nil {
		t.Error(err)
	}
	if _, err := p.Render(Job{}); !errors.Is(err, ErrUnable) {
		t.Errorf("%v; want ErrUnable", err)
	}
	if _, err := p.Render(Job{}); err == nil || errors.Is(err, ErrUnable) {
		t.Errorf("%v from a contender that ended", err)
	}
}
