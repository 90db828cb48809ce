package main

import (
	"math"
	"testing"
)

func TestBisect(t *testing.T) {
	tried := map[int]int{}
	line := func(quality int) (sample, error) { // three of four reach the quality + 1.3
		tried[quality]++
		v := float64(quality) + 1.3
		return sample{quality, []float64{v + 9, v - 9, v, v + 1, v + 2}, []float64{1000, 2000, 1000, 1000, 1000}}, nil
	}
	found, err := bisect(50, 90, 72, line)
	if err != nil || math.Abs(found.exact-70.7) > 1e-9 || found.nearest.quality != 71 {
		t.Errorf("%+v, %v; want 70.7, nearest 71", found, err)
	}
	if len(tried) < 6 {
		t.Errorf("only %d qualities were tried", len(tried))
	}
	for quality, times := range tried {
		if times > 1 {
			t.Errorf("quality %d was tried %d times", quality, times)
		}
	}
	for _, target := range []float64{20, 95} {
		if found, err := bisect(50, 90, target, line); err == nil {
			t.Errorf("%v was found at %v", target, found.exact)
		}
	}
}

func TestDeviation(t *testing.T) {
	if got := deviation([]float64{2, 4, 4, 4, 5, 5, 7, 9}); got != 2 {
		t.Errorf("%v; want 2", got)
	}
}

func TestPhotoList(t *testing.T) {
	photos, err := parsePhotos(photoList)
	if err != nil || len(photos) < 20 {
		t.Errorf("%d photos, %v; want at least 20", len(photos), err)
	}
	seen := map[string]bool{}
	for _, p := range photos {
		if seen[p.path] {
			t.Errorf("%s is listed twice", p.path)
		}
		seen[p.path] = true
	}
	if _, err := parsePhotos("package 1.0\n"); err == nil {
		t.Error("a line without a path was read")
	}
}
