// Command examples makes the page that shows what each edit does, with its pictures:
//
//	make examples
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background(), "scripts/examples"); err != nil {
		fmt.Fprintln(os.Stderr, "examples:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string) error {
	book, err := newBook(dir)
	if err != nil {
		return err
	}
	for i := range examples {
		picture, err := book.render(ctx, i)
		if err != nil {
			return err
		}
		if err := os.WriteFile(book.path(i), picture.Body, 0o644); err != nil {
			return err
		}
	}
	for _, name := range shown {
		picture, err := book.source(ctx, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(book.sourcePath(name), picture.Body, 0o644); err != nil {
			return err
		}
	}
	sheet, err := book.sheet(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/sheet.webp", sheet, 0o644); err != nil {
		return err
	}
	return os.WriteFile(dir+"/README.md", []byte(book.page()), 0o644)
}
