package settings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language/imgproxy"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// fieldsOfTheWeb are about originals on the web, and about the languages that ask for
// them.
var fieldsOfTheWeb = []field{
	{"sourcePrefixes", "", "http(s) URLs, each of scheme, host and the beginning of a path, by commas, or nothing", "originals on the web are served below them",
		func(s *Settings, text string) bool {
			s.SourcePrefixes = list(text)
			for _, prefix := range s.SourcePrefixes {
				if _, err := thumburl.CanonicalSource(prefix); err != nil {
					return false
				}
			}
			return true
		}},
	{"imgproxy", "", "the text of a JSON object of texts, without KEY and SALT, or nothing", "settings of the language imgproxy by its names without IMGPROXY_, such as {\"PRESETS\":\"card=rs:fill:288:264\"}",
		func(s *Settings, text string) bool {
			s.Imgproxy = nil
			return text == "" || json.Unmarshal([]byte(text), &s.Imgproxy) == nil
		}},
	{"imgproxySecret", "", "name or ARN of a secret, or nothing", "where key:salt of imgproxy's signatures is, both hex-encoded",
		func(s *Settings, text string) bool {
			s.ImgproxySecret = text
			return secretName.MatchString(text)
		}},
}

var secretName = regexp.MustCompile(`^(arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]*$`)

// ImgproxyVariables are the function's variables for the language imgproxy.
func (s Settings) ImgproxyVariables() map[string]string {
	variables := map[string]string{}
	if !slices.Contains(s.Languages, "imgproxy") {
		return variables // nobody would read them
	}
	for name, value := range s.Imgproxy {
		variables["IMGPROXY_"+name] = value
	}
	if s.ImgproxySecret != "" {
		variables["IMGPROXY_SECRET_ID"] = s.ImgproxySecret
	}
	return variables
}

// conflictsOfTheWeb are checked here, for the function would not start with them.
func (s Settings) conflictsOfTheWeb() []error {
	var errs []error
	for _, name := range []string{"KEY", "SALT", "SECRET_ID"} {
		if _, ok := s.Imgproxy[name]; ok {
			errs = append(errs, fmt.Errorf("imgproxy: %s stands in the template for all to read; want imgproxySecret instead", name))
		}
	}
	if _, err := imgproxy.ConfigFromEnv(func(name string) string { return s.Imgproxy[strings.TrimPrefix(name, "IMGPROXY_")] }); err != nil {
		errs = append(errs, fmt.Errorf("imgproxy: %w", err))
	}
	if slices.Contains(s.Languages, "imgproxy") && s.Access != thumburl.Open && s.ImgproxySecret == "" {
		errs = append(errs, wrong("imgproxySecret", "", "a secret: with access "+string(s.Access)+" no request of imgproxy would be answered"))
	}
	if slices.Contains(s.Languages, "thumbnail") && (s.Access != thumburl.Open || len(s.SourcePrefixes) == 0) {
		errs = append(errs, wrong("languages", strings.Join(s.Languages, ","), "thumbnail with access open and sourcePrefixes alone: its requests are not signed"))
	}
	return errs
}
