package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// New makes an Edge. It refuses what it does not honour and what CloudFront
// refuses, all at once, each error naming its setting.
func New(opts Options) (*Edge, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.CacheBytes == 0 {
		opts.CacheBytes = defaultCacheBytes
	}
	b := &builder{Options: opts, origins: map[string]*originGroup{}, functions: map[string]*Function{}}
	behaviors := b.distribution()
	if len(b.errs) > 0 {
		return nil, fmt.Errorf("edge: %w", errors.Join(b.errs...))
	}
	e := &Edge{
		behaviors: behaviors,
		clock:     opts.Clock,
		log:       opts.Logger,
		mostAsked: int64(opts.OriginRequests),
		cache:     newCache(opts.CacheBytes),
		waiting:   map[string]*flight{},
		flights:   map[*flight]struct{}{},
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	return e, nil
}

// builder turns Options into behaviours and collects what is wrong with them.
type builder struct {
	Options
	errs      []error
	origins   map[string]*originGroup // by the id of an origin or a group
	functions map[string]*Function    // by ARN
}

func (b *builder) errorf(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

// refuse reports a setting that is not honoured, if it is there.
func (b *builder) refuse(there bool, setting string, value any) {
	if there {
		b.errorf("%s %v is not honoured", setting, value)
	}
}

func (b *builder) distribution() []*behavior {
	d := b.Distribution
	b.refuse(!d.Enabled, "Enabled", d.Enabled)
	b.refuse(d.DefaultRootObject != "", "DefaultRootObject", d.DefaultRootObject)
	if r := d.Restrictions; r != nil {
		b.refuse(r.GeoRestriction.RestrictionType != "none", "Restrictions.GeoRestriction.RestrictionType", r.GeoRestriction.RestrictionType)
	}
	for i, o := range d.Origins {
		b.origin(fmt.Sprintf("Origins[%d]", i), o)
	}
	if g := d.OriginGroups; g != nil {
		b.quantity("OriginGroups", g.Quantity, len(g.Items))
		for i, item := range g.Items {
			b.originGroup(fmt.Sprintf("OriginGroups.Items[%d]", i), item)
		}
	}
	errorTTLs := b.errorTTLs()
	var behaviors []*behavior
	for i, c := range d.CacheBehaviors {
		at := fmt.Sprintf("CacheBehaviors[%d]", i)
		if c.PathPattern == "" {
			b.errorf("%s.PathPattern is missing", at)
		}
		behaviors = append(behaviors, b.behavior(at, c, errorTTLs))
	}
	if p := d.DefaultCacheBehavior.PathPattern; p != "" {
		b.errorf("DefaultCacheBehavior.PathPattern %q: the default behaviour has none", p)
	}
	last := b.behavior("DefaultCacheBehavior", d.DefaultCacheBehavior, errorTTLs)
	last.pattern = "*"
	return append(behaviors, last)
}

func (b *builder) quantity(at string, quantity, length int) {
	if quantity != length {
		b.errorf("%s.Quantity is %d, there are %d items", at, quantity, length)
	}
}

// customizableErrors are the statuses of CustomErrorResponses (documented).
var customizableErrors = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

func (b *builder) errorTTLs() map[int]time.Duration {
	ttls := map[int]time.Duration{}
	for i, c := range b.Distribution.CustomErrorResponses {
		at := fmt.Sprintf("CustomErrorResponses[%d]", i)
		if !slices.Contains(customizableErrors, c.ErrorCode) {
			b.errorf("%s.ErrorCode %d: CloudFront takes %v", at, c.ErrorCode, customizableErrors)
		}
		b.refuse(c.ResponseCode != 0, at+".ResponseCode", c.ResponseCode)
		b.refuse(c.ResponsePagePath != "", at+".ResponsePagePath", c.ResponsePagePath)
		ttls[c.ErrorCode] = defaultErrorTTL
		if c.ErrorCachingMinTTL != nil {
			ttls[c.ErrorCode] = time.Duration(*c.ErrorCachingMinTTL) * time.Second
		}
	}
	return ttls
}

func (b *builder) behavior(at string, c CacheBehavior, errorTTLs map[int]time.Duration) *behavior {
	v := &behavior{
		pattern:   c.PathPattern,
		allowed:   b.methods(at+".AllowedMethods", c.AllowedMethods),
		cached:    b.methods(at+".CachedMethods", c.CachedMethods),
		errorTTLs: errorTTLs,
	}
	b.refuse(c.OriginRequestPolicyId != "", at+".OriginRequestPolicyId", c.OriginRequestPolicyId)
	b.refuse(c.SmoothStreaming, at+".SmoothStreaming", c.SmoothStreaming)
	var ok bool
	if v.origins, ok = b.origins[c.TargetOriginId]; !ok {
		b.errorf("%s.TargetOriginId %q names no origin or origin group", at, c.TargetOriginId)
	}
	b.cachePolicy(at+".CachePolicyId", c.CachePolicyId, v)
	if id := c.ResponseHeadersPolicyId; id != "" {
		p, ok := b.ResponseHeadersPolicies[id]
		if !ok {
			b.errorf("%s.ResponseHeadersPolicyId %q is not known", at, id)
		}
		if t := p.ServerTimingHeadersConfig; t != nil {
			b.refuse(t.Enabled, fmt.Sprintf("response headers policy %q: ServerTimingHeadersConfig.Enabled", id), t.Enabled)
		}
		v.headers = &p
	}
	for i, a := range c.FunctionAssociations {
		v.function = b.function(fmt.Sprintf("%s.FunctionAssociations[%d]", at, i), a)
	}
	if len(c.FunctionAssociations) > 1 {
		b.errorf("%s.FunctionAssociations: %d, CloudFront takes one for each event type", at, len(c.FunctionAssociations))
	}
	return v
}

func (b *builder) methods(at string, methods []string) map[string]bool {
	set := map[string]bool{http.MethodGet: true, http.MethodHead: true}
	for _, m := range methods {
		b.refuse(m != http.MethodGet && m != http.MethodHead && m != http.MethodOptions, at, m)
		set[m] = true
	}
	if len(methods) > 0 && (!slices.Contains(methods, http.MethodGet) || !slices.Contains(methods, http.MethodHead)) {
		b.errorf("%s %v: GET and HEAD cannot be left out", at, methods)
	}
	return set
}

func (b *builder) cachePolicy(at, id string, v *behavior) {
	p, ok := b.CachePolicies[id]
	if !ok {
		b.errorf("%s %q is not known", at, id)
		return
	}
	at = fmt.Sprintf("cache policy %q: ", id)
	k := p.ParametersInCacheKeyAndForwardedToOrigin
	none := func(behavior string) bool { return behavior == "" || behavior == "none" }
	b.refuse(!none(k.CookiesConfig.CookieBehavior), at+"CookieBehavior", k.CookiesConfig.CookieBehavior)
	b.refuse(!none(k.HeadersConfig.HeaderBehavior), at+"HeaderBehavior", k.HeadersConfig.HeaderBehavior)
	b.refuse(!none(k.QueryStringsConfig.QueryStringBehavior), at+"QueryStringBehavior", k.QueryStringsConfig.QueryStringBehavior)
	b.refuse(k.EnableAcceptEncodingBrotli, at+"EnableAcceptEncodingBrotli", true)
	b.refuse(k.EnableAcceptEncodingGzip, at+"EnableAcceptEncodingGzip", true)
	if p.MinTTL < 0 || p.DefaultTTL < p.MinTTL || p.MaxTTL < p.DefaultTTL {
		b.errorf("%sMinTTL %d, DefaultTTL %d, MaxTTL %d: they must not fall", at, p.MinTTL, p.DefaultTTL, p.MaxTTL)
	}
	v.minTTL = min(time.Duration(p.MinTTL)*time.Second, longestAge)
	v.defaultTTL = min(time.Duration(p.DefaultTTL)*time.Second, longestAge)
	v.maxTTL = min(time.Duration(p.MaxTTL)*time.Second, longestAge)
}

func (b *builder) function(at string, a FunctionAssociation) *Function {
	b.refuse(a.EventType != "viewer-request", at+".EventType", a.EventType)
	if f, ok := b.functions[a.FunctionARN]; ok {
		return f
	}
	source, ok := b.Functions[a.FunctionARN]
	if !ok {
		b.errorf("%s.FunctionARN %q is not known", at, a.FunctionARN)
		return nil
	}
	f, err := CompileFunction(source, b.Clock)
	if err != nil {
		b.errorf("%s.FunctionARN %q: %w", at, a.FunctionARN, err)
	}
	b.functions[a.FunctionARN] = f
	return f
}

func (b *builder) origin(at string, c Origin) {
	if c.OriginPath != "" && (!strings.HasPrefix(c.OriginPath, "/") || strings.HasSuffix(c.OriginPath, "/")) {
		b.errorf("%s.OriginPath %q: it begins with a slash and does not end with one", at, c.OriginPath)
	}
	var read, keepAlive *int
	switch {
	case c.CustomOriginConfig != nil && c.S3OriginConfig == nil:
		read, keepAlive = c.CustomOriginConfig.OriginReadTimeout, c.CustomOriginConfig.OriginKeepaliveTimeout
	case c.S3OriginConfig != nil && c.CustomOriginConfig == nil:
		read = c.S3OriginConfig.OriginReadTimeout
		b.refuse(c.S3OriginConfig.OriginAccessIdentity != "", at+".S3OriginConfig.OriginAccessIdentity", c.S3OriginConfig.OriginAccessIdentity)
	default:
		b.errorf("%s: one of CustomOriginConfig and S3OriginConfig is needed", at)
	}
	connectionTimeout := b.seconds(at+".ConnectionTimeout", c.ConnectionTimeout, 10, 10)
	readTimeout := b.seconds(at+".OriginReadTimeout", read, 30, 120)
	o := &origin{
		id:          c.Id,
		endpoint:    b.endpoint(at, c),
		headers:     http.Header{},
		signer:      b.signer(at, c),
		custom:      c.CustomOriginConfig != nil,
		attempts:    b.integer(at+".ConnectionAttempts", c.ConnectionAttempts, 3, 3),
		readTimeout: readTimeout,
		transport:   newTransport(connectionTimeout, readTimeout, b.seconds(at+".OriginKeepaliveTimeout", keepAlive, 5, 120), b.OriginRequests),
	}
	for _, h := range c.OriginCustomHeaders {
		o.headers.Add(h.HeaderName, h.HeaderValue)
	}
	b.add(at, c.Id, &originGroup{members: []*origin{o}})
}

func (b *builder) add(at, id string, g *originGroup) {
	if _, twice := b.origins[id]; twice || id == "" {
		b.errorf("%s.Id %q: ids are needed once each", at, id)
	}
	b.origins[id] = g
}

func (b *builder) seconds(at string, value *int, otherwise, most int) time.Duration {
	return time.Duration(b.integer(at, value, otherwise, most)) * time.Second
}

func (b *builder) integer(at string, value *int, otherwise, most int) int {
	if value == nil {
		return otherwise
	}
	if *value < 1 || *value > most {
		b.errorf("%s %d: CloudFront takes 1 to %d", at, *value, most)
	}
	return *value
}

func (b *builder) endpoint(at string, c Origin) *url.URL {
	raw, ok := b.Endpoints[c.DomainName]
	if !ok {
		b.errorf("%s.DomainName %q has no endpoint", at, c.DomainName)
		return &url.URL{}
	}
	u, err := url.Parse(strings.TrimSuffix(raw, "/") + c.OriginPath)
	if err != nil {
		b.errorf("%s: endpoint: %w", at, err)
		return &url.URL{}
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		b.errorf("%s: endpoint %q is no http URL", at, raw)
	}
	return u
}

func (b *builder) signer(at string, c Origin) *signer {
	if c.OriginAccessControlId == "" {
		return nil
	}
	oac, ok := b.OriginAccessControls[c.OriginAccessControlId]
	if !ok {
		b.errorf("%s.OriginAccessControlId %q is not known", at, c.OriginAccessControlId)
		return nil
	}
	at = fmt.Sprintf("origin access control %q: ", c.OriginAccessControlId)
	service := oac.OriginAccessControlOriginType
	b.refuse(service != "s3" && service != "lambda", at+"OriginAccessControlOriginType", service)
	b.refuse(oac.SigningProtocol != "sigv4", at+"SigningProtocol", oac.SigningProtocol)
	b.refuse(oac.SigningBehavior != "always" && oac.SigningBehavior != "never", at+"SigningBehavior", oac.SigningBehavior)
	if oac.SigningBehavior == "never" {
		return nil
	}
	if !b.Credentials.HasKeys() || b.Region == "" {
		b.errorf("%ssigning needs Credentials and Region", at)
	}
	return newSigner(service, b.Region, b.Credentials)
}

// failoverCodes are the statuses that may fail over (documented).
var failoverCodes = []int{400, 403, 404, 416, 429, 500, 502, 503, 504}

func (b *builder) originGroup(at string, c OriginGroup) {
	b.refuse(c.SelectionCriteria != "" && c.SelectionCriteria != "default", at+".SelectionCriteria", c.SelectionCriteria)
	b.quantity(at+".Members", c.Members.Quantity, len(c.Members.Items))
	codes := c.FailoverCriteria.StatusCodes
	b.quantity(at+".FailoverCriteria.StatusCodes", codes.Quantity, len(codes.Items))
	g := &originGroup{failover: map[int]bool{}}
	for _, code := range codes.Items {
		if !slices.Contains(failoverCodes, code) {
			b.errorf("%s.FailoverCriteria.StatusCodes %d: CloudFront takes %v", at, code, failoverCodes)
		}
		g.failover[code] = true
	}
	if len(c.Members.Items) != 2 {
		b.errorf("%s.Members: %d, CloudFront takes two", at, len(c.Members.Items))
	}
	for _, m := range c.Members.Items {
		member, ok := b.origins[m.OriginId]
		if !ok || member.failover != nil {
			b.errorf("%s.Members: %q names no origin", at, m.OriginId)
			continue
		}
		g.members = append(g.members, member.members...)
	}
	b.add(at, c.Id, g)
}
