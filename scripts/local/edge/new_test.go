package edge_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

func deployment() edge.Deployment {
	return edge.Deployment{
		ViewerRequest: passOn, Thumbnails: "http://127.0.0.1:1/bucket", Function: "http://127.0.0.1:2",
		Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, Region: "eu-central-1",
	}
}

func TestNewRefusesWhatItDoesNotHonour(t *testing.T) {
	type options = edge.Options
	policy := func(change func(*edge.CachePolicyConfig)) func(*options) {
		return func(o *options) {
			p := o.CachePolicies["path-only"]
			change(&p)
			o.CachePolicies["path-only"] = p
		}
	}
	access := func(change func(*edge.OriginAccessControlConfig)) func(*options) {
		return func(o *options) {
			c := o.OriginAccessControls["s3-access"]
			change(&c)
			o.OriginAccessControls["s3-access"] = c
		}
	}
	for want, change := range map[string]func(*options){
		"Enabled false":                func(o *options) { o.Distribution.Enabled = false },
		`DefaultRootObject index.html`: func(o *options) { o.Distribution.DefaultRootObject = "index.html" },
		"GeoRestriction.RestrictionType whitelist": func(o *options) {
			o.Distribution.Restrictions = &edge.Restrictions{GeoRestriction: edge.GeoRestriction{RestrictionType: "whitelist"}}
		},
		"DefaultCacheBehavior.OriginRequestPolicyId": func(o *options) { o.Distribution.DefaultCacheBehavior.OriginRequestPolicyId = "x" },
		"DefaultCacheBehavior.SmoothStreaming":       func(o *options) { o.Distribution.DefaultCacheBehavior.SmoothStreaming = true },
		"DefaultCacheBehavior.PathPattern":           func(o *options) { o.Distribution.DefaultCacheBehavior.PathPattern = "/x" },
		"CacheBehaviors[0].PathPattern is missing": func(o *options) {
			o.Distribution.CacheBehaviors = []edge.CacheBehavior{o.Distribution.DefaultCacheBehavior}
		},
		"DefaultCacheBehavior.AllowedMethods PUT":      func(o *options) { o.Distribution.DefaultCacheBehavior.AllowedMethods = []string{"GET", "HEAD", "PUT"} },
		"DefaultCacheBehavior.CachedMethods [GET]":     func(o *options) { o.Distribution.DefaultCacheBehavior.CachedMethods = []string{"GET"} },
		"DefaultCacheBehavior.CachePolicyId":           func(o *options) { o.Distribution.DefaultCacheBehavior.CachePolicyId = "x" },
		"DefaultCacheBehavior.ResponseHeadersPolicyId": func(o *options) { o.Distribution.DefaultCacheBehavior.ResponseHeadersPolicyId = "x" },
		"DefaultCacheBehavior.TargetOriginId":          func(o *options) { o.Distribution.DefaultCacheBehavior.TargetOriginId = "x" },
		"FunctionAssociations[0].EventType": func(o *options) {
			o.Distribution.DefaultCacheBehavior.FunctionAssociations[0].EventType = "viewer-response"
		},
		"FunctionAssociations[0].FunctionARN":            func(o *options) { o.Distribution.DefaultCacheBehavior.FunctionAssociations[0].FunctionARN = "x" },
		"compiling the function":                         func(o *options) { o.Functions["viewer-request"] = "(" },
		"CustomErrorResponses[0].ErrorCode 422":          func(o *options) { o.Distribution.CustomErrorResponses[0].ErrorCode = 422 },
		"CustomErrorResponses[0].ResponsePagePath":       func(o *options) { o.Distribution.CustomErrorResponses[0].ResponsePagePath = "/x" },
		"CustomErrorResponses[0].ResponseCode":           func(o *options) { o.Distribution.CustomErrorResponses[0].ResponseCode = 200 },
		"Origins[0].DomainName":                          func(o *options) { o.Distribution.Origins[0].DomainName = "x" },
		"Origins[0]: endpoint":                           func(o *options) { o.Endpoints["thumbnails.s3.amazonaws.com"] = "127.0.0.1" },
		"Origins[0].OriginPath":                          func(o *options) { o.Distribution.Origins[0].OriginPath = "x/" },
		"Origins[0].S3OriginConfig.OriginAccessIdentity": func(o *options) { o.Distribution.Origins[0].S3OriginConfig.OriginAccessIdentity = "x" },
		"Origins[0]: one of":                             func(o *options) { o.Distribution.Origins[0].S3OriginConfig = nil },
		"Origins[0].ConnectionAttempts 4":                func(o *options) { o.Distribution.Origins[0].ConnectionAttempts = aws.Int(4) },
		"Origins[0].ConnectionTimeout 11":                func(o *options) { o.Distribution.Origins[0].ConnectionTimeout = aws.Int(11) },
		"Origins[1].OriginReadTimeout 0":                 func(o *options) { o.Distribution.Origins[1].CustomOriginConfig.OriginReadTimeout = aws.Int(0) },
		"Origins[1].Id":                                  func(o *options) { o.Distribution.Origins[1].Id = "thumbnails" },
		"Origins[0].OriginAccessControlId":               func(o *options) { o.Distribution.Origins[0].OriginAccessControlId = "x" },
		"OriginGroups.Quantity is 2":                     func(o *options) { o.Distribution.OriginGroups.Quantity = 2 },
		"StatusCodes.Quantity is 6":                      func(o *options) { o.Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes.Quantity = 6 },
		"StatusCodes 418":                                func(o *options) { o.Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes.Items[0] = 418 },
		`Members: "x" names no origin`:                   func(o *options) { o.Distribution.OriginGroups.Items[0].Members.Items[0].OriginId = "x" },
		"SelectionCriteria":                              func(o *options) { o.Distribution.OriginGroups.Items[0].SelectionCriteria = "media-quality-based" },
		"QueryStringBehavior all": policy(func(p *edge.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig.QueryStringBehavior = "all"
		}),
		"HeaderBehavior whitelist": policy(func(p *edge.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior = "whitelist"
		}),
		"CookieBehavior all": policy(func(p *edge.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior = "all"
		}),
		"EnableAcceptEncodingGzip": policy(func(p *edge.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingGzip = true
		}),
		"EnableAcceptEncodingBrotli": policy(func(p *edge.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingBrotli = true
		}),
		"they must not fall":                       policy(func(p *edge.CachePolicyConfig) { p.MinTTL = 90000 }),
		"SigningBehavior no-override":              access(func(c *edge.OriginAccessControlConfig) { c.SigningBehavior = "no-override" }),
		"SigningProtocol sigv2":                    access(func(c *edge.OriginAccessControlConfig) { c.SigningProtocol = "sigv2" }),
		"OriginAccessControlOriginType mediastore": access(func(c *edge.OriginAccessControlConfig) { c.OriginAccessControlOriginType = "mediastore" }),
		"signing needs Credentials":                func(o *options) { o.Credentials = aws.Credentials{} },
		"ServerTimingHeadersConfig.Enabled":        withPolicy(edge.ResponseHeadersPolicyConfig{ServerTimingHeadersConfig: &edge.ServerTimingHeadersConfig{Enabled: true}}),
	} {
		o := edge.ThumbfrontOptions(deployment())
		change(&o)
		if _, err := edge.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestNewReportsAllMistakes(t *testing.T) {
	o := edge.ThumbfrontOptions(deployment())
	o.Distribution.Enabled = false
	o.Distribution.DefaultCacheBehavior.CachePolicyId = "x"
	_, err := edge.New(o)
	for _, want := range []string{"Enabled", "CachePolicyId"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v leaves out %s", err, want)
		}
	}
}

// The configuration is CloudFormation's JSON, and a property that the types do
// not have is an error.
func TestDecodesCloudFormation(t *testing.T) {
	want := edge.ThumbfrontOptions(deployment()).Distribution
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	decode := func(s string) (d edge.DistributionConfig, err error) {
		dec := json.NewDecoder(strings.NewReader(s))
		dec.DisallowUnknownFields()
		return d, dec.Decode(&d)
	}
	if got, err := decode(string(data)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got %+v", err, got)
	}
	got, err := decode(`{"Enabled": true, "HttpVersion": "http2and3", "PriceClass": "PriceClass_100",
		"DefaultCacheBehavior": {"CachePolicyId": "c", "Compress": true, "TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https",
			"FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": "f"}]},
		"Origins": [{"Id": "o", "DomainName": "d", "ConnectionAttempts": 2, "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginReadTimeout": 30, "OriginSSLProtocols": ["TLSv1.2"]}}],
		"OriginGroups": {"Quantity": 1, "Items": [{"Id": "g", "FailoverCriteria": {"StatusCodes": {"Items": [403], "Quantity": 1}}, "Members": {"Items": [{"OriginId": "o"}], "Quantity": 1}}]},
		"CustomErrorResponses": [{"ErrorCode": 500, "ErrorCachingMinTTL": 0}]}`)
	if err != nil || *got.CustomErrorResponses[0].ErrorCachingMinTTL != 0 || *got.Origins[0].ConnectionAttempts != 2 {
		t.Errorf("%v: got %+v", err, got)
	}
	if _, err := decode(`{"Enabled": true, "Staging": true}`); err == nil || !strings.Contains(err.Error(), "Staging") {
		t.Errorf("error %v, want one that names Staging", err)
	}
}
