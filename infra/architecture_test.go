package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README's picture is drawn from its text.
func TestArchitectureIsDrawnFromItsText(t *testing.T) {
	text, err := os.ReadFile("architecture.dot")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile("architecture.svg")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("SHA-256 %x", sha256.Sum256(text)); !strings.Contains(string(picture), sum) {
		t.Error("architecture.svg is not drawn from architecture.dot: run make architecture")
	}
}
