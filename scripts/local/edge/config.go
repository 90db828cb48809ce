package edge

// The types of this file have the names and the nesting of CloudFormation's
// AWS::CloudFront resources, so that a template decodes into them. A property
// that is missing here makes a json.Decoder with DisallowUnknownFields fail;
// one that is here is honoured, ignored (the comment says why), or refused by
// New at the values that it cannot honour.

// DistributionConfig is the property of that name of
// AWS::CloudFront::Distribution.
type DistributionConfig struct {
	CacheBehaviors       []CacheBehavior // the first whose PathPattern matches wins
	CustomErrorResponses []CustomErrorResponse
	DefaultCacheBehavior CacheBehavior
	DefaultRootObject    string // refused unless empty
	Enabled              bool   // refused unless true
	OriginGroups         *OriginGroups
	Origins              []Origin
	Restrictions         *Restrictions

	Aliases           []string           // ignored: every host name is answered
	Comment           string             // ignored: says nothing
	HttpVersion       string             // ignored: the listener decides
	IPV6Enabled       bool               // ignored: the listener decides
	Logging           *Logging           // ignored: no access logs are written
	PriceClass        string             // ignored: there is one location
	ViewerCertificate *ViewerCertificate // ignored: TLS is the listener's
	WebACLId          string             // ignored: there is no firewall here
}

// CacheBehavior is a CacheBehavior or the DefaultCacheBehavior, which has no
// PathPattern.
type CacheBehavior struct {
	PathPattern             string   // * is any run of characters, ? any one; case counts
	AllowedMethods          []string // GET, HEAD, with or without OPTIONS; default GET, HEAD
	CachedMethods           []string // the same; default GET, HEAD
	CachePolicyId           string   // required
	Compress                bool     // has no effect: a cache policy that enables an encoding is refused
	FunctionAssociations    []FunctionAssociation
	OriginRequestPolicyId   string // refused unless empty
	ResponseHeadersPolicyId string
	SmoothStreaming         bool   // refused unless false
	TargetOriginId          string // an origin or an origin group

	ViewerProtocolPolicy string // ignored: TLS is the listener's
}

// FunctionAssociation ties a CloudFront Function to a behaviour.
type FunctionAssociation struct {
	EventType   string // viewer-request; others are refused
	FunctionARN string
}

// CustomErrorResponse says how long answers of one status are kept.
type CustomErrorResponse struct {
	ErrorCode          int
	ErrorCachingMinTTL *int64 // seconds; default 10
	ResponseCode       int    // refused unless 0
	ResponsePagePath   string // refused unless empty
}

// Origin is one origin. Its DomainName is looked up in Options.Endpoints.
type Origin struct {
	Id                    string
	DomainName            string
	OriginPath            string
	ConnectionAttempts    *int // 1 to 3; default 3
	ConnectionTimeout     *int // seconds, 1 to 10; default 10
	CustomOriginConfig    *CustomOriginConfig
	OriginAccessControlId string
	OriginCustomHeaders   []OriginCustomHeader
	S3OriginConfig        *S3OriginConfig

	OriginShield *OriginShield // ignored: there is one cache
}

// CustomOriginConfig marks an origin that is not a bucket.
type CustomOriginConfig struct {
	OriginReadTimeout      *int // seconds, 1 to 120; default 30
	OriginKeepaliveTimeout *int // seconds, 1 to 120; default 5

	HTTPPort             *int     // ignored: the endpoint names the port
	HTTPSPort            *int     // ignored: the endpoint names the port
	IpAddressType        string   // ignored: the endpoint names the address
	OriginProtocolPolicy string   // ignored: the endpoint names the scheme
	OriginSSLProtocols   []string // ignored: the endpoint is local
}

// S3OriginConfig marks an origin that is a bucket.
type S3OriginConfig struct {
	OriginAccessIdentity string // refused unless empty: use origin access control
	OriginReadTimeout    *int   // seconds, 1 to 120; default 30
}

// OriginCustomHeader is sent with every request to its origin.
type OriginCustomHeader struct {
	HeaderName  string
	HeaderValue string
}

// OriginShield is a second cache in front of an origin.
type OriginShield struct {
	Enabled            bool
	OriginShieldRegion string
}

// OriginGroups lists the origin groups.
type OriginGroups struct {
	Quantity int
	Items    []OriginGroup
}

// OriginGroup is a primary and a secondary origin.
type OriginGroup struct {
	Id                string
	FailoverCriteria  OriginGroupFailoverCriteria
	Members           OriginGroupMembers // two, the primary first
	SelectionCriteria string             // default or empty
}

// OriginGroupFailoverCriteria says when the secondary origin is asked.
type OriginGroupFailoverCriteria struct {
	StatusCodes StatusCodes
}

// StatusCodes are the primary origin's answers that fail over. 503 stands for
// a failed connection as well, 504 for a timeout (documented).
type StatusCodes struct {
	Quantity int
	Items    []int
}

// OriginGroupMembers lists the origins of a group.
type OriginGroupMembers struct {
	Quantity int
	Items    []OriginGroupMember
}

// OriginGroupMember names an origin.
type OriginGroupMember struct {
	OriginId string
}

