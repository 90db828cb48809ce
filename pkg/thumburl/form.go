package thumburl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// form is the JSON form of one value of an edit, bound to where the value lies: how it
// is checked, written and read. An edit says its form once, so that what is written
// is what is read.
type form interface {
	// isDefault reports whether the value is left out of canonical JSON.
	isDefault() bool
	// validate gives a typed error that names the field.
	validate(field string) error
	// appendJSON appends the value in canonical form.
	appendJSON(dst []byte) []byte
	// parse reads the value in any form, range checked. A default that is written
	// out is read as if it were not.
	parse(field string, data json.RawMessage) error
}

// errNothing is what parse gives for an edit that is switched off: "flip":false.
var errNothing = errors.New("thumburl: an edit that does nothing")

// --- numbers ---------------------------------------------------------------------

// intForm is a whole number; 0 stands for def where it is outside the range.
type intForm struct {
	at       *int
	min, max int
	def      int
}

func whole(at *int, min, max, def int) form { return intForm{at, min, max, def} }

func (f intForm) isDefault() bool { return *f.at == 0 && f.min > 0 || *f.at == f.def }
func (f intForm) allowed() string { return wholeAllowed(f.min, f.max) }

func wholeAllowed(min, max int) string {
	return fmt.Sprintf("a whole number from %d to %d, such as %s", min, max, example(float64(min), float64(max)))
}

// example of a number in a range: the width of a card, or what is nearest to it.
func example(least, most float64) string {
	return strconv.FormatFloat(math.Min(most, math.Max(least, 288)), 'f', -1, 64)
}

func (f intForm) validate(field string) error {
	if !f.isDefault() && (*f.at < f.min || *f.at > f.max) {
		return invalidField(field, strconv.Itoa(*f.at), f.allowed())
	}
	return nil
}

// requiredForm is a whole number that has to be said.
type requiredForm struct{ intForm }

func required(at *int, min, max int) form { return requiredForm{intForm{at, min, max, 0}} }

func (requiredForm) isDefault() bool { return false }

func (f requiredForm) validate(field string) error {
	if *f.at < f.min || *f.at > f.max {
		return invalidField(field, strconv.Itoa(*f.at), f.allowed())
	}
	return nil
}

func (f intForm) appendJSON(dst []byte) []byte { return strconv.AppendInt(dst, int64(*f.at), 10) }

func (f intForm) parse(field string, data json.RawMessage) error {
	n, err := parseInt(field, data, f.allowed())
	if err != nil || n < f.min || n > f.max {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	if *f.at = n; n == f.def && f.min > 0 {
		*f.at = 0
	}
	return nil
}

// smallest is the smallest fraction that is told from 0: ECMAScript prints what is
// below it with an exponent.
const smallest = 1e-6

// floatForm is a number; 0 is the default, and stands for "not said" where it is
// outside the range.
type floatForm struct {
	at       *float64
	min, max float64
	or       string // what else may be written, for the message
}

func number(at *float64, min, max float64) form { return floatForm{at: at, min: min, max: max} }

func (f floatForm) isDefault() bool { return *f.at == 0 }

func (f floatForm) allowed() string { return f.or + numberAllowed(f.min, f.max) }

func numberAllowed(min, max float64) string {
	return "a number from " + strconv.FormatFloat(min, 'f', -1, 64) + " to " + strconv.FormatFloat(max, 'f', -1, 64) + ", such as " + example(min, max)
}

func within(v, min, max float64) bool {
	// Written so that NaN is refused as well.
	return v >= min && v <= max && (v == 0 || math.Abs(v) >= smallest)
}

func (f floatForm) validate(field string) error {
	if *f.at != 0 && !within(*f.at, f.min, f.max) {
		return invalidField(field, strconv.FormatFloat(*f.at, 'g', -1, 64), f.allowed())
	}
	return nil
}

func (f floatForm) appendJSON(dst []byte) []byte { return appendNumber(dst, *f.at) }

// appendNumber writes a number that is within as ECMAScript does.
func appendNumber(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'f', -1, 64) }

