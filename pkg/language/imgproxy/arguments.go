package imgproxy

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// arguments of one option, with the first mistake that was found in them.
type arguments struct {
	option string
	all    []string
	err    error
}

func (a *arguments) said(i int) bool { return i < len(a.all) && a.all[i] != "" }

func (a *arguments) fail(i int, allowed string) {
	if a.err == nil {
		given := ""
		if i < len(a.all) {
			given = a.all[i]
		}
		a.err = invalidArgument(a.option, given, allowed)
	}
}

func (a *arguments) failAll(allowed string) {
	if a.err == nil {
		a.err = invalidArgument(a.option, strings.Join(a.all, ":"), allowed)
	}
}

func (a *arguments) most(n int) {
	if len(a.all) > n && a.err == nil {
		a.err = tooManyArguments(a.option, a.all, n)
	}
}

func (a *arguments) required(i int) {
	if !a.said(i) {
		a.fail(i, "a value")
	}
}

// one is an option of exactly one argument, which is not empty.
func (a *arguments) one() *arguments {
	a.most(1)
	a.required(0)
	return a
}

// security is one that changes a limit.
func (a *arguments) security(c *Config) *arguments {
	if !c.AllowSecurityOptions {
		a.err = forbidden(CodeSecurityForbidden, a.option+" changes a limit, which the settings do not allow in a URL")
	}
	return a.one()
}

func (a *arguments) whole(i, least, most int, to *int) {
	if !a.said(i) || a.err != nil {
		return
	}
	n, err := strconv.Atoi(a.all[i])
	if err != nil || n < least || n > most {
		allowed := "a whole number from " + strconv.Itoa(least)
		switch {
		case least == math.MinInt32 || least == math.MinInt64:
			allowed = "a whole number"
		case most < maxNumber:
			allowed += " to " + strconv.Itoa(most)
		}
		a.fail(i, allowed)
		return
	}
	*to = n
}

func (a *arguments) float(i int, least, most float64, to *float64) {
	if !a.said(i) || a.err != nil {
		return
	}
	f, err := strconv.ParseFloat(a.all[i], 64)
	if err != nil || !(f >= least && f <= most) { // NaN is neither
		allowed := "a number"
		if least == 0 {
			allowed += " from 0"
		}
		if most < math.MaxInt32 {
			allowed += " to " + strconv.FormatFloat(most, 'g', -1, 64)
		}
		a.fail(i, allowed)
		return
	}
	*to = f
}

func (a *arguments) positive(i int, to *float64) {
	if !a.said(i) || a.err != nil {
		return
	}
	f, err := strconv.ParseFloat(a.all[i], 64)
	if err != nil || !(f > 0 && f <= math.MaxInt32) {
		a.fail(i, "a number above 0")
		return
	}
	*to = f
}

// megapixels are given in millions and kept in pixels.
func (a *arguments) megapixels(i int, to *int) {
	var millions float64
	a.float(i, 0, math.MaxInt32, &millions)
	*to = int(millions * 1_000_000)
}

// bool takes what is no truth value for false, as imgproxy does.
func (a *arguments) bool(i int, to *bool) {
	if a.said(i) && a.err == nil {
		*to, _ = strconv.ParseBool(a.all[i])
	}
}

func (a *arguments) resizingType(i int, to *ResizingType) {
	if !a.said(i) || a.err != nil {
		return
	}
	t, ok := resizingTypes[a.all[i]]
	if !ok {
		a.fail(i, "fit, fill, fill-down, force or auto")
		return
	}
	*to = t
}

// size reads width, height, enlarge and extend from argument i on.
func (a *arguments) size(i int, o *Options) {
	a.whole(i, 0, maxNumber, &o.Width)
	a.whole(i+1, 0, maxNumber, &o.Height)
	a.bool(i+2, &o.Enlarge)
	if a.said(i + 3) {
		a.extension(i+3, &o.Extend)
	}
}

func (a *arguments) extension(i int, to *Extension) {
	a.required(i)
	a.bool(i, &to.Enabled)
	if len(a.all) > i+1 {
		a.gravity(i+1, &to.Gravity, extendGravities)
	}
}

// The gravities that options take, in the order of the documentation.
var (
	placeGravities     = []string{"ce", "no", "so", "ea", "we", "noea", "nowe", "soea", "sowe"}
	cropGravities      = slices.Concat(placeGravities, []string{"sm", "fp"})
	extendGravities    = slices.Concat(placeGravities, []string{"fp"})
	watermarkGravities = slices.Concat(placeGravities, []string{"re"})
)

func (a *arguments) gravityType(i int, to *GravityType, allowed []string) {
	if !a.said(i) || a.err != nil {
		return
	}
	if !slices.Contains(allowed, a.all[i]) {
		a.fail(i, "one of "+strings.Join(allowed, ", "))
		return
	}
	*to = gravityTypes[a.all[i]]
}

// gravity reads all arguments from i on.
func (a *arguments) gravity(i int, to *Gravity, allowed []string) {
	a.required(i)
	a.gravityType(i, &to.Type, allowed)
	if a.err != nil {
		return
	}
	offsets := a.all[i+1:]
	switch to.Type {
	case Smart:
		if len(offsets) > 0 {
			a.failAll("sm alone")
		}
		to.X, to.Y = 0, 0
		return
	case FocusPoint:
		if len(offsets) != 2 {
			a.failAll("fp:<x>:<y>, each from 0 to 1")
			return
		}
	}
	if len(offsets) > 2 {
		a.failAll("a gravity and at most two offsets")
		return
	}
	least, most := -float64(math.MaxInt32), float64(math.MaxInt32)
	if to.Type == FocusPoint {
		least, most = 0, 1
	}
	for n, at := range []*float64{&to.X, &to.Y} {
		if n < len(offsets) {
			a.required(i + 1 + n)
			a.float(i+1+n, least, most, at)
		}
	}
}

// color reads rgb or rrggbb in hex.
func (a *arguments) color(i int, to *thumburl.Color) {
	if !a.said(i) || a.err != nil {
		return
	}
	s := strings.ToLower(a.all[i])
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if len(s) != 6 || strings.Trim(s, "0123456789abcdef") != "" {
		a.fail(i, "a hex-coded colour such as ffffff")
		return
	}
	*to = thumburl.Color("#" + s)
}

func (a *arguments) channels(to *thumburl.Color) {
	color := "#"
	for i := range 3 {
		var c int
		a.required(i)
		a.whole(i, 0, 255, &c)
		color += fmt.Sprintf("%02x", c)
	}
	*to = thumburl.Color(color)
}

func (a *arguments) format(i int, to *Format) {
	if a.err != nil {
		return
	}
	f := Format(a.all[i])
	if _, ok := formats[f]; !ok {
		a.fail(i, "a format: jpg, png, webp, avif, gif or tiff")
		return
	}
	if f == "jpeg" {
		f = "jpg"
	}
	*to = f
}

// writable is a format that is written here.
func (a *arguments) writable(i int, to *Format) {
	a.format(i, to)
	if a.err == nil && formats[*to] == thumburl.Source {
		a.fail(i, "a format that is written here: jpg, png, webp, avif, gif or tiff")
	}
}

// filename is escaped as all of a path, or base64.
func (a *arguments) filename(i int, encoded bool, to *string) {
	if a.err != nil {
		return
	}
	name, err := url.PathUnescape(a.all[i])
	if encoded {
		var decoded []byte
		decoded, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(a.all[i], "="))
		name = string(decoded)
	}
	if err != nil {
		a.fail(i, "a name, percent-encoded or base64url with :1 behind it")
		return
	}
	*to = name
}
