// Package median sums measurements up.
package median

import (
	"cmp"
	"slices"
)

// Of is the median, of an even number of values the mean of the two in the
// middle, and 0 of none.
func Of[T ~int64 | ~float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[T])
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
