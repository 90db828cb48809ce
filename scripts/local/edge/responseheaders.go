package edge

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// apply adds the policy's headers to an answer that has the origin's: first
// what is to go is removed, then the rest is set where the policy overrides or
// the origin sent none (documented).
func (p *ResponseHeadersPolicyConfig) apply(h http.Header, method string, request http.Header) {
	if p.RemoveHeadersConfig != nil {
		for _, r := range p.RemoveHeadersConfig.Items {
			h.Del(r.Header)
		}
	}
	if p.CorsConfig != nil {
		p.CorsConfig.apply(h, method, request)
	}
	if p.SecurityHeadersConfig != nil {
		p.SecurityHeadersConfig.apply(h)
	}
	if p.CustomHeadersConfig != nil {
		for _, c := range p.CustomHeadersConfig.Items {
			set(h, c.Header, c.Value, c.Override)
		}
	}
}

func set(h http.Header, name, value string, override bool) {
	if override || len(h.Values(name)) == 0 {
		h.Set(name, value)
	}
}

func (c *CorsConfig) apply(h http.Header, method string, request http.Header) {
	origin := request.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return
	}
	const prefix = "Access-Control-"
	for name := range h {
		if strings.HasPrefix(name, prefix) {
			if !c.OriginOverride {
				return // the origin's own headers stand, all of them
			}
			h.Del(name)
		}
	}
	list := func(name string, items Items) {
		if len(items.Items) > 0 {
			h.Set(prefix+name, strings.Join(items.Items, ", "))
		}
	}
	if everyone := len(c.AccessControlAllowOrigins.Items) == 1 && c.AccessControlAllowOrigins.Items[0] == "*"; everyone && !c.AccessControlAllowCredentials {
		h.Set(prefix+"Allow-Origin", "*")
	} else {
		h.Set(prefix+"Allow-Origin", origin)
		h.Add("Vary", "Origin")
	}
	if c.AccessControlAllowCredentials {
		h.Set(prefix+"Allow-Credentials", "true")
	}
	list("Expose-Headers", c.AccessControlExposeHeaders)
	if method != http.MethodOptions {
		return
	}
	list("Allow-Methods", c.AccessControlAllowMethods)
	list("Allow-Headers", c.AccessControlAllowHeaders)
	if c.AccessControlMaxAgeSec != nil {
		h.Set(prefix+"Max-Age", strconv.Itoa(*c.AccessControlMaxAgeSec))
	}
}

func (c *CorsConfig) allows(origin string) bool {
	_, host, _ := strings.Cut(origin, "://")
	for _, pattern := range c.AccessControlAllowOrigins.Items {
		if wildcard(pattern, origin) || !strings.Contains(pattern, "://") && wildcard(pattern, host) {
			return true
		}
	}
	return false
}

func (c *SecurityHeadersConfig) apply(h http.Header) {
	if p := c.ContentSecurityPolicy; p != nil {
		set(h, "Content-Security-Policy", p.ContentSecurityPolicy, p.Override)
	}
	if p := c.ContentTypeOptions; p != nil {
		set(h, "X-Content-Type-Options", "nosniff", p.Override)
	}
	if p := c.FrameOptions; p != nil {
		set(h, "X-Frame-Options", p.FrameOption, p.Override)
	}
	if p := c.ReferrerPolicy; p != nil {
		set(h, "Referrer-Policy", p.ReferrerPolicy, p.Override)
	}
	if p := c.StrictTransportSecurity; p != nil {
		value := fmt.Sprintf("max-age=%d", p.AccessControlMaxAgeSec)
		if p.IncludeSubdomains {
			value += "; includeSubDomains"
		}
		if p.Preload {
			value += "; preload"
		}
		set(h, "Strict-Transport-Security", value, p.Override)
	}
	if p := c.XSSProtection; p != nil {
		set(h, "X-XSS-Protection", p.value(), p.Override)
	}
}

func (p *XSSProtection) value() string {
	switch {
	case !p.Protection:
		return "0"
	case p.ModeBlock:
		return "1; mode=block"
	case p.ReportUri != "":
		return "1; report=" + p.ReportUri
	}
	return "1"
}
