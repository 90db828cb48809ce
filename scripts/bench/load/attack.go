package main

import (
	"fmt"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// row is what one kind of load did to one server.
type row struct {
	Kind, Server string
	PerSecond    float64
	P50, P99     float64 // ms
}

// targets gives one request after the other.
type targets func(*vegeta.Target) error

// attack has some viewers ask as fast as they are answered. Each answer has to be 200.
func attack(kind, server string, next targets, d time.Duration, viewers uint64) (row, error) {
	m, codes := measure(next, vegeta.Rate{}, d, viewers)
	if len(codes) != 1 || codes["200"] == 0 {
		return row{}, fmt.Errorf("the answers are %v (%v), want 200 alone", codes, m.Errors)
	}
	return row{kind, server, m.Throughput, ms(m.Latencies.P50), ms(m.Latencies.P99)}, nil
}

func measure(next targets, pace vegeta.Pacer, d time.Duration, viewers uint64) (vegeta.Metrics, map[string]int) {
	options := []func(*vegeta.Attacker){vegeta.Timeout(30 * time.Second), vegeta.KeepAlive(true), vegeta.Workers(viewers), vegeta.MaxWorkers(viewers), vegeta.Connections(int(viewers))}
	attacker := vegeta.NewAttacker(options...)
	defer attacker.Stop()
	var m vegeta.Metrics
	for result := range attacker.Attack(vegeta.Targeter(next), pace, d, "") {
		m.Add(result)
	}
	m.Close()
	return m, m.StatusCodes
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// always asks for one URL.
func always(url string) targets {
	return func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodGet, url
		return nil
	}
}
