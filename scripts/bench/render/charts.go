package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// writeCharts writes score.svg and cpu.svg.
func (r report) writeCharts(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, chart := range map[string]func() string{"score.svg": r.scoreChart, "cpu.svg": r.cpuChart} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(chart()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// contenders of some rows, in the order in which they are entered.
func contenders(rows []row) []string {
	var names []string
	for _, row := range rows {
		if !slices.Contains(names, row.Contender) {
			names = append(names, row.Contender)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return names
}

// order of the contenders in charts.
var order = []string{ours, oursFast, oursEqual, peer, "sharp-mozjpeg", "imagor", "imaginary", "bimg", "bimg-debian", "imaging", "floor"}

// scoreChart is score over bytes, a panel for each format, for the works in which
// every contender climbs its ladder.
func (r report) scoreChart() string {
	const (
		panelWidth, panelHeight = 300.0, 320.0
		left, top, gap          = 56.0, 58.0, 16.0
		lowest                  = 30.0 // nobody wants a picture below
	)
	var works []work
	for _, w := range r.works() {
		if laddered(w) && rungs[w.format] != nil {
			works = append(works, w)
		}
	}
	var climbed []row
	highest := 60.0
	for _, row := range r.rows {
		// Who was too slow for a ladder still has its default.
		if slices.Contains(works, row.work) && row.Linear != nil && row.Contender != oursEqual {
			climbed = append(climbed, row)
			for _, g := range row.ladder {
				highest = max(highest, g.linear)
			}
		}
	}
	s := newSVG(left+float64(max(1, len(works)))*(panelWidth+gap), top+panelHeight+100)
	s.text(left, 22, "start", ink, `font-size="16" font-weight="600"`, "Score over bytes: 12 MP photo to 288x264")
	s.text(left, 40, "start", grey, "", "SSIMULACRA2 against the linear-light reference. Lines: qualities; large marks: each contender's default.")
	highest = math.Ceil(highest/5) * 5
	y := func(score float64) float64 {
		return top + panelHeight*(1-(score-lowest)/(highest-lowest))
	}
	for i, w := range works {
		x0 := left + float64(i)*(panelWidth+gap)
		const least, most = 3000.0, 60000.0
		x := func(bytes float64) float64 {
			return x0 + panelWidth*(math.Log(bytes)-math.Log(least))/(math.Log(most)-math.Log(least))
		}
		for _, v := range ticks(lowest, highest, 7) {
			s.line(x0, y(v), x0+panelWidth, y(v), faint, 1)
			if i == 0 {
				s.text(x0-6, y(v)+4, "end", grey, "", fmt.Sprintf("%g", v))
			}
		}
		for _, v := range logTicks(least, most) {
			s.line(x(v), top, x(v), top+panelHeight, faint, 1)
			s.text(x(v), top+panelHeight+16, "middle", grey, "", fmt.Sprintf("%g", v/1000))
		}
		s.text(x0+8, top+16, "start", ink, `font-weight="600"`, map[string]string{"jpeg": "JPEG", "webp": "WebP", "avif": "AVIF"}[w.format])
		s.text(x0+panelWidth/2, top+panelHeight+34, "middle", ink, "", "kB (logarithmic)")
		inside := func(bytes, score float64) bool {
			return score >= lowest && score <= highest && bytes >= least && bytes <= most
		}
		for _, name := range slices.Backward(contenders(climbed)) { // ours last, on top
			row := find(climbed, w, name)
			if row == nil {
				continue
			}
			var points [][2]float64
			for _, g := range row.ladder {
				if inside(g.bytes, g.linear) {
					points = append(points, [2]float64{x(g.bytes), y(g.linear)})
				}
			}
			l := lookOf(name)
			if len(points) > 1 {
				s.path(points, l)
			}
			for _, p := range points {
				s.mark(p[0], p[1], 1.8, l)
			}
			if inside(row.Bytes, *row.Linear) {
				s.mark(x(row.Bytes), y(*row.Linear), 5, l)
			}
		}
		s.line(x0, top+panelHeight, x0+panelWidth, top+panelHeight, grey, 1)
		s.line(x0, top, x0, top+panelHeight, grey, 1)
	}
	s.text(0, 0, "middle", ink, fmt.Sprintf(`transform="translate(16 %.0f) rotate(-90)"`, top+panelHeight/2), "SSIMULACRA2")
	s.legend(left, top+panelHeight+58, contenders(climbed))
	s.text(left, s.height-8, "start", grey, `font-size="11"`, r.machine)
	return s.String()
}

// cpuChart is a row for each work with a mark for each contender.
func (r report) cpuChart() string {
	const (
		left, plot = 210.0, 720.0
		rowHeight  = 30.0
	)
	names := contenders(r.rows)
	works := r.works()
	s := newSVG(left+plot+30, 150+rowHeight*float64(len(works)))
	s.text(16, 22, "start", ink, `font-size="16" font-weight="600"`, "CPU time of one warm picture")
	s.text(16, 40, "start", grey, "", "User and system time of the process, median. Further left is better.")
	top := 52 + s.legend(16, 60, names)
	least, most := math.Inf(1), 0.0
	for _, row := range r.rows {
		least, most = min(least, row.CPUMS), max(most, row.CPUMS)
	}
	least, most = least/1.2, most*1.2
	x := func(ms float64) float64 {
		return left + plot*(math.Log(ms)-math.Log(least))/(math.Log(most)-math.Log(least))
	}
	bottom := top + rowHeight*float64(len(works))
	for _, v := range logTicks(least, most) {
		s.line(x(v), top, x(v), bottom, faint, 1)
		s.text(x(v), bottom+16, "middle", grey, "", fmt.Sprintf("%g", v))
	}
	s.text(left+plot/2, bottom+34, "middle", ink, "", "CPU ms (logarithmic)")
	for i, w := range works {
		y := top + rowHeight*(float64(i)+.5)
		s.line(left, y, left+plot, y, faint, 1)
		s.text(left-10, y+4, "end", ink, "", w.String())
		for _, name := range slices.Backward(names) {
			if row := find(r.rows, w, name); row != nil {
				s.mark(x(row.CPUMS), y, 5, lookOf(name))
			}
		}
	}
	s.text(16, bottom+52, "start", grey, `font-size="11"`, r.machine)
	return s.String()
}
