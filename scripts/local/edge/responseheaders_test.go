package edge_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

// withPolicy gives the distribution another response headers policy.
func withPolicy(p edge.ResponseHeadersPolicyConfig) func(*edge.Options) {
	return func(o *edge.Options) { o.ResponseHeadersPolicies["pictures"] = p }
}

func TestHeadersPolicyOverride(t *testing.T) {
	custom := func(override bool) func(*edge.Options) {
		return withPolicy(edge.ResponseHeadersPolicyConfig{
			CustomHeadersConfig: &edge.CustomHeadersConfig{Items: []edge.CustomHeader{
				{Header: "X-Both", Value: "policy", Override: override},
				{Header: "X-New", Value: "policy", Override: override},
			}},
			RemoveHeadersConfig: &edge.RemoveHeadersConfig{Items: []edge.RemoveHeader{{Header: "x-amz-request-id"}}},
		})
	}
	for override, both := range map[bool]string{true: "policy", false: "origin"} {
		s := newStack(t, custom(override))
		s.s3.serves(200, "x", "Cache-Control", "max-age=60", "X-Both", "origin", "X-Amz-Request-Id", "1")
		for range 2 { // from the origin, then from the cache
			a := s.get("/a")
			a.wantHeader(t, "X-Both", both)
			a.wantHeader(t, "X-New", "policy")
			a.wantHeader(t, "X-Amz-Request-Id", "")
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newStack(t, withPolicy(edge.ResponseHeadersPolicyConfig{SecurityHeadersConfig: &edge.SecurityHeadersConfig{
		ContentSecurityPolicy:   &edge.ContentSecurityPolicy{ContentSecurityPolicy: "sandbox"},
		ContentTypeOptions:      &edge.ContentTypeOptions{},
		FrameOptions:            &edge.FrameOptions{FrameOption: "DENY"},
		ReferrerPolicy:          &edge.ReferrerPolicy{ReferrerPolicy: "no-referrer"},
		StrictTransportSecurity: &edge.StrictTransportSecurity{AccessControlMaxAgeSec: 60, IncludeSubdomains: true, Preload: true},
		XSSProtection:           &edge.XSSProtection{Protection: true, ModeBlock: true},
	}}))
	s.s3.serves(200, "x", "Referrer-Policy", "origin")
	a := s.get("/a")
	for name, want := range map[string]string{
		"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Referrer-Policy": "origin", "Strict-Transport-Security": "max-age=60; includeSubDomains; preload",
		"X-Xss-Protection": "1; mode=block",
	} {
		a.wantHeader(t, name, want)
	}
}

func TestXSSProtection(t *testing.T) {
	for want, p := range map[string]edge.XSSProtection{
		"0":              {},
		"1":              {Protection: true},
		"1; report=/xss": {Protection: true, ReportUri: "/xss"},
	} {
		s := newStack(t, withPolicy(edge.ResponseHeadersPolicyConfig{SecurityHeadersConfig: &edge.SecurityHeadersConfig{XSSProtection: &p}}))
		s.get("/a").wantHeader(t, "X-Xss-Protection", want)
	}
}

func TestCors(t *testing.T) {
	cors := func(change func(*edge.CorsConfig)) func(*edge.Options) {
		c := edge.CorsConfig{
			AccessControlAllowHeaders:  edge.Items{Items: []string{"*"}},
			AccessControlAllowMethods:  edge.Items{Items: []string{"GET", "HEAD"}},
			AccessControlAllowOrigins:  edge.Items{Items: []string{"*"}},
			AccessControlExposeHeaders: edge.Items{Items: []string{"ETag"}},
			AccessControlMaxAgeSec:     aws.Int(600),
		}
		change(&c)
		return withPolicy(edge.ResponseHeadersPolicyConfig{CorsConfig: &c})
	}
	tests := []struct {
		name   string
		change func(*edge.CorsConfig)
		origin string // of the viewer
		own    string // Access-Control-Allow-Origin of the origin
		want   string
	}{
		{"no Origin", func(*edge.CorsConfig) {}, "", "", ""},
		{"anyone", func(*edge.CorsConfig) {}, "https://a.example", "", "*"},
		{"anyone, with credentials", func(c *edge.CorsConfig) { c.AccessControlAllowCredentials = true }, "https://a.example", "", "https://a.example"},
		{"listed", func(c *edge.CorsConfig) { c.AccessControlAllowOrigins.Items = []string{"https://a.example"} }, "https://a.example", "", "https://a.example"},
		{"not listed", func(c *edge.CorsConfig) { c.AccessControlAllowOrigins.Items = []string{"https://a.example"} }, "https://b.example", "", ""},
		{"subdomain", func(c *edge.CorsConfig) { c.AccessControlAllowOrigins.Items = []string{"*.a.example"} }, "https://x.a.example", "", "https://x.a.example"},
		{"the origin's own stands", func(*edge.CorsConfig) {}, "https://a.example", "own", "own"},
		{"overridden", func(c *edge.CorsConfig) { c.OriginOverride = true }, "https://a.example", "own", "*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStack(t, cors(tt.change))
			headers := []string{}
			if tt.own != "" {
				headers = []string{"Access-Control-Allow-Origin", tt.own}
			}
			s.s3.serves(200, "x", headers...)
			a := s.get("/a", "Origin", tt.origin)
			a.wantHeader(t, "Access-Control-Allow-Origin", tt.want)
			a.wantHeader(t, "Access-Control-Max-Age", "")
		})
	}
	s := newStack(t, cors(func(*edge.CorsConfig) {}))
	s.s3.serves(204, "")
	a := s.ask(http.MethodOptions, "/a", "Origin", "https://a.example")
	for name, want := range map[string]string{
		"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "*",
		"Access-Control-Expose-Headers": "ETag", "Access-Control-Max-Age": "600",
	} {
		a.wantHeader(t, name, want)
	}
}
