package main

import "math"

// Month is what happens in a month.
type Month struct {
	Images     float64 `json:"images"`     // answers to viewers
	EdgeHits   float64 `json:"edgeHits"`   // share that the CDN's cache answers
	S3Hits     float64 `json:"s3Hits"`     // share of the others that is stored already
	StorageGB  float64 `json:"storageGB"`  // of thumbnails
	TransferGB float64 `json:"transferGB"` // to viewers
	ImageKB    float64 `json:"imageKB"`    // of a thumbnail
	MemoryMB   float64 `json:"memoryMB"`   // of the function
	RenderMS   float64 `json:"renderMS"`   // billed for a render
	X86        bool    `json:"x86"`
	Uploads    float64 `json:"uploads"`     // originals that arrive
	OriginalMB float64 `json:"originalMB"`  // of an original
	OriginalGB float64 `json:"originalsGB"` // stored at its end
	Deletes    float64 `json:"deletes"`     // and overwrites
	Shield     bool    `json:"shield"`
	WAF        bool    `json:"waf"`
}

// Line is one line of a bill.
type Line struct {
	Service string  `json:"service"`
	What    string  `json:"what"`
	Count   float64 `json:"count"`
	Price   float64 `json:"price"` // of one
	USD     float64 `json:"usd"`
}

// Bill is a month's. Compared are the lines that a comparison of image handlers counts,
// Besides what this stack has as well.
type Bill struct {
	Month    Month   `json:"month"`
	Renders  float64 `json:"renders"`
	Compared []Line  `json:"compared"`
	Besides  []Line  `json:"besides"`
	// RenderUSD is one render with its write-back, and RenderMonths how long storing
	// that thumbnail costs as much.
	RenderUSD    float64 `json:"renderUSD"`
	RenderMonths float64 `json:"renderMonths"`
}

// What the functions write and do, as measured on the local stack.
const (
	logBytesPerRender  = 1400
	logBytesPerIngest  = 900
	accessLogBytes     = 500 // of the CDN, for each request
	presetsPerUpload   = 3   // variants of the preset card
	secretCallsPerHour = 24  // of one instance: two stages, every five minutes
	hoursPerMonth      = 730
	freeInvalidations  = 1000
	pathsPerDelete     = 4 // two at the event, two at the second purge
	metrics            = 9 // that the log line of a render holds
	alarms             = 5
	// Five readers of each queue ask every 20 s, which is as long as SQS lets them wait.
	idlePolls = 2 * 5 * hoursPerMonth * 3600 / 20
)

// function gives the function's memory, and what a GB of it costs in a second.
func (m Month) function(p Prices) (memoryGB, gbSecond float64) {
	if m.X86 {
		return m.MemoryMB / 1024, p.LambdaX86GBSecond
	}
	return m.MemoryMB / 1024, p.LambdaArmGBSecond
}

func bill(p Prices, m Month) Bill {
	misses := m.Images * (1 - m.EdgeHits)
	renders := misses * (1 - m.S3Hits)
	memoryGB, gbSecond := m.function(p)
	seconds := m.RenderMS / 1000
	b := Bill{Month: m, Renders: renders}
	line := func(lines *[]Line, service, what string, count, price float64) {
		if count > 0 {
			*lines = append(*lines, Line{service, what, count, price, count * price})
		}
	}
	line(&b.Compared, "CloudFront", "requests", m.Images, p.CloudFrontRequest)
	line(&b.Compared, "CloudFront", "GB to viewers", m.TransferGB, p.CloudFrontGB)
	line(&b.Compared, "S3", "GET of thumbnails, found or not", misses, p.S3Get)
	line(&b.Compared, "S3", "GET of originals", renders, p.S3Get)
	line(&b.Compared, "S3", "PUT of thumbnails", renders, p.S3Put)
	line(&b.Compared, "S3", "GB of thumbnails", m.StorageGB, p.S3GBMonth)
	line(&b.Compared, "Lambda", "renders", renders, p.LambdaRequest)
	line(&b.Compared, "Lambda", "GB-seconds of renders", renders*seconds*memoryGB, gbSecond)

	warmed := m.Uploads * presetsPerUpload
	line(&b.Besides, "CloudFront", "edge function", m.Images, p.CloudFrontFunction)
	line(&b.Besides, "S3", "HEAD of originals after a render", renders+warmed, p.S3Get)
	line(&b.Besides, "S3", "GB of access logs", m.Images*accessLogBytes/1e9, p.S3GBMonth)
	line(&b.Besides, "S3", "GB of originals", m.OriginalGB, p.S3GBMonth)
	line(&b.Besides, "S3", "PUT of originals and entities", 2*m.Uploads, p.S3Put)
	line(&b.Besides, "S3", "PUT of warmed presets", warmed, p.S3Put)
	line(&b.Besides, "S3", "GET of originals that arrive", m.Uploads*(1+presetsPerUpload), p.S3Get)
	line(&b.Besides, "S3", "LIST for purges", 2*m.Deletes*3+m.Uploads*3, p.S3Put)
	line(&b.Besides, "Lambda", "arrivals and purges", m.Uploads+2*m.Deletes, p.LambdaRequest)
	line(&b.Besides, "Lambda", "GB-seconds of them", (m.Uploads*(1+presetsPerUpload)*seconds+2*m.Deletes*0.05)*memoryGB, gbSecond)
	line(&b.Besides, "SQS", "requests", 3*m.Uploads+6*m.Deletes, p.SQSRequest)
	line(&b.Besides, "CloudFront", "invalidated paths above 1000", max(0, m.Deletes*pathsPerDelete-freeInvalidations), p.CloudFrontInvalidationPath)
	line(&b.Besides, "CloudWatch", "GB of logs", (renders*logBytesPerRender+(m.Uploads+2*m.Deletes)*logBytesPerIngest)/1e9, p.LogGB)
	line(&b.Besides, "CloudWatch", "alarms", alarms, p.AlarmMonth)
	line(&b.Besides, "CloudWatch", "metrics", metrics, p.MetricMonth)
	line(&b.Besides, "CloudWatch", "dashboard", 1, p.DashboardMonth)
	line(&b.Besides, "Secrets Manager", "secret", 1, p.SecretMonth)
	line(&b.Besides, "Secrets Manager", "calls of one instance", secretCallsPerHour*hoursPerMonth, p.SecretCall)
	line(&b.Besides, "SQS", "requests of Lambda, which asks two queues whether there is something", idlePolls, p.SQSRequest)
	if m.Shield {
		line(&b.Besides, "CloudFront", "requests to the shield", misses, p.CloudFrontShieldRequest)
	}
	if m.WAF {
		line(&b.Besides, "WAF", "web ACL and rule", 1, p.WAFMonth)
		line(&b.Besides, "WAF", "requests", m.Images, p.WAFRequest)
	}
	b.RenderUSD = p.S3Put + p.S3Get + p.LambdaRequest + seconds*memoryGB*gbSecond
	b.RenderMonths = b.RenderUSD / (m.ImageKB * 1000 / 1e9 * p.S3GBMonth)
	return b
}

func total(lines []Line) float64 {
	sum := 0.0
	for _, l := range lines {
		sum += l.USD
	}
	return math.Round(sum*1e6) / 1e6
}
