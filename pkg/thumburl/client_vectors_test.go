package thumburl

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// clientVector is a call of a client with its JavaScript arguments, and what it gives or,
// where it is refused, the field that is said to be wrong.
type clientVector struct {
	Name    string
	Options struct {
		Base, Secret string
		ExactExpires bool
	}
	Call  string // url, preset, srcSet, img or targetWidths
	Args  []json.RawMessage
	Want  any
	Field string
}

// TestVectorsOfClients makes the calls that the JavaScript is tested with.
func TestVectorsOfClients(t *testing.T) {
	for _, v := range readVectors(t).Clients {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.call(t)
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var plain any
			if err := json.Unmarshal(data, &plain); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(plain, v.Want) {
				t.Errorf("got\n%s, want\n%v", data, v.Want)
			}
		})
	}
}

func TestVectorsOfMistakes(t *testing.T) {
	for _, v := range readVectors(t).Mistakes {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.call(t)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v, %v, want an *Error", got, err)
			}
			if e.Code != CodeInvalidField || e.Field != v.Field {
				t.Errorf("%s of %s, want %s of %s (%v)", e.Code, e.Field, CodeInvalidField, v.Field, e)
			}
		})
	}
}

func (v clientVector) call(t *testing.T) (any, error) {
	t.Helper()
	arg := func(i int, into any) {
		if i >= len(v.Args) {
			return
		}
		if err := json.Unmarshal(v.Args[i], into); err != nil {
			t.Fatal(err)
		}
	}
	client := Client{Base: v.Options.Base, Secret: []byte(v.Options.Secret), ExactExpires: v.Options.ExactExpires}
	switch v.Call {
	case "preset":
		var name, key string
		arg(0, &name)
		arg(1, &key)
		return client.Preset(name, key)
	case "targetWidths":
		least, most, tolerance := 0, 0, 0.0
		arg(0, &least)
		arg(1, &most)
		arg(2, &tolerance)
		return TargetWidths(least, most, tolerance)
	}
	// The request as one object, and the sizes apart.
	whole := map[string]json.RawMessage{}
	arg(2, &whole)
	if len(v.Args) > 0 {
		whole["key"] = v.Args[0]
	}
	if len(v.Args) > 1 {
		whole["edits"] = v.Args[1]
	}
	var sizes ImgOptions
	arg(2, &sizes)
	for _, name := range []string{"sizes", "widths", "densities"} {
		delete(whole, name)
	}
	data, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseJSON(data)
	if err != nil {
		return nil, err
	}
	switch v.Call {
	case "url":
		return client.URL(r)
	case "srcSet":
		return client.SrcSet(r, sizes.SrcSet)
	case "img":
		return client.Img(r, sizes)
	}
	t.Fatalf("no call %s", v.Call)
	return nil, nil
}
