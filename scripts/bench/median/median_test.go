package median

import (
	"slices"
	"testing"
	"time"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{10, 1, 2, 4}, 3}} {
		before := slices.Clone(c.values)
		if got := Of(c.values); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("%v became %v", before, c.values)
		}
	}
	if got := Of([]time.Duration{3, 1}); got != 2 {
		t.Errorf("median of durations is %v", got)
	}
}
