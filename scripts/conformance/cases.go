package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// testCase is one request and what is expected of its answer.
type testCase struct {
	Name    string `json:"name"`
	Path    string `json:"path"` // ready to be sent
	Headers texts  `json:"headers"`
	Query   texts  `json:"query"`
	// Env are settings of the original; the function has the same by the same names.
	Env    texts       `json:"env"`
	ALB    bool        `json:"alb"` // the original behind a load balancer
	Expect expectation `json:"expect"`
}

// texts are values by name; numbers and booleans are taken as they are written.
type texts map[string]string

func (t *texts) UnmarshalJSON(data []byte) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	*t = texts{}
	for name, value := range values {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value)
		}
		(*t)[name] = s
	}
	return nil
}

// expectation is what is looked at; what is absent is not.
type expectation struct {
	Status        int            `json:"status"`
	StatusAny     []int          `json:"status_any"`
	Code          string         `json:"code"`
	Width         int            `json:"width"`
	Height        int            `json:"height"`
	Format        string         `json:"format"`
	Pages         int            `json:"pages"`
	HasAlpha      *bool          `json:"hasAlpha"`
	Orientation   int            `json:"orientation"`
	NoEXIF        bool           `json:"no_exif"`
	ContentType   string         `json:"content_type"`
	Headers       map[string]any `json:"headers"`
	HeadersAbsent []string       `json:"headers_absent"`
}

func readCases(file string) ([]testCase, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cases []testCase
	if err := json.Unmarshal(data, &cases); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if c.Name == "" || seen[c.Name] || c.Path == "" || c.Expect.Status == 0 && len(c.Expect.StatusAny) == 0 {
			return nil, fmt.Errorf("%s: case %q needs a name of its own, a path and a status", file, c.Name)
		}
		seen[c.Name] = true
	}
	return cases, nil
}

// group is the cases of one environment.
type group struct {
	env   map[string]string
	cases []testCase
}

// byEnvironment groups the cases whose names match, in the order of their file.
func byEnvironment(cases []testCase, pattern *regexp.Regexp) []*group {
	var groups []*group
	at := map[string]*group{}
	for _, c := range cases {
		if !pattern.MatchString(c.Name) {
			continue
		}
		env := c.environment()
		var key strings.Builder
		for _, name := range slices.Sorted(maps.Keys(env)) {
			fmt.Fprintf(&key, "%s=%q ", name, env[name])
		}
		g := at[key.String()]
		if g == nil {
			g = &group{env: env}
			at[key.String()] = g
			groups = append(groups, g)
		}
		g.cases = append(g.cases, c)
	}
	return groups
}

// environment is a case's settings in those of the function.
func (c testCase) environment() map[string]string {
	env := map[string]string{}
	maps.Copy(env, c.Env)
	if c.ALB {
		env["CORS_CREDENTIALS"] = "No"
	}
	if env["SOURCE_BUCKETS"] == "" {
		env["SOURCE_BUCKETS"] = strings.Join(buckets, ",")
	}
	return env
}
