package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"
)

func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func billOf(t *testing.T, args ...string) Bill {
	t.Helper()
	var b Bill
	if err := json.Unmarshal([]byte(printed(t, append(args, "-json")...)), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// The figures of the trials: a million images of 15 KB, 50 GB to viewers.
func TestComparison(t *testing.T) {
	for _, c := range []struct {
		args []string
		usd  float64
	}{
		{[]string{"-edge-hits", "0", "-s3-hits", "0"}, 12.40},
		{nil, 5.80},
	} {
		b := billOf(t, c.args...)
		if got := total(b.Compared); math.Abs(got-c.usd) > 0.01 {
			t.Errorf("%v: %.3f, want %.2f", c.args, got, c.usd)
		}
		if got := b.RenderUSD * 1e6; math.Abs(got-6.40) > 0.01 {
			t.Errorf("a million renders cost %.3f, want 6.40", got)
		}
		if b.RenderMonths < 18 || b.RenderMonths > 19 {
			t.Errorf("a render is %.1f months of storage, want 18", b.RenderMonths)
		}
		if total(b.Compared) > published {
			t.Errorf("%.2f is above the %.2f of the peer", total(b.Compared), published)
		}
	}
	text := printed(t)
	for _, want := range []string{"5.80", "about 13.00", "6.40, of which the PUT is 78 %", "18.6 months"} {
		if !strings.Contains(text, want) {
			t.Errorf("the bill does not say %q:\n%s", want, text)
		}
	}
}

// Every line is its count by its price, and a switch adds what it says.
func TestLines(t *testing.T) {
	plain := billOf(t, "-uploads", "1000", "-deletes", "1000")
	for _, l := range append(plain.Compared, plain.Besides...) {
		if l.Count <= 0 || l.Price <= 0 || math.Abs(l.USD-l.Count*l.Price) > 1e-9 {
			t.Errorf("%+v", l)
		}
	}
	for _, c := range []struct {
		flag string
		more float64
	}{{"-waf", 6.6}, {"-shield", 0.15}} {
		if got := total(billOf(t, "-uploads", "1000", "-deletes", "1000", c.flag).Besides) - total(plain.Besides); math.Abs(got-c.more) > 0.001 {
			t.Errorf("%s adds %.3f, want %.2f", c.flag, got, c.more)
		}
	}
	if paths := billOf(t, "-deletes", "250").Besides; strings.Contains(string(mustJSON(t, paths)), "invalidated") {
		t.Error("the first 1000 paths cost something")
	}
}

func TestAlarmsAreThoseThatAreDeployed(t *testing.T) {
	template, err := os.ReadFile("../../infra/template.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if deployed := strings.Count(string(template), `"AWS::CloudWatch::Alarm"`); deployed != alarms {
		t.Errorf("%d alarms are billed, %d deployed", alarms, deployed)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAttacks(t *testing.T) {
	var all []Attack
	if err := json.Unmarshal([]byte(printed(t, "-attack", "-json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 7 {
		t.Fatalf("%+v", all)
	}
	for i, a := range all {
		want := a.PerMillion * 3.6
		if i == 6 { // a thousand at once, of 10 s each; for the others S3 is asked, at 0.4 a million
			want = a.PerMillion*0.36 + (all[0].PerMillion+0.4)*3.24
		}
		if math.Abs(a.Hour-want) > 1e-9 {
			t.Errorf("%s: %.2f an hour of 3.6 million requests, want %.2f", a.Name, a.Hour, want)
		}
		// What passes the firewall, and its own fee of 3.6 million requests.
		if want := a.PerMillion*0.12 + 2.16; math.Abs(a.HourWAF-want) > 1e-9 {
			t.Errorf("%s: %.3f with the firewall, want %.3f", a.Name, a.HourWAF, want)
		}
		if i == 4 && a.PerMillion <= billOf(t).RenderUSD*1e6 {
			t.Errorf("%s costs %.2f a million, less than the renders alone", a.Name, a.PerMillion)
		}
		if i > 0 && i < 3 && a.Hour <= all[0].Hour {
			t.Errorf("%s costs less than what the edge refuses", a.Name)
		}
	}
}

// By hand, of the list prices: requests 0.0000010 and the edge function 0.0000001 each,
// 0.4 KB of an answer at 0.085 a GB.
func TestRefusalByHand(t *testing.T) {
	var all []Attack
	if err := json.Unmarshal([]byte(printed(t, "-attack", "-json")), &all); err != nil {
		t.Fatal(err)
	}
	if want := 1.0 + 0.1 + 0.4*0.085; math.Abs(all[0].PerMillion-want) > 1e-9 {
		t.Errorf("%.4f a million, want %.4f", all[0].PerMillion, want)
	}
	if want := 1.0 + 0.1 + 500*0.085; math.Abs(all[5].PerMillion-want) > 1e-9 {
		t.Errorf("%.4f a million, want %.4f", all[5].PerMillion, want)
	}
}

// SECURITY.md shows what the command prints.
func TestSecurityShowsTheAttacks(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []Attack
	if err := json.Unmarshal([]byte(printed(t, "-attack", "-json")), &all); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if row := fmt.Sprintf("\n| %s | %.2f | %.2f | %.2f |\n", a.Name, a.PerMillion, a.Hour, a.HourWAF); !strings.Contains(string(text), row) {
			t.Errorf("SECURITY.md lacks the line%s", row)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-edge-hits 1.5", "-edge-hits is 1.5, want a share from 0 to 1, such as 0.8"},
		{"-images -1", "-images is -1, want a number from 0"},
		{"-image-kb 0", "want a number above 0"},
		{"1000000", "want flags alone"},
		{"-prices none.json", "no such file"},
	} {
		err := run(strings.Fields(c.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
	if _, err := parsePrices([]byte(`{"s3Put":1}`)); err == nil {
		t.Error("a price list without prices is taken")
	}
	if _, err := parsePrices([]byte(`{"s3Putt":1}`)); err == nil {
		t.Error("an unknown price is taken")
	}
}
