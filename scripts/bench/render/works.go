package main

import (
	"fmt"
	"strings"
)

// work is one picture to make of one source.
type work struct {
	source        string
	width, height int // pixels; height 0 follows
	format        string
}

// String names a work, such as "12mp.jpg 288x264 webp".
func (w work) String() string {
	size := fmt.Sprintf("%dx%d", w.width, w.height)
	if w.height == 0 {
		size = fmt.Sprintf("%d", w.width)
	}
	return w.source + " " + size + " " + w.format
}

// as is the same work in another format.
func (w work) as(format string) work {
	w.format = format
	return w
}

func card(source, format string) work { return work{source, 288, 264, format} }

// usualWorks have each row of the targets, and each size, output and test picture
// at least once.
func usualWorks() []work {
	return []work{
		card("12mp.jpg", "jpeg"), card("12mp.jpg", "webp"), card("12mp.jpg", "avif"), card("12mp.jpg", "png"),
		{"12mp.jpg", 800, 600, "jpeg"}, {"12mp.jpg", 1600, 0, "webp"},
		card("phone.jpg", "jpeg"), card("phone.jpg", "webp"),
		card("phone.heic", "webp"), card("heic-as.jpg", "jpeg"),
		card("small.jpg", "jpeg"),
		card("12mp.png", "webp"),
		card("12mp.webp", "webp"),
		card("zoneplate.jpg", "jpeg"), card("page.jpg", "jpeg"),
	}
}

func allWorks() []work {
	var works []work
	for _, source := range []string{"12mp.jpg", "phone.jpg", "small.jpg", "12mp.png", "12mp.webp", "phone.heic", "heic-as.jpg", "zoneplate.jpg", "page.jpg"} {
		for _, size := range [][2]int{{288, 264}, {800, 600}, {1600, 0}} {
			if source == "small.jpg" && size[0] > 800 {
				continue // it would be enlarged, which is another question
			}
			for _, format := range []string{"jpeg", "webp", "avif", "png"} {
				works = append(works, work{source, size[0], size[1], format})
			}
		}
	}
	return works
}

func matching(works []work, part string) []work {
	var kept []work
	for _, w := range works {
		if strings.Contains(w.String(), part) {
			kept = append(kept, w)
		}
	}
	return kept
}

// rungs are the qualities of a ladder. They reach far down since our pixels are
// so much closer to the reference that a peer's score needs few bytes.
var rungs = map[string][]int{
	"jpeg": {25, 35, 45, 55, 65, 75, 85, 92},
	"webp": {10, 25, 40, 55, 65, 75, 85, 92},
	"avif": {15, 25, 35, 45, 55, 65, 75, 85},
}

// laddered are the works of the chart: every contender climbs. In the others ours
// does, to meet its peer's score.
func laddered(w work) bool { return w == card("12mp.jpg", w.format) }
