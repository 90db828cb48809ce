// Package score judges pictures by SSIMULACRA2 against references that no
// contender had a hand in: the original decoded in full and resized by Pillow's
// Lanczos, once in linear light and once in gamma space. The two disagree about
// what a small picture should look like, so both are made.
package score

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed pictures.py
var script string

// python is Debian's, which has its python3-pil and python3-numpy.
const python = "/usr/bin/python3"

// References of one picture: paths of PNGs.
type References struct{ Linear, Gamma string }

// Judge makes references and scores. It is used by one goroutine.
type Judge struct {
	cache, temp       string
	ssimulacra2, heif string
	pillow            *exec.Cmd
	in                io.WriteCloser
	out               *bufio.Reader
}

// New takes its tools from a native prefix (make native) and keeps references in
// a cache folder.
func New(prefix, cache string) (*Judge, error) {
	j := &Judge{cache: cache, ssimulacra2: filepath.Join(prefix, "bin/ssimulacra2"), heif: filepath.Join(prefix, "bin/heif-convert")}
	for _, tool := range []string{j.ssimulacra2, j.heif} {
		if _, err := os.Stat(tool); err != nil {
			return nil, fmt.Errorf("%w; make native builds it", err)
		}
	}
	var err error
	if err = os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	if j.temp, err = os.MkdirTemp("", "bench-score-"); err != nil {
		return nil, err
	}
	j.pillow = exec.Command(python, "-c", script)
	j.pillow.Stderr = os.Stderr
	if j.in, err = j.pillow.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := j.pillow.StdoutPipe()
	if err != nil {
		return nil, err
	}
	j.out = bufio.NewReader(out)
	return j, j.pillow.Start()
}

// Close ends the judge's process and removes its files.
func (j *Judge) Close() {
	_ = j.in.Close()
	_ = j.pillow.Wait() // it ends with its input
	_ = os.RemoveAll(j.temp)
}

func (j *Judge) do(task map[string]any) error {
	line, err := json.Marshal(task)
	if err != nil {
		return err
	}
	if _, err := j.in.Write(append(line, '\n')); err != nil {
		return err
	}
	if line, err = j.out.ReadBytes('\n'); err != nil {
		return fmt.Errorf("pillow: %w; scripts/deps.sh bench installs it", err)
	}
	var answer struct{ Error string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return err
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return nil
}

// readable is a picture as Pillow can read it: HEIC and AVIF it cannot.
func (j *Judge) readable(path string) (string, error) {
	head := make([]byte, 12)
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	_, err = io.ReadFull(f, head)
	_ = f.Close()
	if err != nil || string(head[4:8]) != "ftyp" {
		return path, err
	}
	out := filepath.Join(j.temp, "decoded-heif.png")
	if text, err := exec.Command(j.heif, "-C", "bilinear", "--quiet", "--png-compression-level", "1", path, out).CombinedOutput(); err != nil {
		return "", fmt.Errorf("heif-convert %s: %w\n%s", path, err, text)
	}
	return out, nil
}

// References makes the references of a source at a size, or finds them made;
// height 0 follows from the width, else the box is covered.
func (j *Judge) References(source string, width, height int) (References, error) {
	text, err := os.ReadFile(source)
	if err != nil {
		return References{}, err
	}
	hash := sha256.Sum256(append(text, script...))
	stem := filepath.Join(j.cache, fmt.Sprintf("%s-%dx%d", hex.EncodeToString(hash[:8]), width, height))
	r := References{Linear: stem + "-linear.png", Gamma: stem + "-gamma.png"}
	if _, err := os.Stat(r.Gamma); err == nil { // the last that is written
		return r, nil
	}
	readable, err := j.readable(source)
	if err != nil {
		return References{}, err
	}
	unfinished := filepath.Join(j.temp, "gamma.png")
	err = j.do(map[string]any{"do": "reference", "source": readable, "width": width, "height": height, "linear": r.Linear, "gamma": unfinished})
	if err != nil {
		return References{}, fmt.Errorf("reference of %s: %w", source, err)
	}
	if text, err = os.ReadFile(unfinished); err != nil {
		return References{}, err
	}
	return r, os.WriteFile(r.Gamma, text, 0o644)
}

// Decode writes a picture as PNG, as a browser would show it.
func (j *Judge) Decode(picture, png string) error {
	readable, err := j.readable(picture)
	if err != nil {
		return err
	}
	return j.do(map[string]any{"do": "decode", "source": readable, "out": png})
}

// Convert writes a picture in the format that out's name ends with; options are
// those of Pillow.
func (j *Judge) Convert(picture, out string, options map[string]any) error {
	readable, err := j.readable(picture)
	if err != nil {
		return err
	}
	task := map[string]any{"do": "convert", "source": readable, "out": out}
	maps.Copy(task, options)
	return j.do(task)
}

// Score is the SSIMULACRA2 of a decoded picture against a reference, both PNG:
// 100 is equal, 90 can't be told apart, 70 is high quality, 50 medium.
func (j *Judge) Score(reference, png string) (float64, error) {
	out, err := exec.Command(j.ssimulacra2, reference, png).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("ssimulacra2: %w\n%s", err, out)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}
