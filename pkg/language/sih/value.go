package sih

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Object is an object of JavaScript: its members keep the order in which they were
// first set. Values are nil (null), bool, float64, string, []any and *Object; what
// is not set is undefined.
type Object struct {
	names  []string
	values map[string]any
}

// NewObject makes an object of names and values in turns.
func NewObject(members ...any) *Object {
	o := &Object{}
	for i := 0; i+1 < len(members); i += 2 {
		o.Set(members[i].(string), members[i+1])
	}
	return o
}

// Names in their order.
func (o *Object) Names() []string {
	if o == nil {
		return nil
	}
	return slices.Clone(o.names)
}

// Get gives a member, and whether it is set.
func (o *Object) Get(name string) (any, bool) {
	if o == nil {
		return nil, false
	}
	v, ok := o.values[name]
	return v, ok
}

// Set sets a member; one that was set keeps its place.
func (o *Object) Set(name string, value any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	if o.values == nil {
		o.values = map[string]any{}
	}
	o.values[name] = value
}

// Delete takes a member away.
func (o *Object) Delete(name string) {
	if _, ok := o.values[name]; ok {
		delete(o.values, name)
		o.names = slices.DeleteFunc(o.names, func(n string) bool { return n == name })
	}
}

// Object gives a member that is an object, and makes it one where it is undefined.
func (o *Object) Object(name string) *Object {
	if inner, ok := o.values[name].(*Object); ok {
		return inner
	}
	inner := &Object{}
	o.Set(name, inner)
	return inner
}

// parseJSON reads JSON as JavaScript does: of two members with one name the last one
// counts, in the place of the first.
func parseJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	v, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if d.More() || strings.TrimSpace(string(data[d.InputOffset():])) != "" {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func parseValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &Object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			o.Set(name.(string), value)
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

// number is JavaScript's Number(value): NaN for what is none.
func number(value any) float64 {
	switch v := value.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		return Number(v)
	}
	return math.NaN()
}

// Number reads a string as JavaScript's Number does: blanks around it do not count,
// and nothing at all is 0.
func Number(s string) float64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if strings.ContainsAny(s, "_xXpPnN") { // Go has more spellings of a number
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// ParseInt reads the whole number that a string begins with, as JavaScript's
// parseInt does; false is NaN.
func ParseInt(s string) (int, bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil
}

// text is JavaScript's String(value) of what is no object.
func text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// isTruthy is JavaScript's Boolean(value).
func isTruthy(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && !math.IsNaN(v)
	case string:
		return v != ""
	}
	return true
}

// show writes a value for a message.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case *Object:
		return "an object"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case string:
		if len(v) > 48 {
			v = strings.ToValidUTF8(v[:48], "") + "…"
		}
		return strconv.QuoteToASCII(v)
	}
	return fmt.Sprint(value)
}
