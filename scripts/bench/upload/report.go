package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// report is all that was measured.
type report struct {
	options
	rows          []row
	machine, load string
}

// published is what a project reports of the three ways, in seconds: its worst cases.
var published = map[string]float64{"A": 23, "B": 3, "C": 1.22}

const (
	mostCPUMS     = 1    // of the backend for a picture, way C
	mostOverB     = 1.05 // way C's wall time, of way B's
	columns       = "| way | worst ms | median ms | answered, worst ms | picture bytes through the backend | its CPU ms per picture |\n|---|---:|---:|---:|---:|---:|\n"
	whyTheyDiffer = "The published times (A 23 s, B 3 s, C 1.22 s) are those of a system that calls a serial service for each entity; here its work is done in place, in milliseconds. What such a service adds stands in the second table.\n"
)

func (r report) markdown(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; load %s.\n%d rounds of %d pictures of about %d KB over %g Mbit/s with a round trip of %s. Times are of a round, until its last entity is there.\n",
		r.machine, r.load, r.rounds, r.pictures, r.pictureBytes/1000, r.rate, r.roundTrip)
	for _, atOnce := range []int{1, r.pictures} {
		fmt.Fprintf(&b, "\n%s:\n\n%s", manner(atOnce), columns)
		for _, row := range r.of(atOnce) {
			fmt.Fprintf(&b, "| %s | %.0f | %.0f | %.0f | %d | %.2f |\n", row.Way, row.WorstMS, row.MedianMS, row.AnsweredWorstMS, row.BackendPictureBytes, row.BackendCPUMSPerPicture)
		}
	}
	b.WriteString("\n" + whyTheyDiffer)
	fmt.Fprintf(&b, "\nWith %s of calls to such a service in each round, added, not measured; until the client has its last answer, for in C it waits for none:\n\n| way | worst s | published s |\n|---|---:|---:|\n", r.entityCalls)
	for _, row := range r.of(1) {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f |\n", row.Way, r.withEntityCalls(row), published[row.Way])
	}
	b.WriteString("\n")
	for _, miss := range r.misses() {
		fmt.Fprintf(&b, "Not reached: %s.\n", miss)
	}
	if len(r.misses()) == 0 {
		b.WriteString("Reached: in C no picture byte and less than 1 ms of CPU for a picture in the backend, and at most 5 % more wall time than B.\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func manner(atOnce int) string {
	if atOnce == 1 {
		return "One after the other"
	}
	return fmt.Sprintf("%d at once", atOnce)
}

func (r report) of(atOnce int) (rows []row) {
	for _, row := range r.rows {
		if row.AtOnce == atOnce {
			rows = append(rows, row)
		}
	}
	return rows
}

// withEntityCalls is in seconds.
func (r report) withEntityCalls(row row) float64 {
	wait := r.entityCalls
	if row.Way == "C" {
		wait = 0
	}
	return row.AnsweredWorstMS/1000 + wait.Seconds()
}

// misses are the targets that were not reached.
func (r report) misses() (misses []string) {
	for _, atOnce := range []int{1, r.pictures} {
		byWay := map[string]row{}
		for _, row := range r.of(atOnce) {
			byWay[row.Way] = row
		}
		b, c := byWay["B"], byWay["C"]
		if c.BackendPictureBytes != 0 {
			misses = append(misses, fmt.Sprintf("%s, C: %d picture bytes through the backend, want none", manner(atOnce), c.BackendPictureBytes))
		}
		if c.BackendCPUMSPerPicture >= mostCPUMS {
			misses = append(misses, fmt.Sprintf("%s, C: %.2f ms of the backend's CPU for a picture, want less than %d", manner(atOnce), c.BackendCPUMSPerPicture, mostCPUMS))
		}
		if c.MedianMS > mostOverB*b.MedianMS {
			misses = append(misses, fmt.Sprintf("%s: C takes %.0f ms, B %.0f; want at most 5 %% more", manner(atOnce), c.MedianMS, b.MedianMS))
		}
	}
	return misses
}

func (r report) json() ([]byte, error) {
	text, err := json.MarshalIndent(r.rows, "", "  ")
	return append(text, '\n'), err
}
