package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
)

// Prices is a price list; each is of one, in USD.
type Prices struct {
	Date     string `json:"date"`
	Region   string `json:"region"`
	Currency string `json:"currency"`
	Sources  string `json:"sources"`

	CloudFrontRequest          float64 `json:"cloudFrontRequest"` // HTTPS, GET
	CloudFrontGB               float64 `json:"cloudFrontGB"`      // to the internet
	CloudFrontFunction         float64 `json:"cloudFrontFunction"`
	CloudFrontShieldRequest    float64 `json:"cloudFrontShieldRequest"`
	CloudFrontInvalidationPath float64 `json:"cloudFrontInvalidationPath"` // above 1000 a month
	S3Put                      float64 `json:"s3Put"`                      // and COPY, POST, LIST
	S3Get                      float64 `json:"s3Get"`                      // and HEAD
	S3GBMonth                  float64 `json:"s3GBMonth"`
	LambdaRequest              float64 `json:"lambdaRequest"`
	LambdaArmGBSecond          float64 `json:"lambdaArmGBSecond"`
	LambdaX86GBSecond          float64 `json:"lambdaX86GBSecond"`
	SQSRequest                 float64 `json:"sqsRequest"`
	SecretMonth                float64 `json:"secretMonth"`
	SecretCall                 float64 `json:"secretCall"`
	AlarmMonth                 float64 `json:"alarmMonth"`
	DashboardMonth             float64 `json:"dashboardMonth"`
	MetricMonth                float64 `json:"metricMonth"`
	LogGB                      float64 `json:"logGB"`
	WAFMonth                   float64 `json:"wafMonth"` // a web ACL and a rule
	WAFRequest                 float64 `json:"wafRequest"`
}

//go:embed prices.json
var listPrices []byte

// parsePrices reads a price list. Each price has to be there, and above 0.
func parsePrices(data []byte) (Prices, error) {
	var p Prices
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("prices: %w", err)
	}
	whole, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	all := map[string]any{}
	if err := json.Unmarshal(whole, &all); err != nil {
		return p, err
	}
	for name, price := range all {
		if v, ok := price.(float64); ok && v <= 0 {
			return p, fmt.Errorf("prices: %s is %g, want a price above 0, such as 0.023", name, v)
		}
	}
	return p, nil
}
