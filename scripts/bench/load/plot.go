package main

import (
	"fmt"

	"github.com/thumbfront/thumbfront/scripts/bench/chart"
)

// plot draws the memory over time, under its limit.
func plot(samples []sample, limit float64) string {
	const width, height, left, top, right, bottom = 760.0, 280.0, 64.0, 56.0, 16.0, 38.0
	s := chart.New(width, height)
	end := 1.0
	if len(samples) > 0 {
		end = samples[len(samples)-1].Second
	}
	most := limit * 1.1
	x := func(second float64) float64 { return left + second/end*(width-left-right) }
	y := func(mb float64) float64 { return height - bottom - mb/most*(height-top-bottom) }
	s.Text(left, 22, "start", chart.Ink, `font-size="16" font-weight="600"`, "Resident memory of the server under load")
	for _, mb := range chart.Ticks(0, limit, 4) {
		s.Line(left, y(mb), width-right, y(mb), chart.Faint, 1)
		s.Text(left-6, y(mb)+4, "end", chart.Grey, "", fmt.Sprintf("%g MB", mb))
	}
	for _, second := range chart.Ticks(0, end, 8) {
		s.Text(x(second), height-bottom+18, "middle", chart.Grey, "", fmt.Sprintf("%g s", second))
	}
	var points [][2]float64
	for _, one := range samples {
		if one.Phase != "" {
			s.DashedLine(x(one.Second), top-8, x(one.Second), height-bottom, chart.Grey, 0.8)
			s.Text(x(one.Second)+4, top, "start", chart.Grey, `font-size="11"`, one.Phase)
		}
		points = append(points, [2]float64{x(one.Second), y(one.MB)})
	}
	s.Path(points, chart.Look{Colour: "#1d4ed8", Width: 1.8})
	s.DashedLine(left, y(limit), width-right, y(limit), "#c1121f", 1.5)
	s.Text(width-right, y(limit)+14, "end", "#c1121f", "", fmt.Sprintf("MEMORY_MB=%g", limit))
	s.Line(left, height-bottom, width-right, height-bottom, chart.Grey, 1)
	return s.String()
}