func (f floatForm) parse(field string, data json.RawMessage) error {
	v, err := parseNumber(field, data, f.allowed())
	if err != nil || !within(v, f.min, f.max) {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	*f.at = v
	return nil
}

// optionalForm is a number whose default is not 0.
type optionalForm struct {
	at       *Optional
	min, max float64
	def      float64
	whole    bool
}

func optional(at *Optional, min, max, def float64) form {
	return optionalForm{at, min, max, def, false}
}
func optionalWhole(at *Optional, min, max, def float64) form {
	return optionalForm{at, min, max, def, true}
}

func (f optionalForm) isDefault() bool { return !f.at.Set || f.at.Value == f.def }

func (f optionalForm) allowed() string {
	if f.whole {
		return wholeAllowed(int(f.min), int(f.max))
	}
	return numberAllowed(f.min, f.max)
}

func (f optionalForm) holds(v float64) bool {
	return within(v, f.min, f.max) && (!f.whole || v == math.Trunc(v))
}

func (f optionalForm) validate(field string) error {
	if !f.isDefault() && !f.holds(f.at.Value) {
		return invalidField(field, strconv.FormatFloat(f.at.Value, 'g', -1, 64), f.allowed())
	}
	return nil
}

func (f optionalForm) appendJSON(dst []byte) []byte { return appendNumber(dst, f.at.Value) }

func (f optionalForm) parse(field string, data json.RawMessage) error {
	v, err := parseNumber(field, data, f.allowed())
	if err != nil || !f.holds(v) {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	if *f.at = Some(v); v == f.def {
		*f.at = Optional{}
	}
	return nil
}

// numbersForm is a list of numbers, or one number alone where one counts for all.
type numbersForm struct {
	at       *[]float64
	counts   []int // allowed lengths of a list
	scalar   bool  // a list of one is written, and read, as its number
	min, max float64
}

func (f numbersForm) isDefault() bool { return len(*f.at) == 0 }

func (f numbersForm) allowed() string {
	counts := fmt.Sprintf("up to %d", f.counts[len(f.counts)-1])
	if len(f.counts) <= 4 {
		counts = strings.ReplaceAll(strings.Trim(fmt.Sprint(f.counts), "[]"), " ", " or ")
	}
	or := ""
	if f.scalar {
		or = "a number, or "
	}
	list := make([]float64, f.counts[0])
	for i := range list {
		list[i] = math.Min(f.max, 1)
	}
	return fmt.Sprintf("%sa list of %s numbers from %g to %g, such as %s", or, counts, f.min, f.max, appendNumbers(nil, list))
}

func (f numbersForm) validate(field string) error {
	if f.isDefault() {
		return nil
	}
	if n := len(*f.at); !slices.Contains(f.counts, n) && !(f.scalar && n == 1) {
		return invalidField(field, fmt.Sprintf("%d numbers", n), f.allowed())
	}
	for _, v := range *f.at {
		if !within(v, f.min, f.max) {
			return invalidField(field, strconv.FormatFloat(v, 'g', -1, 64), f.allowed())
		}
	}
	return nil
}

func (f numbersForm) appendJSON(dst []byte) []byte {
	if f.scalar && len(*f.at) == 1 {
		return appendNumber(dst, (*f.at)[0])
	}
	return appendNumbers(dst, *f.at)
}

func appendNumbers(dst []byte, list []float64) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendNumber(dst, v)
	}
	return append(dst, ']')
}

func (f numbersForm) parse(field string, data json.RawMessage) error {
	list, err := parseNumbers(field, data, f.allowed(), f.scalar)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	*f.at = list
	return f.validate(field)
}

