package main

// Attack is what one client without a signature costs in an hour.
type Attack struct {
	Name       string  `json:"name"`
	PerMillion float64 `json:"perMillionUSD"` // requests
	Hour       float64 `json:"hourUSD"`       // at the rate
	HourWAF    float64 `json:"hourWAFUSD"`    // the same with the firewall
}

// What a request of an attack takes.
const (
	refusalKB   = 0.4    // of an error answer with its headers
	refusalMS   = 2      // of the function, which reads no original
	refusalLogs = 900    // bytes
	missingMS   = 15     // of the function, which asks S3 for an original
	largeKB     = 500    // of a large picture of a page
	costliestMS = 10_000 // of the function: edits that would take longer are refused
)

// attacks costs requests of one address at a rate per second, of which the function has so
// many at once, and throttles the others, for which S3 has been asked by then. wafRate of
// them in five minutes pass the firewall; CloudFront takes nothing for those that it blocks.
func attacks(p Prices, m Month, perSecond, wafRate, concurrency float64) []Attack {
	memoryGB, gbSecond := m.function(p)
	edge := p.CloudFrontRequest + p.CloudFrontFunction
	refusal := refusalKB * 1000 / 1e9 * p.CloudFrontGB
	function := func(ms float64) float64 {
		return p.S3Get + p.LambdaRequest + ms/1000*memoryGB*gbSecond + refusalLogs/1e9*p.LogGB
	}
	picture := func(kb float64) float64 { return edge + kb*1000/1e9*p.CloudFrontGB }
	render := func(ms float64) float64 {
		return picture(m.ImageKB) + function(ms) + 2*p.S3Get + p.S3Put + (logBytesPerRender-refusalLogs)/1e9*p.LogGB
	}
	const hour = 3600
	sent := perSecond * hour
	var all []Attack
	for _, a := range []struct {
		name string
		one  float64
		ms   float64 // of the function
	}{
		{"no signature: refused by the edge", edge + refusal, 0},
		{"a forged signature, another each time: refused by the function", edge + refusal + function(refusalMS), refusalMS},
		{"presets of originals that are not there (ACCESS=presets)", edge + refusal + function(missingMS) + p.S3Get, missingMS},
		{"a URL of a page, again and again: answered by the cache", picture(m.ImageKB), 0},
		{"another picture each time (ACCESS=open): rendered and stored", render(m.RenderMS), m.RenderMS},
		{"a URL of 500 KB of a page, again and again: answered by the cache", picture(largeKB), 0},
		{"the costliest edits each time (ACCESS=open): throttled", render(costliestMS), costliestMS},
	} {
		cost := func(requests float64) float64 {
			served := requests
			if a.ms > 0 {
				served = min(requests, concurrency*hour*1000/a.ms)
			}
			return a.one*served + (edge+refusal+p.S3Get)*(requests-served)
		}
		all = append(all, Attack{a.name, a.one * 1e6, cost(sent), cost(min(sent, wafRate*12)) + p.WAFRequest*sent})
	}
	return all
}
