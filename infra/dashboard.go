package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// dashboardMinutes is the period of all graphs.
const dashboardMinutes = 60

// List prices of us-east-1 in US dollars, without the free tier: a request to
// CloudFront by HTTPS, its first 10 TB out, a call of Lambda, a GB-second of
// its memory, a PUT to S3.
const (
	pricePerRequest       = 0.01 / 10_000
	pricePerByte          = 0.085 / (1 << 30)
	pricePerCall          = 0.20 / 1_000_000
	pricePerGBSecondARM64 = 0.0000133334
	pricePerGBSecondX8664 = 0.0000166667
	pricePerPut           = 0.005 / 1_000
)

// newDashboard shows what the deployment does and costs.
func newDashboard(stack awscdk.Stack, s settings.Settings, f thumbnailFunction, d awscloudfront.Distribution) {
	period := awscdk.Duration_Minutes(jsii.Number(dashboardMinutes))
	requests := distributionMetric(d, "Requests", "Sum", dashboardMinutes)
	bytesOut := distributionMetric(d, "BytesDownloaded", "Sum", dashboardMinutes)
	calls := f.function.MetricInvocations(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String("Sum")})
	duration := f.function.MetricDuration(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String("Sum")})
	renders := f.metric("Renders", "Sum")

	graph := func(title string, left ...awscloudwatch.IMetric) awscloudwatch.IWidget {
		return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title: &title, Left: &left, Width: jsii.Number(12), Region: &s.Region, // half of the dashboard's 24 columns
			LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0)}})
	}
	expression := func(label, expression string, metrics map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
		return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Label: &label, Expression: &expression, UsingMetrics: &metrics, Period: period})
	}

	perGBSecond := pricePerGBSecondARM64
	if s.Architecture == settings.X8664 {
		perGBSecond = pricePerGBSecondX8664
	}
	perMillisecond := perGBSecond * float64(s.MemoryMB) / 1024 / 1000 // MB to GB, milliseconds to seconds

	awscloudwatch.NewDashboard(stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: &s.Name,
		Widgets: &[]*[]awscloudwatch.IWidget{
			{
				graph("Requests per hour", requests, calls),
				// A call of the function is what neither the cache nor the bucket had.
				graph("Served without the function, %", expression("hit ratio", "100 * (1 - FILL(calls, 0) / requests)",
					map[string]awscloudwatch.IMetric{"requests": requests, "calls": calls})),
			},
			{
				graph("Renders per hour", renders, f.metric("StoreFailures", "Sum"), f.metric("ServerErrors", "Sum")),
				graph("Median time by phase, ms", f.metric("FetchTime", "p50"), f.metric("RenderTime", "p50"), f.metric("StoreTime", "p50")),
			},
			{
				graph("Bytes per hour", bytesOut, f.metric("Bytes", "Sum")),
				graph("Cost per hour at list prices, USD", expression("estimate", costOf(map[string]float64{"requests": pricePerRequest,
					"bytes": pricePerByte, "calls": pricePerCall, "duration": perMillisecond, "renders": pricePerPut}),
					map[string]awscloudwatch.IMetric{"requests": requests, "bytes": bytesOut, "calls": calls, "duration": duration, "renders": renders})),
			},
		},
	})
}

// costOf is the expression that adds up metrics by their prices, which it
// writes without exponents: CloudWatch takes an e for a metric.
func costOf(prices map[string]float64) string {
	var terms []string
	for _, metric := range slices.Sorted(maps.Keys(prices)) {
		terms = append(terms, fmt.Sprintf("FILL(%s, 0) * %s", metric, strconv.FormatFloat(prices[metric], 'f', -1, 64)))
	}
	return strings.Join(terms, " + ")
}

// metric is one of those in the function's log line: see pkg/thumbnail.
func (f thumbnailFunction) metric(name, statistic string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("thumbfront"), MetricName: &name, Statistic: &statistic,
		DimensionsMap: &map[string]*string{"FunctionName": f.function.FunctionName()},
		Label:         jsii.String(name), Period: awscdk.Duration_Minutes(jsii.Number(dashboardMinutes))})
}

// distributionMetric is one of CloudFront's, which are all in the global region.
func distributionMetric(d awscloudfront.Distribution, name, statistic string, minutes float64) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/CloudFront"), MetricName: &name, Statistic: &statistic,
		DimensionsMap: &map[string]*string{"DistributionId": d.DistributionId(), "Region": jsii.String("Global")},
		Region:        jsii.String(settings.GlobalRegion), Label: &name,
		Period: awscdk.Duration_Minutes(&minutes)})
}