func parseNumbers(field string, data json.RawMessage, allowed string, scalar bool) ([]float64, error) {
	if scalar && len(data) > 0 && data[0] != '[' {
		v, err := parseNumber(field, data, allowed)
		return []float64{v}, err
	}
	var raw []json.RawMessage
	if len(data) == 0 || data[0] != '[' || json.Unmarshal(data, &raw) != nil {
		return nil, invalidField(field, quote(string(data)), allowed)
	}
	list := make([]float64, len(raw))
	for i, one := range raw {
		var err error
		if list[i], err = parseNumber(field, one, allowed); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// matrixForm is a square matrix of one of the sides, as a list of its rows; it is
// held row after row.
type matrixForm struct {
	at       *[]float64
	sides    []int
	min, max float64
}

func (f matrixForm) isDefault() bool { return len(*f.at) == 0 }

func (f matrixForm) side() int { return int(math.Sqrt(float64(len(*f.at)))) }

func (f matrixForm) allowed() string {
	var sides []string
	for _, n := range f.sides {
		sides = append(sides, fmt.Sprintf("%d lists of %d", n, n))
	}
	return fmt.Sprintf("%s numbers from %g to %g, such as [[1,0,0],[0,1,0],[0,0,1]]", strings.Join(sides, ", or "), f.min, f.max)
}

func (f matrixForm) validate(field string) error {
	n := len(*f.at)
	if n > 0 && (!slices.Contains(f.sides, f.side()) || f.side()*f.side() != n) {
		return invalidField(field, fmt.Sprintf("%d numbers", n), f.allowed())
	}
	for _, v := range *f.at {
		if !within(v, f.min, f.max) {
			return invalidField(field, strconv.FormatFloat(v, 'g', -1, 64), f.allowed())
		}
	}
	return nil
}

func (f matrixForm) appendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, side := 0, f.side(); i < side; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendNumbers(dst, (*f.at)[i*side:(i+1)*side])
	}
	return append(dst, ']')
}

