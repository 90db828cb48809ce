// Command package builds each function under lambda into a package for Lambda:
//
//	dist/<function>-<arch>/bootstrap   the executable, fully static
//	dist/<function>-<arch>.zip         it alone, at most 12 MB
//	dist/<function>-<arch>.cdx.json    what is in it: a CycloneDX SBOM
//
// It runs in the module's root, in the environment that scripts/native/env.sh
// prints. Two builds of one commit give the same bytes, wherever they are made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	arch := flag.String("arch", "", "`architecture`: arm64 or x86_64")
	dist := flag.String("dist", "dist", "`folder` to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *arch, *dist); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arch, dist string) error {
	if machines[arch] == 0 {
		return fmt.Errorf("-arch is %q, want arm64 or x86_64", arch)
	}
	mains, err := filepath.Glob("lambda/*/main.go")
	if err != nil {
		return err
	}
	if len(mains) == 0 {
		return fmt.Errorf("there is no lambda/*/main.go: this runs in the root of the module")
	}
	for _, file := range mains {
		function := filepath.Base(filepath.Dir(file))
		if err := pack(ctx, function, arch, dist); err != nil {
			return fmt.Errorf("%s: %w", function, err)
		}
	}
	return nil
}

// pack writes one function's package. What fails a check is not left behind.
func pack(ctx context.Context, function, arch, dist string) error {
	name := filepath.Join(dist, function+"-"+arch)
	bootstrap := filepath.Join(name, "bootstrap")
	for _, old := range []string{name, name + ".zip", name + ".cdx.json"} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return err
	}
	linked, err := build(ctx, function, bootstrap)
	if err == nil {
		err = checkStatic(bootstrap, arch)
	}
	var zipped, bom []byte
	if err == nil {
		zipped, err = zipBootstrap(bootstrap)
	}
	if err == nil {
		bom, err = sbomOf(ctx, function, arch, bootstrap, linked)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(name))
	}
	if err := os.WriteFile(name+".zip", zipped, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(name+".cdx.json", bom, 0o644); err != nil {
		return err
	}
	info, err := os.Stat(bootstrap)
	if err != nil {
		return err
	}
	fmt.Printf("%s.zip: %.1f MB, %.1f MB unpacked\n", name, float64(len(zipped))/1e6, float64(info.Size())/1e6)
	return nil
}
