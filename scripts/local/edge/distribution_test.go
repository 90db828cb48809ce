package edge

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Deployment is what a test has of its own.
type Deployment struct {
	ViewerRequest string // source of the viewer-request function, with its settings
	Thumbnails    string // base URL of the thumbnails bucket
	Function      string // base URL of the thumbnail function
	Credentials   aws.Credentials
	Region        string
	Clock         func() time.Time
}

// Names by which ThumbfrontOptions refers to its parts.
const (
	thumbnailsDomain = "thumbnails.s3.amazonaws.com"
	functionDomain   = "thumbnail.lambda-url.on.aws"
	cachePolicyID    = "path-only"
	headersPolicyID  = "pictures"
	functionID       = "viewer-request"
	s3AccessID       = "s3-access"
	lambdaAccessID   = "lambda-access"
)

// ThumbfrontOptions is a distribution like thumbfront's, for the tests of this
// package. Package stack reads the one that is deployed from its template.
func ThumbfrontOptions(d Deployment) Options {
	return Options{
		Distribution: DistributionConfig{
			Enabled:     true,
			HttpVersion: "http2and3",
			IPV6Enabled: true,
			Origins: []Origin{
				{
					Id:                    "thumbnails",
					DomainName:            thumbnailsDomain,
					S3OriginConfig:        &S3OriginConfig{},
					OriginAccessControlId: s3AccessID,
				},
				{
					Id:         "function",
					DomainName: functionDomain,
					CustomOriginConfig: &CustomOriginConfig{
						OriginProtocolPolicy: "https-only",
						OriginReadTimeout:    aws.Int(30), // above the function's 28 s
					},
					// A render that timed out is not begun anew.
					ConnectionAttempts:    aws.Int(1),
					OriginAccessControlId: lambdaAccessID,
				},
			},
			OriginGroups: &OriginGroups{Quantity: 1, Items: []OriginGroup{{
				Id: "thumbnails-then-function",
				// 400: a key too long for S3. 403: no such key, as S3 puts it
				// to those who may not list.
				FailoverCriteria: OriginGroupFailoverCriteria{StatusCodes: StatusCodes{
					Quantity: 7, Items: []int{400, 403, 404, 500, 502, 503, 504},
				}},
				Members: OriginGroupMembers{Quantity: 2, Items: []OriginGroupMember{
					{OriginId: "thumbnails"}, {OriginId: "function"},
				}},
			}}},
			CustomErrorResponses: errorTTLs(map[int]int64{
				400: 5, 403: 5, 404: 10, 414: 10, 500: 0, 501: 0, 502: 0, 503: 0, 504: 0,
			}),
			DefaultCacheBehavior: CacheBehavior{
				AllowedMethods:          []string{"GET", "HEAD", "OPTIONS"},
				CachedMethods:           []string{"GET", "HEAD"},
				CachePolicyId:           cachePolicyID,
				FunctionAssociations:    []FunctionAssociation{{EventType: "viewer-request", FunctionARN: functionID}},
				ResponseHeadersPolicyId: headersPolicyID,
				TargetOriginId:          "thumbnails-then-function",
				ViewerProtocolPolicy:    "redirect-to-https",
			},
		},
		CachePolicies: map[string]CachePolicyConfig{
			cachePolicyID: {MinTTL: 0, DefaultTTL: 86400, MaxTTL: 31536000},
		},
		ResponseHeadersPolicies: map[string]ResponseHeadersPolicyConfig{
			headersPolicyID: {
				CorsConfig: &CorsConfig{
					AccessControlAllowHeaders:  Items{[]string{"*"}},
					AccessControlAllowMethods:  Items{[]string{"GET", "HEAD", "OPTIONS"}},
					AccessControlAllowOrigins:  Items{[]string{"*"}},
					AccessControlExposeHeaders: Items{[]string{"Age", "ETag", "Server-Timing", "X-Cache"}},
					OriginOverride:             true,
				},
				// S3 cannot store these two with the pictures.
				SecurityHeadersConfig: &SecurityHeadersConfig{
					ContentTypeOptions:    &ContentTypeOptions{Override: true},
					ContentSecurityPolicy: &ContentSecurityPolicy{ContentSecurityPolicy: "default-src 'none'; sandbox", Override: true},
				},
			},
		},
		Functions: map[string]string{functionID: d.ViewerRequest},
		OriginAccessControls: map[string]OriginAccessControlConfig{
			s3AccessID:     {OriginAccessControlOriginType: "s3", SigningBehavior: "always", SigningProtocol: "sigv4"},
			lambdaAccessID: {OriginAccessControlOriginType: "lambda", SigningBehavior: "always", SigningProtocol: "sigv4"},
		},
		Endpoints:   map[string]string{thumbnailsDomain: d.Thumbnails, functionDomain: d.Function},
		Credentials: d.Credentials,
		Region:      d.Region,
		Clock:       d.Clock,
	}
}

func errorTTLs(seconds map[int]int64) []CustomErrorResponse {
	var all []CustomErrorResponse
	for code, ttl := range seconds {
		all = append(all, CustomErrorResponse{ErrorCode: code, ErrorCachingMinTTL: &ttl})
	}
	return all
}
