// Package contender is the one meter that every renderer is put on: a program of
// its own that answers one line of JSON for each picture, and the process of it
// as the bench sees it.
package contender

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Job is one picture to make. The zero quality is the contender's own default.
type Job struct {
	Source  string `json:"source"` // path
	Width   int    `json:"width"`  // pixels
	Height  int    `json:"height"` // pixels; 0 follows from the width, else the box is covered
	Format  string `json:"format"` // jpeg, webp, avif or png
	Quality int    `json:"quality,omitempty"`
	Out     string `json:"out,omitempty"` // path to write the picture to; nowhere when empty
}

// Answer to a Job.
type Answer struct {
	Bytes int    `json:"bytes"`
	Error string `json:"error,omitempty"`
}

// Serve is the main loop of a contender written in Go. The source of the last job
// stays in memory, as what came over a network would be.
func Serve(in io.Reader, out io.Writer, render func(source []byte, j Job) ([]byte, error)) error {
	var source []byte
	var path string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var j Job
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			return fmt.Errorf("%s: %w", lines.Bytes(), err)
		}
		if j.Source != path {
			var err error
			if source, err = os.ReadFile(j.Source); err != nil {
				return err
			}
			path = j.Source
		}
		picture, err := render(source, j)
		if err == nil && j.Out != "" {
			err = os.WriteFile(j.Out, picture, 0o600)
		}
		a := Answer{Bytes: len(picture)}
		if err != nil {
			a = Answer{Error: err.Error()}
		}
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Main serves standard input until it ends.
func Main(render func(source []byte, j Job) ([]byte, error)) {
	if err := Serve(os.Stdin, os.Stdout, render); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
