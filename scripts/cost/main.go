// Command cost prints the monthly bill of a deployment, line by line:
//
//	go run ./scripts/cost -images 1000000 -edge-hits 0.8 -s3-hits 0.9
//	go run ./scripts/cost -attack
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

// published is what AWS says of the Serverless Image Handler for a million images, 15 GB
// of storage and 50 GB of transfer.
const published = 13.0

func run(args []string, out, errors io.Writer) error {
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(errors)
	m := Month{}
	number := flags.Float64Var
	number(&m.Images, "images", 1e6, "answers to viewers in a month")
	number(&m.EdgeHits, "edge-hits", 0.8, "share of them that the CDN's cache answers, 0 to 1")
	number(&m.S3Hits, "s3-hits", 0.9, "share of the others that is stored already, 0 to 1")
	number(&m.StorageGB, "storage", 15, "GB of thumbnails")
	number(&m.TransferGB, "transfer", 50, "GB to viewers")
	number(&m.ImageKB, "image-kb", 15, "KB of a thumbnail")
	number(&m.MemoryMB, "memory", 1792, "MB of the function")
	number(&m.RenderMS, "render-ms", 34.3, "ms billed for a render, the wait for S3 counted in")
	number(&m.Uploads, "uploads", 0, "originals that arrive in a month")
	number(&m.OriginalMB, "original-mb", 3, "MB of an original")
	number(&m.OriginalGB, "originals", 0, "GB of originals that are stored, besides these")
	number(&m.Deletes, "deletes", 0, "originals that are deleted or overwritten in a month")
	flags.BoolVar(&m.X86, "x86", false, "the function is x86_64")
	flags.BoolVar(&m.Shield, "shield", false, "the setting originShieldRegion")
	flags.BoolVar(&m.WAF, "waf", false, "the setting waf")
	file := flags.String("prices", "", "a price list instead of prices.json")
	asJSON := flags.Bool("json", false, "print JSON")
	attack := flags.Bool("attack", false, "print what one client without a signature costs in an hour")
	rate := flags.Float64("rate", 1000, "requests of that client in a second")
	wafRate := flags.Float64("waf-rate", 10000, "the setting wafRate")
	concurrency := flags.Float64("concurrency", 1000, "the setting reservedConcurrency, or the account's limit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got %q, want flags alone, such as -images 1000000", flags.Arg(0))
	}
	for name, share := range map[string]float64{"edge-hits": m.EdgeHits, "s3-hits": m.S3Hits} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("-%s is %g, want a share from 0 to 1, such as 0.8", name, share)
		}
	}
	for name, v := range map[string]float64{"images": m.Images, "storage": m.StorageGB, "transfer": m.TransferGB, "memory": m.MemoryMB, "render-ms": m.RenderMS,
		"uploads": m.Uploads, "original-mb": m.OriginalMB, "originals": m.OriginalGB, "deletes": m.Deletes, "rate": *rate, "waf-rate": *wafRate, "concurrency": *concurrency} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("-%s is %g, want a number from 0, such as 1000", name, v)
		}
	}
	if !(m.ImageKB > 0) {
		return fmt.Errorf("-image-kb is %g, want a number above 0, such as 15", m.ImageKB)
	}
	m.OriginalGB += m.Uploads * m.OriginalMB / 1000
	data := listPrices
	if *file != "" {
		var err error
		if data, err = os.ReadFile(*file); err != nil {
			return err
		}
	}
	prices, err := parsePrices(data)
	if err != nil {
		return err
	}
	if *attack {
		return printAttacks(out, attacks(prices, m, *rate, *wafRate, *concurrency), *rate, *wafRate, *asJSON)
	}
	b := bill(prices, m)
	if *asJSON {
		return json.NewEncoder(out).Encode(b)
	}
	return print(out, prices, b)
}

func print(out io.Writer, p Prices, b Bill) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")+"\t") }
	lines := func(title string, lines []Line) {
		row(title, "", "", "")
		for _, l := range lines {
			row(l.Service+", "+l.What, quantity(l.Count), fmt.Sprintf("%.10g", l.Price), fmt.Sprintf("%.4f", l.USD))
		}
		row("together", "", "", fmt.Sprintf("%.2f", total(lines)))
	}
	fmt.Fprintf(out, "%s answers, %s of them rendered; %s, %s, %s\n\n", quantity(b.Month.Images), quantity(b.Renders), p.Region, p.Date, p.Currency)
	row("", "count", "price of one", p.Currency)
	lines("WHAT IS COMPARED", b.Compared)
	row("", "", "", "")
	lines("BESIDES, OF THIS STACK", b.Besides)
	row("", "", "", "")
	row("in all", "", "", fmt.Sprintf("%.2f", total(b.Compared)+total(b.Besides)))
	if err := w.Flush(); err != nil {
		return err
	}
	m := b.Month
	if m.Images == 1e6 && m.StorageGB == 15 && m.TransferGB == 50 {
		fmt.Fprintf(out, "\nThe Serverless Image Handler, for as much, as published: about %.2f. Its logs, alarms and secret are\nnot in that figure, as ours are not in what is compared.\n", published)
	}
	fmt.Fprintf(out, "\nA million renders with write-back: %.2f, of which the PUT is %.0f %%. One costs as much as storing its\nthumbnail for %.1f months: expiry is for hygiene, not for money.\n",
		b.RenderUSD*1e6, 100*p.S3Put/b.RenderUSD, b.RenderMonths)
	return nil
}

func printAttacks(out io.Writer, all []Attack, rate, wafRate float64, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(all)
	}
	fmt.Fprintf(out, "One client without a signature, %s requests a second; the firewall lets %s of 5 minutes pass.\n\n", quantity(rate), quantity(wafRate))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tUSD a million\tUSD an hour\twith waf")
	for _, a := range all {
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\n", a.Name, a.PerMillion, a.Hour, a.HourWAF)
	}
	return w.Flush()
}

// quantity is a count in groups of three digits.
func quantity(v float64) string {
	if math.Abs(v-math.Round(v)) > 1e-6 {
		return fmt.Sprintf("%.2f", v)
	}
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
