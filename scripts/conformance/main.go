// Command conformance compares the answers of the whole local stack, with the real
// function, to requests in the language of another system with what is expected of them:
//
//	go run ./scripts/conformance -cases FILE -fixtures DIR
//
// The folder's files are the objects of the buckets source-bucket and other-bucket.
// It prints a line for each failure, and ends with "N passed, N failed".
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	cases := flag.String("cases", "scripts/conformance/testdata/cases.json", "`file` of the requests and what is expected")
	fixtures := flag.String("fixtures", "scripts/conformance/testdata/fixtures", "`folder` of the pictures")
	only := flag.String("run", "", "`pattern` of the names of the cases to run; all")
	verbose := flag.Bool("v", false, "print what the function logs of a failed case's stack")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	passed, failed, err := run(ctx, *cases, *fixtures, *only, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// run runs the cases of a file; each failure is a line on the standard output.
func run(ctx context.Context, casesFile, fixtures, only string, verbose bool) (passed, failed int, err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return 0, 0, err
	}
	cases, err := readCases(casesFile)
	if err != nil {
		return 0, 0, err
	}
	bench, err := newBench(ctx, fixtures, verbose)
	if err != nil {
		return 0, 0, err
	}
	defer bench.close()
	for _, group := range byEnvironment(cases, pattern) {
		failures, err := bench.run(ctx, group)
		if err != nil {
			return 0, 0, err
		}
		for _, c := range group.cases {
			if mistakes := failures[c.Name]; len(mistakes) > 0 {
				failed++
				fmt.Printf("FAIL %s: %s\n", c.Name, oneLine(mistakes))
			} else {
				passed++
			}
		}
	}
	return passed, failed, nil
}
