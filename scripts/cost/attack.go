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
	refusalKB   = 0.4 // of an error answer with its headers
	refusalMS   = 2   // of the function, which reads no original
	refusalLogs = 900 // bytes
	missingMS   = 15  // of the function, which asks S3 for an original
)

// attacks costs requests of one address at a rate per second. wafRate of them in five
// minutes pass the firewall; CloudFront takes nothing for those that it blocks.
func attacks(p Prices, m Month, perSecond, wafRate float64) []Attack {
	memoryGB, gbSecond := m.function(p)
	edge := p.CloudFrontRequest + p.CloudFrontFunction
	refusal := refusalKB * 1000 / 1e9 * p.CloudFrontGB
	function := func(ms float64) float64 {
		return p.S3Get + p.LambdaRequest + ms/1000*memoryGB*gbSecond + refusalLogs/1e9*p.LogGB
	}
	var all []Attack
	for _, a := range []struct {
		name string
		one  float64
	}{
		{"no signature: refused by the edge", edge + refusal},
		{"a forged signature, another each time: refused by the function", edge + refusal + function(refusalMS)},
		{"presets of originals that are not there (ACCESS=presets)", edge + refusal + function(missingMS) + p.S3Get},
		{"a URL of a page, again and again: answered by the cache", edge + m.ImageKB*1000/1e9*p.CloudFrontGB},
		{"another picture each time (ACCESS=open): rendered and stored", edge + m.ImageKB*1000/1e9*p.CloudFrontGB +
			function(m.RenderMS) + 2*p.S3Get + p.S3Put + (logBytesPerRender-refusalLogs)/1e9*p.LogGB},
	} {
		requests := perSecond * 3600
		passed := min(requests, wafRate*12)
		all = append(all, Attack{a.name, a.one * 1e6, a.one * requests, a.one*passed + p.WAFRequest*requests})
	}
	return all
}
