package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestTicks(t *testing.T) {
	if got := Ticks(30, 85, 7); !slices.Equal(got, []float64{30, 40, 50, 60, 70, 80}) {
		t.Error(got)
	}
	if got := Ticks(5, 5, 7); !slices.Equal(got, []float64{5}) {
		t.Errorf("of nothing: %v", got)
	}
	if got := fmt.Sprint(Ticks(0, 10, 2)); got != "[0 5 10]" { // it was -0
		t.Error(got)
	}
	if got := LogTicks(3, 60); !slices.Equal(got, []float64{5, 10, 20, 50}) {
		t.Error(got)
	}
}

// Every kind of thing is drawn once, and the picture is XML, whatever the words are.
func TestSVG(t *testing.T) {
	s := New(100, 50)
	s.Line(0, 0, 10, 10, Grey, 1)
	s.DashedLine(0, 0, 10, 10, Grey, 1)
	s.Text(1, 2, "start", Ink, "", "a < b & c")
	s.Path([][2]float64{{0, 0}, {1.25, 2}, {3, 4}}, Look{Colour: Ink, Width: 2})
	for _, shape := range []Shape{Circle, Square, Diamond} {
		s.Mark(5, 5, 2, Look{Colour: Ink, Shape: shape, Hollow: true})
	}
	elements := map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(s.String()))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
		if words, ok := token.(xml.CharData); ok && strings.TrimSpace(string(words)) != "" && string(words) != "a < b & c" {
			t.Errorf("the text is %q", words)
		}
	}
	for name, want := range map[string]int{"svg": 1, "rect": 2, "line": 2, "text": 1, "path": 2, "circle": 1} {
		if elements[name] != want {
			t.Errorf("%d of %s, want %d", elements[name], name, want)
		}
	}
	if want := `d="M0.0 0.0L1.2 2.0L3.0 4.0"`; !strings.Contains(s.String(), want) {
		t.Errorf("no path %s in %s", want, s)
	}
}

// A legend that is too long for one row takes a second one, and says so.
func TestLegend(t *testing.T) {
	look := func(string) Look { return Look{Colour: Ink} }
	if got := New(1000, 50).Legend(0, 0, []string{"one", "two"}, look); got != 20 {
		t.Errorf("one row takes %v", got)
	}
	if got := New(100, 50).Legend(0, 0, []string{"one", "two", "three"}, look); got != 40 {
		t.Errorf("two rows take %v", got)
	}
}
