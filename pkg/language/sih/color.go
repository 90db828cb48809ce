package sih

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"golang.org/x/image/colornames"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

const colorAllowed = `a colour such as "red", "#f00", "rgb(255,0,0)" or {"r":255,"g":0,"b":0,"alpha":1}`

// readColor reads a colour as sharp does: a name or a notation of CSS, or an object
// of r, g, b (0 to 255) and alpha (0 to 1).
func readColor(value any) (thumburl.Color, bool) {
	switch v := value.(type) {
	case string:
		return ParseColor(v)
	case *Object:
		channels := [4]float64{0, 0, 0, 1}
		for i, name := range []string{"r", "g", "b", "alpha"} {
			c, ok := v.Get(name)
			if !ok {
				if i < 3 {
					return "", false
				}
				continue
			}
			if channels[i] = number(c); math.IsNaN(channels[i]) {
				return "", false
			}
		}
		return rgba(channels[0], channels[1], channels[2], channels[3]), true
	}
	return "", false
}

// rgba gives a colour of channels from 0 to 255 and an alpha from 0 to 1; what is
// outside is brought to the nearest end.
func rgba(r, g, b, alpha float64) thumburl.Color {
	clamp := func(v float64) int { return int(math.Round(min(max(v, 0), 255))) }
	c := fmt.Sprintf("#%02x%02x%02x", clamp(r), clamp(g), clamp(b))
	if a := clamp(alpha * 255); a < 255 {
		c += fmt.Sprintf("%02x", a)
	}
	return thumburl.Color(c)
}

var (
	hexColor      = regexp.MustCompile(`^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$`)
	colorFunction = regexp.MustCompile(`^(rgb|hsl)a?\(\s*([-+.0-9]+%?)(?:deg)?[\s,]+([-+.0-9]+%?)[\s,]+([-+.0-9]+%?)(?:\s*[,/]\s*([.0-9]+%?))?\s*\)$`)
)

// ParseColor reads a colour in a notation of CSS: a name, #rgb, #rgba, #rrggbb,
// #rrggbbaa, rgb() and hsl().
func ParseColor(s string) (thumburl.Color, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s { // which are younger than the names of SVG 1.1
	case "transparent":
		return "#00000000", true
	case "rebeccapurple":
		return "#663399", true
	}
	if c, ok := colornames.Map[s]; ok {
		return rgba(float64(c.R), float64(c.G), float64(c.B), 1), true
	}
	if hexColor.MatchString(s) {
		if len(s) < 7 {
			var long strings.Builder
			for _, digit := range s[1:] {
				long.WriteRune(digit)
				long.WriteRune(digit)
			}
			s = "#" + long.String()
		}
		if len(s) == 9 {
			s = strings.TrimSuffix(s, "ff")
		}
		return thumburl.Color(s), true
	}
	parts := colorFunction.FindStringSubmatch(s)
	if parts == nil {
		return "", false
	}
	share := func(s string, whole float64) float64 {
		if percent, ok := strings.CutSuffix(s, "%"); ok {
			return Number(percent) / 100 * whole
		}
		return Number(s)
	}
	alpha := 1.0
	if parts[5] != "" {
		alpha = share(parts[5], 1)
	}
	r, g, b := share(parts[2], 255), share(parts[3], 255), share(parts[4], 255)
	if parts[1] == "hsl" {
		r, g, b = fromHSL(Number(strings.TrimSuffix(parts[2], "%")), share(parts[3], 1), share(parts[4], 1))
	}
	if math.IsNaN(r + g + b + alpha) {
		return "", false
	}
	return rgba(r, g, b, alpha), true
}

// fromHSL gives channels from 0 to 255 of a hue in degrees and shares from 0 to 1
// (CSS Color 4, section 7.1).
func fromHSL(hue, saturation, lightness float64) (r, g, b float64) {
	saturation, lightness = min(max(saturation, 0), 1), min(max(lightness, 0), 1)
	channel := func(n float64) float64 {
		k := math.Mod(math.Mod(n+hue/30, 12)+12, 12)
		a := saturation * min(lightness, 1-lightness)
		return 255 * (lightness - a*max(-1, min(k-3, 9-k, 1)))
	}
	return channel(0), channel(8), channel(4)
}
