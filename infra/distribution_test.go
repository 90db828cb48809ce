package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

func distributionConfig(t *testing.T, stack template) any {
	t.Helper()
	return only(t, stack.ofType("AWS::CloudFront::Distribution")).Properties["DistributionConfig"]
}

func TestFailover(t *testing.T) {
	config := distributionConfig(t, defaultStack(t))
	group := at(config, "OriginGroups", "Items", 0)
	if got, want := text(at(group, "FailoverCriteria", "StatusCodes")), `{"Items":[400,403,404,500,502,503,504],"Quantity":7}`; got != want {
		t.Errorf("codes: got %s, want %s", got, want)
	}
	if got, want := text(at(group, "Members", "Items")), `[{"OriginId":"thumbnails"},{"OriginId":"function"}]`; got != want {
		t.Errorf("members: got %s, want %s", got, want)
	}
	if got := at(config, "DefaultCacheBehavior", "TargetOriginId"); got != at(group, "Id") {
		t.Errorf("the default behaviour asks %v, want the origin group", got)
	}
	if at(config, "CacheBehaviors") != nil {
		t.Error("there is another behaviour than the default one")
	}
}

// A miss of CloudFront ends in 403 without either permission.
func TestBothPermissions(t *testing.T) {
	const distribution = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"
	want := map[string]any{"lambda:InvokeFunctionUrl": nil, "lambda:InvokeFunction": true}
	permissions := defaultStack(t).ofType("AWS::Lambda::Permission")
	for _, p := range permissions {
		action := p.Properties["Action"].(string)
		via, ok := want[action]
		if !ok || p.Properties["InvokedViaFunctionUrl"] != via {
			t.Errorf("%s, InvokedViaFunctionUrl %v: want %v", action, p.Properties["InvokedViaFunctionUrl"], want)
		}
		delete(want, action)
		if got := text(p.Properties["SourceArn"]); got != distribution {
			t.Errorf("%s: SourceArn: got %s, want %s", action, got, distribution)
		}
		if p.Properties["Principal"] != "cloudfront.amazonaws.com" {
			t.Errorf("%s: principal: got %v", action, p.Properties["Principal"])
		}
	}
	if len(want) > 0 {
		t.Errorf("permissions that are missing: %v", want)
	}
	urls := defaultStack(t).ofType("AWS::Lambda::Url")
	if len(urls) != 2 {
		t.Errorf("got %d function URLs, want those of thumbnails and uploads", len(urls))
	}
	for name, url := range urls {
		if url.Properties["AuthType"] != "AWS_IAM" || url.Properties["InvokeMode"] != "RESPONSE_STREAM" {
			t.Errorf("%s: got %v", name, url.Properties)
		}
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	responses, _ := at(distributionConfig(t, defaultStack(t)), "CustomErrorResponses").([]any)
	want := map[float64]float64{400: 5, 403: 5, 404: 10, 414: 10, 500: 0, 501: 0, 502: 0, 503: 0, 504: 0}
	for _, r := range responses {
		code := at(r, "ErrorCode").(float64)
		if at(r, "ErrorCachingMinTTL") != want[code] || at(r, "ResponsePagePath") != nil {
			t.Errorf("got %s, want %g s without a page", text(r), want[code])
		}
		delete(want, code)
	}
	if len(want) > 0 {
		t.Errorf("codes that are missing: %v", want)
	}
}

func TestEverythingOfDistribution(t *testing.T) {
	config := distributionConfig(t, fullAssembly(t).stacks["thumbfront"])
	for want, path := range map[string][]any{
		`["img.example.com"]`: {"Aliases"},
		"PriceClass_100":      {"PriceClass"},
		"TLSv1.2_2021":        {"ViewerCertificate", "MinimumProtocolVersion"},
		`{"Enabled":true,"OriginShieldRegion":"eu-central-1"}`: {"Origins", 0, "OriginShield"},
	} {
		if got := text(at(config, path...)); got != want {
			t.Errorf("%v: got %s, want %s", path, got, want)
		}
	}
	if at(config, "WebACLId") == nil || at(config, "ViewerCertificate", "AcmCertificateArn") == nil {
		t.Error("there is no firewall or no certificate")
	}
	if at(config, "Origins", 1, "OriginShield", "OriginShieldRegion") != "eu-central-1" {
		t.Error("the function has no origin shield")
	}
}

// The local edge refuses what it does not honour, so that what works locally
// is what is deployed.
func TestLocalEdgeTakesTheDistribution(t *testing.T) {
	stack := defaultStack(t)
	o := edge.Options{
		CachePolicies: map[string]edge.CachePolicyConfig{}, ResponseHeadersPolicies: map[string]edge.ResponseHeadersPolicyConfig{},
		OriginAccessControls: map[string]edge.OriginAccessControlConfig{}, Functions: map[string]string{}, Endpoints: map[string]string{},
		Region: "us-east-1", Credentials: aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"},
	}
	for id, r := range stack.Resources {
		name := withoutHash(id)
		switch r.Type {
		case "AWS::CloudFront::Distribution":
			o.Distribution = decode[edge.DistributionConfig](t, r.Properties["DistributionConfig"])
		case "AWS::CloudFront::CachePolicy":
			o.CachePolicies["${"+name+"}"] = decode[edge.CachePolicyConfig](t, r.Properties["CachePolicyConfig"])
		case "AWS::CloudFront::ResponseHeadersPolicy":
			o.ResponseHeadersPolicies["${"+name+"}"] = decode[edge.ResponseHeadersPolicyConfig](t, r.Properties["ResponseHeadersPolicyConfig"])
		case "AWS::CloudFront::OriginAccessControl":
			o.OriginAccessControls["${"+name+".Id}"] = decode[edge.OriginAccessControlConfig](t, r.Properties["OriginAccessControlConfig"])
		case "AWS::CloudFront::Function":
			if r.Properties["AutoPublish"] != true || at(r.Properties, "FunctionConfig", "Runtime") != "cloudfront-js-2.0" {
				t.Errorf("%s: it is not published for runtime 2.0", name)
			}
			o.Functions["${"+name+".FunctionARN}"] = r.Properties["FunctionCode"].(string)
		}
	}
	for _, origin := range o.Distribution.Origins {
		o.Endpoints[origin.DomainName] = "http://127.0.0.1:1"
	}
	e, err := edge.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
}

// decode refuses a property that the type does not have. What only a deploy
// knows becomes a name.
func decode[T any](t *testing.T, properties any) T {
	t.Helper()
	encoded, err := json.Marshal(named(properties))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	var v T
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return v
}

func named(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = named(v[i])
		}
		return list
	case map[string]any:
		for _, intrinsic := range []string{"Ref", "Fn::GetAtt", "Fn::Join", "Fn::Select"} {
			if v[intrinsic] != nil {
				return text(v)
			}
		}
		object := map[string]any{}
		for name, each := range v {
			object[name] = named(each)
		}
		return object
	}
	return value
}

