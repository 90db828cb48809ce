package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func call(t *testing.T, env string, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(args, func(string) string { return env }, &out, &errs)
	return strings.TrimSpace(out.String()), err
}

func TestPathIsSignedAndDecodesAgain(t *testing.T) {
	for _, c := range []struct {
		args []string
		json string
	}{
		{[]string{"-key", "uploads/photo.jpg", "-width", "288", "-height", "264"},
			`{"key":"uploads/photo.jpg","edits":{"resize":{"height":264,"width":288}},"outputFormat":"auto"}`},
		{[]string{"-key", "k", "-width", "9", "-fit", "contain", "-background", "#ABCDEF", "-position", "north", "-format", "png", "-without-enlargement"},
			`{"key":"k","edits":{"resize":{"background":"#abcdef","fit":"contain","position":"top","width":9,"withoutEnlargement":true}},"outputFormat":"png"}`},
		{[]string{"-key", "k", "-format", "source"}, `{"key":"k"}`},
		{[]string{"-source", "https://img.example.com/a.jpg", "-preset", "card"}, `{"source":"https://img.example.com/a.jpg","preset":"card"}`},
		{[]string{"-key", "k", "-preset", "card"}, `{"key":"k","preset":"card"}`},
		{[]string{"-key", "k", "-preset", "card", "-format", "jpeg"}, `{"key":"k","preset":"card","outputFormat":"jpeg"}`},
		{[]string{"-key", "k", "-edits", `{"rotate":90,"flip":true}`}, `{"key":"k","edits":{"rotate":90,"flip":true},"outputFormat":"auto"}`},
		{[]string{"-key", "k", "-quality", "50", "-version", `"e"`}, `{"key":"k","edits":{"jpeg":{"quality":50},"webp":{"quality":50},"avif":{"quality":50}},"outputFormat":"auto","version":"e"}`},
	} {
		path, err := call(t, "", c.args...)
		if err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		payload, signature, _ := strings.Cut(path[1:], ".")
		if !thumburl.Verify([][]byte{[]byte(thumburl.DevelopmentSecret)}, payload, signature) {
			t.Errorf("%v: %s is not signed with the development secret", c.args, path)
		}
		for _, given := range []string{path, "https://cdn.example.com" + path, "1" + path + "/webp"} {
			if json, err := call(t, "", "-decode", given); err != nil || json != c.json {
				t.Errorf("-decode %s: %s, %v, want %s", given, json, err, c.json)
			}
		}
	}
}

func TestWhichSecret(t *testing.T) {
	for _, c := range []struct {
		env    string
		args   []string
		secret string
	}{{"from-env", nil, "from-env"}, {"from-env", []string{"-secret", "from-flag"}, "from-flag"}} {
		path, err := call(t, c.env, append(c.args, "-key", "k")...)
		if err != nil {
			t.Fatal(err)
		}
		payload, signature, _ := strings.Cut(path[1:], ".")
		if signature != thumburl.Sign([]byte(c.secret), payload) {
			t.Errorf("%+v: signed with another secret", c)
		}
	}
	if path, err := call(t, "", "-unsigned", "-key", "k"); err != nil || strings.Contains(path, ".") {
		t.Errorf("-unsigned: %s, %v", path, err)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{"key", []string{"-width", "5"}},
		{"edits.resize.width: got -5", []string{"-key", "k", "-width", "-5"}},
		{"fit", []string{"-key", "k", "-width", "5", "-fit", "squeeze"}},
		{"outputFormat", []string{"-key", "k", "-format", "bmp"}},
		{"-quality: got it with -format gif", []string{"-key", "k", "-format", "gif", "-quality", "50"}},
		{"want one of them", []string{"-key", "k", "-width", "5", "-edits", "{}"}},
		{"flags alone", []string{"uploads/photo.jpg"}},
		{"would be refused", []string{"-decode", "/eyJrZXkiOjd9"}},
	} {
		if _, err := call(t, "", c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}