// Restrictions holds the geographic restriction; only type "none" is honoured.
type Restrictions struct {
	GeoRestriction GeoRestriction
}

// GeoRestriction admits or refuses viewers by country.
type GeoRestriction struct {
	RestrictionType string
	Locations       []string
}

// Logging says where access logs go.
type Logging struct {
	Bucket         string
	IncludeCookies bool
	Prefix         string
}

// ViewerCertificate is the certificate of the distribution's host names.
type ViewerCertificate struct {
	AcmCertificateArn            string
	CloudFrontDefaultCertificate bool
	IamCertificateId             string
	MinimumProtocolVersion       string
	SslSupportMethod             string
}

// CachePolicyConfig is the property of that name of
// AWS::CloudFront::CachePolicy. TTLs are in seconds.
type CachePolicyConfig struct {
	Name                                     string
	Comment                                  string
	DefaultTTL                               int64
	MaxTTL                                   int64
	MinTTL                                   int64
	ParametersInCacheKeyAndForwardedToOrigin ParametersInCacheKeyAndForwardedToOrigin
}

// ParametersInCacheKeyAndForwardedToOrigin must include nothing: the path is
// the whole key.
type ParametersInCacheKeyAndForwardedToOrigin struct {
	CookiesConfig              CookiesConfig
	EnableAcceptEncodingBrotli bool
	EnableAcceptEncodingGzip   bool
	HeadersConfig              HeadersConfig
	QueryStringsConfig         QueryStringsConfig
}

// CookiesConfig is honoured with CookieBehavior "none" only.
type CookiesConfig struct {
	CookieBehavior string
	Cookies        []string
}

// HeadersConfig is honoured with HeaderBehavior "none" only.
type HeadersConfig struct {
	HeaderBehavior string
	Headers        []string
}

// QueryStringsConfig is honoured with QueryStringBehavior "none" only.
type QueryStringsConfig struct {
	QueryStringBehavior string
	QueryStrings        []string
}

// OriginAccessControlConfig is the property of that name of
// AWS::CloudFront::OriginAccessControl.
type OriginAccessControlConfig struct {
	Name                          string
	Description                   string
	OriginAccessControlOriginType string // s3 or lambda
	SigningBehavior               string // always or never
	SigningProtocol               string // sigv4
}

// ResponseHeadersPolicyConfig is the property of that name of
// AWS::CloudFront::ResponseHeadersPolicy.
type ResponseHeadersPolicyConfig struct {
	Name                      string
	Comment                   string
	CorsConfig                *CorsConfig
	CustomHeadersConfig       *CustomHeadersConfig
	RemoveHeadersConfig       *RemoveHeadersConfig
	SecurityHeadersConfig     *SecurityHeadersConfig
	ServerTimingHeadersConfig *ServerTimingHeadersConfig
}

// CorsConfig holds the cross-origin headers, added to answers to requests that
// have an Origin header.
type CorsConfig struct {
	AccessControlAllowCredentials bool
	AccessControlAllowHeaders     Items
	AccessControlAllowMethods     Items
	AccessControlAllowOrigins     Items // "*", an origin, or one with a * in front of its domain
	AccessControlExposeHeaders    Items
	AccessControlMaxAgeSec        *int
	OriginOverride                bool
}

// Items is a list of strings.
type Items struct {
	Items []string
}

// CustomHeadersConfig lists headers to add.
type CustomHeadersConfig struct {
	Items []CustomHeader
}

// CustomHeader is set where Override is true or the origin sent none.
type CustomHeader struct {
	Header   string
	Value    string
	Override bool
}

// RemoveHeadersConfig lists headers of the origin that viewers do not get.
type RemoveHeadersConfig struct {
	Items []RemoveHeader
}

// RemoveHeader names a header.
type RemoveHeader struct {
	Header string
}

// SecurityHeadersConfig holds the security headers.
type SecurityHeadersConfig struct {
	ContentSecurityPolicy   *ContentSecurityPolicy
	ContentTypeOptions      *ContentTypeOptions
	FrameOptions            *FrameOptions
	ReferrerPolicy          *ReferrerPolicy
	StrictTransportSecurity *StrictTransportSecurity
	XSSProtection           *XSSProtection
}

// ContentSecurityPolicy is the header of that name.
type ContentSecurityPolicy struct {
	ContentSecurityPolicy string
	Override              bool
}

// ContentTypeOptions is X-Content-Type-Options: nosniff.
type ContentTypeOptions struct {
	Override bool
}

// FrameOptions is X-Frame-Options.
type FrameOptions struct {
	FrameOption string
	Override    bool
}

// ReferrerPolicy is the header of that name.
type ReferrerPolicy struct {
	ReferrerPolicy string
	Override       bool
}

// StrictTransportSecurity is the header of that name.
type StrictTransportSecurity struct {
	AccessControlMaxAgeSec int
	IncludeSubdomains      bool
	Override               bool
	Preload                bool
}

// XSSProtection is X-XSS-Protection.
type XSSProtection struct {
	ModeBlock  bool
	Override   bool
	Protection bool
	ReportUri  string
}

// ServerTimingHeadersConfig adds CloudFront's own Server-Timing; refused
// unless it is off.
type ServerTimingHeadersConfig struct {
	Enabled      bool
	SamplingRate float64
}