// An edge of other settings than the function's would refuse, or let through,
// what the function does not.
func TestEdgeIsAsItWasSet(t *testing.T) {
	for name, c := range map[string]struct {
		stack    template
		settings string
		origins  string
	}{
		"default":    {defaultStack(t), `{"access":"signed","epoch":1,"languages":["native"],"autoPresets":["card"],"formats":[]}`, `["*"]`},
		"everything": {fullAssembly(t).stacks["thumbfront"], `{"access":"presets","epoch":7,"languages":["sih","native","imgproxy","thumbor"],"autoPresets":["card"],"formats":["webp"]}`, `["https://example.com"]`},
	} {
		code := only(t, c.stack.ofType("AWS::CloudFront::Function")).Properties["FunctionCode"].(string)
		if !strings.Contains("\n"+code, "\nconst settings = "+c.settings+";\n") {
			t.Errorf("%s: the edge does not have %s", name, c.settings)
		}
		headers := only(t, c.stack.ofType("AWS::CloudFront::ResponseHeadersPolicy")).Properties["ResponseHeadersPolicyConfig"]
		if got := text(at(headers, "CorsConfig", "AccessControlAllowOrigins", "Items")); got != c.origins {
			t.Errorf("%s: pages of %s may read, want %s", name, got, c.origins)
		}
		if got := at(headers, "SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy"); got != "default-src 'none'; sandbox" {
			t.Errorf("%s: CSP %v", name, got)
		}
		if at(headers, "SecurityHeadersConfig", "ContentTypeOptions", "Override") != true {
			t.Errorf("%s: no nosniff", name)
		}
		config := only(t, c.stack.ofType("AWS::CloudFront::Distribution")).Properties["DistributionConfig"]
		if at(config, "HttpVersion") != "http2and3" || at(config, "IPV6Enabled") != true || at(config, "DefaultCacheBehavior", "ViewerProtocolPolicy") != "redirect-to-https" {
			t.Errorf("%s: %v %v %v", name, at(config, "HttpVersion"), at(config, "IPV6Enabled"), at(config, "DefaultCacheBehavior", "ViewerProtocolPolicy"))
		}
		cache := only(t, c.stack.ofType("AWS::CloudFront::CachePolicy")).Properties["CachePolicyConfig"]
		if got := text([]any{at(cache, "MinTTL"), at(cache, "DefaultTTL"), at(cache, "MaxTTL")}); got != "[0,86400,31536000]" {
			t.Errorf("%s: TTLs %s", name, got)
		}
	}
}

