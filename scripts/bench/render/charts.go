package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/thumbfront/thumbfront/scripts/bench/chart"
)

// writeCharts writes score.svg and cpu.svg.
func (r report) writeCharts(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, draw := range map[string]func() string{"score.svg": r.scoreChart, "cpu.svg": r.cpuChart} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(draw()), 0o644); err != nil {
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
	s := chart.New(left+float64(max(1, len(works)))*(panelWidth+gap), top+panelHeight+100)
	s.Text(left, 22, "start", chart.Ink, `font-size="16" font-weight="600"`, "Score over bytes: 12 MP photo to 288x264")
	s.Text(left, 40, "start", chart.Grey, "", "SSIMULACRA2 against the linear-light reference. Lines: qualities; large marks: each contender's default.")
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
		for _, v := range chart.Ticks(lowest, highest, 7) {
			s.Line(x0, y(v), x0+panelWidth, y(v), chart.Faint, 1)
			if i == 0 {
				s.Text(x0-6, y(v)+4, "end", chart.Grey, "", fmt.Sprintf("%g", v))
			}
		}
		for _, v := range chart.LogTicks(least, most) {
			s.Line(x(v), top, x(v), top+panelHeight, chart.Faint, 1)
			s.Text(x(v), top+panelHeight+16, "middle", chart.Grey, "", fmt.Sprintf("%g", v/1000))
		}
		s.Text(x0+8, top+16, "start", chart.Ink, `font-weight="600"`, map[string]string{"jpeg": "JPEG", "webp": "WebP", "avif": "AVIF"}[w.format])
		s.Text(x0+panelWidth/2, top+panelHeight+34, "middle", chart.Ink, "", "kB (logarithmic)")
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
				s.Path(points, l)
			}
			for _, p := range points {
				s.Mark(p[0], p[1], 1.8, l)
			}
			if inside(row.Bytes, *row.Linear) {
				s.Mark(x(row.Bytes), y(*row.Linear), 5, l)
			}
		}
		s.Line(x0, top+panelHeight, x0+panelWidth, top+panelHeight, chart.Grey, 1)
		s.Line(x0, top, x0, top+panelHeight, chart.Grey, 1)
	}
	s.Text(0, 0, "middle", chart.Ink, fmt.Sprintf(`transform="translate(16 %.0f) rotate(-90)"`, top+panelHeight/2), "SSIMULACRA2")
	s.Legend(left, top+panelHeight+58, contenders(climbed), lookOf)
	s.Text(left, s.Height-8, "start", chart.Grey, `font-size="11"`, r.machine)
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
	s := chart.New(left+plot+30, 150+rowHeight*float64(len(works)))
	s.Text(16, 22, "start", chart.Ink, `font-size="16" font-weight="600"`, "CPU time of one warm picture")
	s.Text(16, 40, "start", chart.Grey, "", "User and system time of the process, median. Further left is better.")
	top := 52 + s.Legend(16, 60, names, lookOf)
	least, most := math.Inf(1), 0.0
	for _, row := range r.rows {
		least, most = min(least, row.CPUMS), max(most, row.CPUMS)
	}
	least, most = least/1.2, most*1.2
	x := func(ms float64) float64 {
		return left + plot*(math.Log(ms)-math.Log(least))/(math.Log(most)-math.Log(least))
	}
	bottom := top + rowHeight*float64(len(works))
	for _, v := range chart.LogTicks(least, most) {
		s.Line(x(v), top, x(v), bottom, chart.Faint, 1)
		s.Text(x(v), bottom+16, "middle", chart.Grey, "", fmt.Sprintf("%g", v))
	}
	s.Text(left+plot/2, bottom+34, "middle", chart.Ink, "", "CPU ms (logarithmic)")
	for i, w := range works {
		y := top + rowHeight*(float64(i)+.5)
		s.Line(left, y, left+plot, y, chart.Faint, 1)
		s.Text(left-10, y+4, "end", chart.Ink, "", w.String())
		for _, name := range slices.Backward(names) {
			if row := find(r.rows, w, name); row != nil {
				s.Mark(x(row.CPUMS), y, 5, lookOf(name))
			}
		}
	}
	s.Text(16, bottom+52, "start", chart.Grey, `font-size="11"`, r.machine)
	return s.String()
}

// lookOf a contender in every chart.
func lookOf(contender string) chart.Look {
	switch contender {
	case ours:
		return chart.Look{Colour: "#c1121f", Width: 2.6}
	case oursFast:
		return chart.Look{Colour: "#f4845f", Width: 2.6, Hollow: true}
	case oursEqual:
		return chart.Look{Colour: "#780000", Width: 2, Shape: chart.Diamond}
	case peer:
		return chart.Look{Colour: "#1d4ed8", Width: 1.8, Shape: chart.Square}
	case "sharp-mozjpeg":
		return chart.Look{Colour: "#60a5fa", Width: 1.8, Shape: chart.Square, Hollow: true}
	case "imagor":
		return chart.Look{Colour: "#15803d", Width: 1.5, Shape: chart.Diamond}
	case "imaginary":
		return chart.Look{Colour: "#65a30d", Width: 1.5, Shape: chart.Diamond, Hollow: true}
	case "bimg":
		return chart.Look{Colour: "#7e22ce", Width: 1.5}
	case "bimg-debian":
		return chart.Look{Colour: "#c084fc", Width: 1.5, Hollow: true}
	case "imaging":
		return chart.Look{Colour: "#92400e", Width: 1.5, Shape: chart.Square}
	}
	return chart.Look{Colour: chart.Grey, Width: 1.5, Shape: chart.Square, Hollow: true}
}
