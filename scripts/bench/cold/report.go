package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/median"
)

// row is one contender's medians. MB are 10^6 bytes.
type row struct {
	Contender      string   `json:"contender"`
	InitMS         float64  `json:"init_ms"`  // exec to the first /next
	FirstMS        float64  `json:"first_ms"` // exec to the end of the first answer
	WarmMS         float64  `json:"warm_ms"`  // event to the end of the answer
	PeakMB         float64  `json:"peak_mb"`
	ZipMB          float64  `json:"zip_mb"`
	InitDroppedMS  *float64 `json:"init_dropped_ms,omitempty"` // the same with a dropped page cache
	FirstDroppedMS *float64 `json:"first_dropped_ms,omitempty"`
}

func newRow(name string, zipMB float64, warm, dropped []life) row {
	ms := func(lives []life, of func(life) time.Duration) float64 {
		var values []float64
		for _, l := range lives {
			values = append(values, float64(of(l))/1e6)
		}
		return median.Of(values)
	}
	start := func(l life) time.Duration { return l.init }
	first := func(l life) time.Duration { return l.first }
	var peaks []float64
	for _, l := range warm {
		peaks = append(peaks, l.peakMB)
	}
	r := row{Contender: name, ZipMB: zipMB, PeakMB: median.Of(peaks),
		InitMS: ms(warm, start), FirstMS: ms(warm, first), WarmMS: ms(warm, func(l life) time.Duration { return l.warm })}
	if len(dropped) > 0 {
		startMS, firstMS := ms(dropped, start), ms(dropped, first)
		r.InitDroppedMS, r.FirstDroppedMS = &startMS, &firstMS
	}
	return r
}

// report is all that was measured. Rows[0] is ours, Rows[1] what it is held against.
type report struct {
	Rows                 []row
	Machine, Load, Photo string
	Rounds, Warm         int
	Drop                 dropMode
	HEIC                 heicResult
	Soak                 *soakResult
}

type column struct {
	title string
	of    func(row) *float64
	most  float64 // the ratio to reach; 0 is none
}

var columns = []column{
	{"start ms", func(r row) *float64 { return &r.InitMS }, 0.1},
	{"first answer ms", func(r row) *float64 { return &r.FirstMS }, 0.5},
	{"warm ms", func(r row) *float64 { return &r.WarmMS }, 0.85},
	{"peak MB", func(r row) *float64 { return &r.PeakMB }, 0.5},
	{"zip MB", func(r row) *float64 { return &r.ZipMB }, 0},
	{"start ms, dropped", func(r row) *float64 { return r.InitDroppedMS }, 0.1},
	{"first answer ms, dropped", func(r row) *float64 { return r.FirstDroppedMS }, 0.5},
}

func (r report) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; load %s.\n", r.Machine, r.Load)
	fmt.Fprintf(&b, "Medians of %d rounds; each is one process with %d warm answers. The job: %s from S3, cover %dx%d, JPEG Q80, to S3.\n\n",
		r.Rounds, r.Warm, r.Photo, width, height)
	line := func(first string, cell func(column) string) {
		b.WriteString("| " + first)
		for _, c := range columns {
			b.WriteString(" | " + cell(c))
		}
		b.WriteString(" |\n")
	}
	line("", func(c column) string { return c.title })
	line("---", func(column) string { return "---:" })
	for _, row := range r.Rows {
		line(row.Contender, func(c column) string { return number(c.of(row), "%.1f") })
	}
	ours, theirs := r.Rows[0], r.Rows[1]
	line(ours.Contender+" / "+theirs.Contender, func(c column) string { return number(ratio(c.of(ours), c.of(theirs)), "**%.2f**") })
	line("to reach", func(c column) string {
		if c.most == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f", c.most)
	})
	b.WriteString("\nstart: exec to the first /next. first answer: exec to the last byte of the answer. warm: event to the last byte. " +
		"peak: VmHWM. zip: node itself is the runtime's and not counted. " + r.Drop.words() +
		" thumbfront runs its fast profile, which decodes as coarsely as sharp does, and encodes by the same library; thumbfront-default its default one." +
		" sharp is node with sharp and node's http client, sharp-sdk with @aws-sdk/client-s3, unbundled, instead; " +
		"ours reads its secret, verifies a signature and checks that the original is still there, theirs do not.\n\n")
	r.HEIC.markdown(&b)
	if r.Soak != nil {
		r.Soak.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (m dropMode) words() string {
	switch m {
	case dropAll:
		return "dropped: all of the page cache, node's executable included, was dropped before the start."
	case dropPackage:
		return "dropped: the package's files were dropped from the page cache before the start; node's executable was not."
	}
	return "dropped: not measured."
}

func number(value *float64, format string) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprintf(format, *value)
}

func ratio(a, b *float64) *float64 {
	if a == nil || b == nil || *b == 0 {
		return nil
	}
	q := *a / *b
	return &q
}

// json is the rows as an array; ours tells of HEIC and memory as well.
func (r report) json() ([]byte, error) {
	type extended struct {
		row
		*heicResult
		*soakResult
	}
	rows := make([]extended, len(r.Rows))
	for i, row := range r.Rows {
		rows[i].row = row
	}
	if r.HEIC.Skipped == "" {
		rows[0].heicResult = &r.HEIC
	}
	rows[0].soakResult = r.Soak
	text, err := json.MarshalIndent(rows, "", "  ")
	return append(text, '\n'), err
}