func (f matrixForm) parse(field string, data json.RawMessage) error {
	var rows []json.RawMessage
	if len(data) == 0 || data[0] != '[' || json.Unmarshal(data, &rows) != nil || !slices.Contains(f.sides, len(rows)) {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	*f.at = make([]float64, 0, len(rows)*len(rows))
	for _, row := range rows {
		list, err := parseNumbers(field, row, f.allowed(), false)
		if err != nil {
			return err
		}
		if len(list) != len(rows) {
			return invalidField(field, quote(string(data)), f.allowed())
		}
		*f.at = append(*f.at, list...)
	}
	return f.validate(field)
}

// --- truth -----------------------------------------------------------------------

// boolForm is true or false; the default is what says holds not.
type boolForm struct {
	at   *bool
	says bool // what true in Go is written as
}

// yes is false unless it is written.
func yes(at *bool) form { return boolForm{at, true} }

// no is true unless it is written: at is set where it is false.
func no(at *bool) form { return boolForm{at, false} }

func (f boolForm) isDefault() bool              { return !*f.at }
func (f boolForm) validate(string) error        { return nil }
func (f boolForm) appendJSON(dst []byte) []byte { return strconv.AppendBool(dst, f.says) }
func (f boolForm) parse(field string, data json.RawMessage) error {
	on, err := parseBool(field, data)
	*f.at = on == f.says
	return err
}

// switchForm is an edit that has nothing to say but that it is there.
type switchForm bool

func (f switchForm) isDefault() bool              { return false }
func (f switchForm) validate(string) error        { return nil }
func (f switchForm) appendJSON(dst []byte) []byte { return strconv.AppendBool(dst, bool(f)) }
func (f switchForm) parse(field string, data json.RawMessage) error {
	on, err := parseBool(field, data)
	if err == nil && on != bool(f) {
		return errNothing
	}
	return err
}

// --- text ------------------------------------------------------------------------

// nameForm is one of the names of an enumeration; its zero value is the default.
type nameForm[T ~uint8] struct {
	at    *T
	names []string
	read  func(string) (T, error) // nil is the names alone
}

func named[T ~uint8](at *T, names []string) form { return nameForm[T]{at: at, names: names} }

func (f nameForm[T]) isDefault() bool { return *f.at == 0 }
func (f nameForm[T]) validate(field string) error {
	if int(*f.at) >= len(f.names) {
		return invalidField(field, fmt.Sprint(uint8(*f.at)), oneOf(f.names))
	}
	return nil
}
func (f nameForm[T]) appendJSON(dst []byte) []byte { return appendString(dst, f.names[*f.at]) }
func (f nameForm[T]) parse(field string, data json.RawMessage) (err error) {
	read := f.read
	if read == nil {
		read = func(name string) (T, error) { return parseName[T](field, f.names, name) }
	}
	*f.at, err = parseNamed(field, data, read)
	return err
}

// colorForm is a colour; def is what the empty one stands for, in canonical form.
type colorForm struct {
	at     *Color
	def    Color
	opaque bool // has no alpha
}

func colour(at *Color, def Color) form { return colorForm{at: at, def: def} }

func (f colorForm) allowed() string {
	if f.opaque {
		return `"#rrggbb", such as "#ffffff"`
	}
	return colorAllowed
}

func (f colorForm) isDefault() bool { return *f.at == "" || f.at.canonical() == f.def }
func (f colorForm) validate(field string) error {
	if f.at.validate(field) != nil || f.opaque && len(f.at.canonical()) == 9 {
		return invalidField(field, quote(string(*f.at)), f.allowed())
	}
	return nil
}
func (f colorForm) appendJSON(dst []byte) []byte { return appendString(dst, string(f.at.canonical())) }
func (f colorForm) parse(field string, data json.RawMessage) error {
	if !isString(data) {
		return invalidField(field, quote(string(data)), f.allowed())
	}
	s, err := parseString(field, data)
	if err != nil {
		return err
	}
	*f.at = Color(s)
	if err := f.validate(field); err != nil {
		return err
	}
	if *f.at = f.at.canonical(); *f.at == f.def {
		*f.at = ""
	}
	return nil
}

// textForm is a string that check judges; empty is left out.
type textForm struct {
	at    *string
	check func(field, s string) error
}

func (f textForm) isDefault() bool { return *f.at == "" }
func (f textForm) validate(field string) error {
	return f.check(field, *f.at)
}
func (f textForm) appendJSON(dst []byte) []byte { return appendString(dst, *f.at) }
func (f textForm) parse(field string, data json.RawMessage) (err error) {
	if *f.at, err = parseString(field, data); err == nil {
		err = f.check(field, *f.at)
	}
	return err
}

// --- places ----------------------------------------------------------------------

// lengthForm is a Length: a whole number of pixels, or a percentage as a string.
type lengthForm struct {
	at *Length
	// negative admits lengths below 0, down to -most and -100%.
	negative bool
	most     int // pixels
	// zero says that 0 pixels are the default, and not something that is said.
	zero bool
}

func (f lengthForm) isDefault() bool { return !f.at.Set || f.zero && f.at.Value == 0 }

func (f lengthForm) allowed() string {
	from, share := "1", "0.01"
	if f.negative {
		from, share = strconv.Itoa(-f.most), "-100"
	}
	return fmt.Sprintf(`a whole number of pixels from %s to %d, or a share such as "50%%", from %s to 100`, from, f.most, share)
}

func (f lengthForm) holds() bool {
	if f.at.Percent {
		least := 0.01
		if f.negative {
			least = -100
		}
		return within(f.at.Value, least, 100)
	}
	least := 1.0
	if f.negative {
		least = -float64(f.most)
	}
	return f.at.Value == math.Trunc(f.at.Value) && within(f.at.Value, least, float64(f.most))
}

func (f lengthForm) validate(field string) error {
	if !f.isDefault() && !f.holds() {
		return invalidField(field, strconv.FormatFloat(f.at.Value, 'g', -1, 64), f.allowed())
	}
	return nil
}

func (f lengthForm) appendJSON(dst []byte) []byte {
	if !f.at.Percent {
		return appendNumber(dst, f.at.Value)
	}
	dst = appendNumber(append(dst, '"'), f.at.Value)
	return append(dst, '%', '"')
}

func (f lengthForm) parse(field string, data json.RawMessage) error {
	wrong := invalidField(field, quote(string(data)), f.allowed())
	digits := data
	if len(data) > 0 && data[0] == '"' {
		s, err := parseString(field, data)
		if err != nil || !strings.HasSuffix(s, "%") || !json.Valid([]byte(s[:len(s)-1])) {
			return wrong
		}
		digits = json.RawMessage(strings.TrimSpace(s[:len(s)-1]))
	}
	v, err := parseNumber(field, digits, f.allowed())
	if err != nil {
		return wrong
	}
	*f.at = Length{Value: v, Percent: digits[0] != data[0] || len(digits) != len(data), Set: true}
	if f.zero && v == 0 {
		*f.at = Length{}
		return nil
	}
	if !f.holds() {
		return wrong
	}
	return nil
}

// focusForm is a point of the picture, [x,y] as shares of its sides.
type focusForm struct{ at *Focus }

const focusAllowed = "[x,y], each from 0 (left, top) to 1, such as [0.5,0.25]"

func (f focusForm) isDefault() bool { return !f.at.Set }
func (f focusForm) validate(field string) error {
	if f.at.Set && !(within(f.at.X, 0, 1) && within(f.at.Y, 0, 1)) {
		return invalidField(field, fmt.Sprintf("[%g,%g]", f.at.X, f.at.Y), focusAllowed)
	}
	return nil
}
func (f focusForm) appendJSON(dst []byte) []byte {
	return appendNumbers(dst, []float64{f.at.X, f.at.Y})
}
func (f focusForm) parse(field string, data json.RawMessage) error {
	list, err := parseNumbers(field, data, focusAllowed, false)
	if err != nil {
		return err
	}
	if len(list) != 2 {
		return invalidField(field, quote(string(data)), focusAllowed)
	}
	*f.at = FocusAt(list[0], list[1])
	return f.validate(field)
}

// --- objects ---------------------------------------------------------------------

// field is a member of an objectForm.
type field struct {
	name string
	form
}

// objectForm is an object of fields, sorted by name.
type objectForm struct {
	fields []field
	// bare says that the edit needs no field: it is then written as true.
	bare bool
	// needed says that the edit does something by being there, and checks itself what
	// it lacks. One that is neither bare nor needed does nothing without a field.
	needed bool
	// short names a field whose value is written alone where nothing else is said.
	short string
}

func object(fields ...field) objectForm { return objectForm{fields: fields} }

// orTrue is an object that needs no field.
func orTrue(fields ...field) objectForm { return objectForm{fields: fields, bare: true} }

// needed is an object that checks itself what it lacks.
func needed(fields ...field) objectForm { return objectForm{fields: fields, needed: true} }

// said is how many fields are not their default, and the last of them.
func (f objectForm) said() (n int, last field) {
	for _, one := range f.fields {
		if !one.isDefault() {
			n, last = n+1, one
		}
	}
	return n, last
}

func (f objectForm) isDefault() bool {
	n, _ := f.said()
	return n == 0
}

// doesNothing reports an object that would be a second spelling of no edit at all.
func (f objectForm) doesNothing() bool { return !f.bare && !f.needed && f.isDefault() }

func (f objectForm) path(edit string, one field) string {
	if one.name == f.short {
		return edit
	}
	return edit + "." + one.name
}

func (f objectForm) validate(edit string) error {
	if f.doesNothing() {
		return invalidField(edit, "no field", "at least one of "+f.names())
	}
	for _, one := range f.fields {
		if err := located(one.validate, func() string { return f.path(edit, one) }); err != nil {
			return err
		}
	}
	return nil
}

func (f objectForm) names() string {
	names := make([]string, len(f.fields))
	for i, one := range f.fields {
		names[i] = one.name
	}
	return strings.Join(names, ", ")
}

func (f objectForm) appendJSON(dst []byte) []byte {
	switch n, last := f.said(); {
	case n == 0 && f.bare:
		return append(dst, "true"...)
	case n == 1 && last.name == f.short:
		return last.appendJSON(dst)
	}
	o := members{dst: dst}
	for _, one := range f.fields {
		if !one.isDefault() {
			o.name(one.name)
			o.dst = one.appendJSON(o.dst)
		}
	}
	return o.close()
}

func (f objectForm) parse(edit string, data json.RawMessage) error {
	if len(data) == 0 || data[0] != '{' {
		if f.bare {
			if on, err := parseBool(edit, data); err == nil {
				if !on {
					return errNothing
				}
				return nil
			}
		}
		for _, one := range f.fields {
			if one.name == f.short {
				return one.parse(edit, data)
			}
		}
	}
	return eachMember(edit, data, func(name string, value json.RawMessage) error {
		for _, one := range f.fields {
			if one.name == name {
				return one.parse(edit+"."+name, value)
			}
		}
		return unknownField(edit+"."+name, f.names())
	})
}
