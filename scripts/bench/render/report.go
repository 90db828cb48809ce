package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/thumbfront/thumbfront/scripts/bench/ladder"
)

// report is all that was measured.
type report struct {
	machine, load string
	rounds        int
	rows          []row
}

func (r report) json() ([]byte, error) {
	text, err := json.MarshalIndent(r.rows, "", "  ")
	return append(text, '\n'), err
}

func (r report) row(w work, contender string) *row { return find(r.rows, w, contender) }

func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; load %s.\n", r.machine, r.load)
	fmt.Fprintf(&b, "Medians of %d turns of each contender; each is a process of its own that does nothing else.\n\n", r.rounds)
	r.writeScores(&b)
	r.writeCosts(&b)
	r.writePeaks(&b)
	r.writeEncoders(&b)
	r.writeRows(&b)
	b.WriteString("CPU: user and system time of the process for one warm picture. peak: VmHWM. " +
		"SSIMULACRA2 against the full decode, resized by Pillow's Lanczos in linear light and in gamma space, " +
		"and against the contender's own pixels before encoding. " +
		oursEqual + ": bytes interpolated at sharp's score, cost measured at the quality nearest to it.\n")
	return b.String()
}

func table(b *strings.Builder, columns ...string) func(cells ...string) {
	line := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(columns...)
	rule := make([]string, len(columns))
	for i, c := range columns {
		rule[i] = "---:"
		if c == "" || c == "work" || c == "contender" || c == "against" {
			rule[i] = "---"
		}
	}
	line(rule...)
	return line
}

func reached(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

// writeScores: bytes and score of the default profile against sharp's.
func (r report) writeScores(b *strings.Builder) {
	b.WriteString("### Score per byte, " + ours + "\n\n")
	line := table(b, "work", "against", "bytes", "ratio", "at most", "score", "gained", "at least", "reached")
	for _, t := range scoreTargets {
		mine, theirs := r.row(t.work, ours), r.row(t.against, peer)
		if mine == nil || theirs == nil {
			continue
		}
		bytes, score := mine.Bytes, *mine.Linear
		against := fmt.Sprintf("%s %s, %.0f B, %.1f", peer, t.against, theirs.Bytes, *theirs.Linear)
		if t.equalScore {
			at, ok := ladder.At(by(mine.ladder, linear), *theirs.Linear)
			if !ok {
				line(t.work.String(), against, "-", "the ladder does not meet it", "", "", "", "", reached(false))
				continue
			}
			bytes, score = at.Bytes, at.Score
		}
		ratio, gained := bytes/theirs.Bytes, score-*theirs.Linear
		line(t.work.String(), against, fmt.Sprintf("%.0f", bytes), fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%.2f", t.mostBytes),
			fmt.Sprintf("%.1f", score), fmt.Sprintf("%+.1f", gained), fmt.Sprintf("%+.0f", t.leastScore),
			reached(ratio <= t.mostBytes && gained >= t.leastScore))
	}
	b.WriteString("\n")
}

// writeCosts: the peers' CPU over ours.
func (r report) writeCosts(b *strings.Builder) {
	b.WriteString("### CPU: the other's time over ours\n\n")
	line := table(b, "work", "against", "its ms", "ours", "ms", "ratio", "at least", "stretch", "score gained", "reached")
	one := func(t costTarget, w work, name string, least, stretch float64) {
		mine, theirs := r.row(w, name), r.row(w, t.against)
		if least == 0 || mine == nil || theirs == nil {
			return
		}
		ratio := theirs.CPUMS / mine.CPUMS
		ok := ratio >= least
		gained, goal := "", ""
		if mine.Linear != nil && theirs.Linear != nil {
			gain := *mine.Linear - *theirs.Linear
			gained = fmt.Sprintf("%+.1f", gain)
			ok = ok && (name != oursFast || gain >= 0)
		}
		if t.equal {
			gained += fmt.Sprintf(", bytes x %.2f", mine.Bytes/theirs.Bytes)
			ok = ok && mine.Bytes <= theirs.Bytes
		}
		if stretch != 0 {
			goal = fmt.Sprintf("%.2f", stretch)
		}
		line(w.String(), t.against, milliseconds(theirs.CPUMS), name, milliseconds(mine.CPUMS), fmt.Sprintf("%.2f", ratio),
			fmt.Sprintf("%.2f", least), goal, gained, reached(ok))
	}
	both := func(t costTarget, w work) {
		if t.equal {
			one(t, w, oursEqual, t.fast, t.stretch)
			return
		}
		one(t, w, oursFast, t.fast, t.stretch)
		one(t, w, ours, t.usual, 0)
	}
	for _, t := range costTargets {
		both(t, t.work)
	}
	for _, w := range r.works() {
		both(pureGo, w)
	}
	b.WriteString("\n")
}

func (r report) works() []work {
	var works []work
	for _, row := range r.rows {
		if len(works) == 0 || works[len(works)-1] != row.work {
			works = append(works, row.work)
		}
	}
	return works
}

func (r report) writePeaks(b *strings.Builder) {
	fmt.Fprintf(b, "### Peak memory over %s's, at most %.1f\n\n", peer, mostPeak)
	line := table(b, "work", "sharp's MB", ours, oursFast, "reached")
	for _, w := range r.works() {
		theirs := r.row(w, peer)
		if theirs == nil {
			continue
		}
		ok := true
		ratio := func(name string) string {
			mine := r.row(w, name)
			if mine == nil {
				return "-"
			}
			ok = ok && mine.PeakMB <= mostPeak*theirs.PeakMB
			return fmt.Sprintf("%.0f MB, %.2f", mine.PeakMB, mine.PeakMB/theirs.PeakMB)
		}
		usual, fast := ratio(ours), ratio(oursFast)
		line(w.String(), fmt.Sprintf("%.0f", theirs.PeakMB), usual, fast, reached(ok))
	}
	b.WriteString("\n")
}

// writeEncoders: what the encoders alone are worth, each judged by the pixels
// that it was given, at the score that sharp's defaults reach by theirs.
func (r report) writeEncoders(b *strings.Builder) {
	var lines []string
	for _, w := range r.works() {
		theirs := r.row(w, peer)
		if theirs == nil || len(theirs.ladder) == 0 {
			continue
		}
		for _, row := range r.rows {
			if row.work != w || len(row.ladder) == 0 {
				continue
			}
			at, ok := ladder.At(by(row.ladder, own), *theirs.Own)
			if ok {
				lines = append(lines, fmt.Sprintf("| %s | %s | %.1f | %.0f | %.2f | %.0f |\n", w, row.Contender, at.Score, at.Bytes, at.Bytes/theirs.Bytes, at.Quality))
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	b.WriteString("### Encoding alone: bytes at equal score against one's own pixels\n\n")
	table(b, "work", "contender", "score", "bytes", "over sharp's", "quality")
	b.WriteString(strings.Join(lines, "") + "\n")
}

func (r report) writeRows(b *strings.Builder) {
	b.WriteString("### All\n\n")
	line := table(b, "work", "contender", "CPU ms", "peak MB", "bytes", "linear", "gamma", "own")
	for _, row := range r.rows {
		line(row.Work, row.Contender, milliseconds(row.CPUMS), fmt.Sprintf("%.0f", row.PeakMB), fmt.Sprintf("%.0f", row.Bytes),
			number(row.Linear), number(row.Gamma), number(row.Own))
	}
	b.WriteString("\n")
}

func milliseconds(ms float64) string {
	if ms < 100 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

func number(value *float64) string {
	if value == nil || math.IsNaN(*value) {
		return "-"
	}
	return fmt.Sprintf("%.1f", *value)
}