// What rings, and when: an alarm on another metric would never.
func TestAlarms(t *testing.T) {
	want := map[string]string{
		"ErrorsAlarm":       "AWS/Lambda Errors Sum > 0",
		"ThrottlesAlarm":    "AWS/Lambda Throttles Sum > 0",
		"DurationAlarm":     "AWS/Lambda Duration p95 > 10000", // half of the 20 s
		"ServerErrorsAlarm": "AWS/CloudFront 5xxErrorRate Average > 1",

		"IngestDeadLettersAlarm": "AWS/SQS ApproximateNumberOfMessagesVisible Maximum > 0",
	}
	for id, alarm := range defaultStack(t).ofType("AWS::CloudWatch::Alarm") {
		p := alarm.Properties
		statistic := p["Statistic"]
		if statistic == nil {
			statistic = p["ExtendedStatistic"]
		}
		namespace, metric := p["Namespace"], p["MetricName"]
		if stat := at(p, "Metrics", 0, "MetricStat"); stat != nil { // of another region
			namespace, metric, statistic = at(stat, "Metric", "Namespace"), at(stat, "Metric", "MetricName"), at(stat, "Stat")
		}
		if p["ComparisonOperator"] != "GreaterThanThreshold" {
			t.Errorf("%s: %v", id, p["ComparisonOperator"])
		}
		if got := fmt.Sprintf("%v %v %v > %v", namespace, metric, statistic, p["Threshold"]); got != want[id] {
			t.Errorf("%s: %s, want %s", id, got, want[id])
		}
		delete(want, id)
	}
	if len(want) > 0 {
		t.Errorf("no alarm for %v", want)
	}
}

// The dashboard shows the metrics that the function's log line has.
func TestDashboard(t *testing.T) {
	body := text(only(t, defaultStack(t).ofType("AWS::CloudWatch::Dashboard")).Properties["DashboardBody"])
	log, err := os.ReadFile("../pkg/thumbnail/log.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range []string{"Renders", "StoreFailures", "ServerErrors", "FetchTime", "RenderTime", "StoreTime", "Bytes"} {
		if !strings.Contains(body, `"thumbfront","`+metric+`","FunctionName"`) {
			t.Errorf("the dashboard does not show %s:\n%.600s", metric, body)
		}
		if !strings.Contains(string(log), `"`+metric+`"`) {
			t.Errorf("the log line has no %s", metric)
		}
	}
}

// One list of prices is printed by scripts/cost, the other is drawn by the dashboard.
func TestDashboardsPricesAreTheBills(t *testing.T) {
	list, err := os.ReadFile("../scripts/cost/prices.json")
	if err != nil {
		t.Fatal(err)
	}
	var bill struct{ CloudFrontRequest, CloudFrontGB, LambdaRequest, LambdaArmGBSecond, LambdaX86GBSecond, S3Put float64 }
	if err := json.Unmarshal(list, &bill); err != nil {
		t.Fatal(err)
	}
	for _, price := range []struct {
		name            string
		dashboard, bill float64
	}{
		{"a request", pricePerRequest, bill.CloudFrontRequest},
		{"a GB to viewers", pricePerByte * (1 << 30), bill.CloudFrontGB},
		{"a call", pricePerCall, bill.LambdaRequest},
		{"a GB-second of arm64", pricePerGBSecondARM64, bill.LambdaArmGBSecond},
		{"a GB-second of x86_64", pricePerGBSecondX8664, bill.LambdaX86GBSecond},
		{"a PUT", pricePerPut, bill.S3Put},
	} {
		if price.dashboard != price.bill {
			t.Errorf("%s is %v on the dashboard and %v on the bill", price.name, price.dashboard, price.bill)
		}
	}
}
