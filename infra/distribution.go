package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/edge"
	"github.com/thumbfront/thumbfront/infra/settings"
)

// front is what stands before the distribution's cache.
type front struct {
	certificate   awscertificatemanager.ICertificate // nil: CloudFront's own
	firewall      awswafv2.CfnWebACL                 // nil: none
	viewerRequest string                             // source
}

// failoverCodes are the bucket's answers at which the function is asked. 400: a
// key that is too long for S3. 403: no such key, as S3 puts it to those who may
// not list. The console of CloudFront offers 400 as well (re:Post); guides of 2020
// list the others alone. Untried: no deploy has shown it yet.
var failoverCodes = []float64{400, 403, 404, 500, 502, 503, 504}

// errorTTLs are the seconds that errors stay in the cache at least: 10 agrees
// with the Cache-Control of the function's 4xx, and no 5xx is kept.
var errorTTLs = []struct{ status, seconds float64 }{
	{400, 5}, {403, 5}, {404, 10}, {414, 10}, {500, 0}, {501, 0}, {502, 0}, {503, 0}, {504, 0},
}

var priceClasses = map[string]awscloudfront.PriceClass{
	"PriceClass_100": awscloudfront.PriceClass_PRICE_CLASS_100,
	"PriceClass_200": awscloudfront.PriceClass_PRICE_CLASS_200,
	"PriceClass_All": awscloudfront.PriceClass_PRICE_CLASS_ALL,
}

func newDistribution(stack awscdk.Stack, s settings.Settings, b buckets, f thumbnailFunction, front front) awscloudfront.Distribution {
	props := &awscloudfront.DistributionProps{
		Comment:     jsii.String("thumbfront: thumbnails on demand"),
		HttpVersion: awscloudfront.HttpVersion_HTTP2_AND_3,
		EnableIpv6:  jsii.Bool(true),
		PriceClass:  priceClasses[s.PriceClass],
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin:                newOriginGroup(s, b, f),
			AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_GET_HEAD_OPTIONS(),
			CachedMethods:         awscloudfront.CachedMethods_CACHE_GET_HEAD(),
			ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
			Compress:              jsii.Bool(false), // pictures are compressed
			CachePolicy:           newCachePolicy(stack),
			ResponseHeadersPolicy: newHeadersPolicy(stack, s),
			FunctionAssociations: &[]*awscloudfront.FunctionAssociation{{
				EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST,
				Function:  newViewerRequest(stack, front.viewerRequest),
			}},
		},
		ErrorResponses: errorResponses(),
	}
	if b.logs != nil {
		props.LogBucket = b.logs
		props.LogFilePrefix = jsii.String("cdn/")
	}
	if front.certificate != nil {
		props.DomainNames = jsii.Strings(s.DomainName)
		props.Certificate = front.certificate
		props.MinimumProtocolVersion = awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021
	}
	if front.firewall != nil {
		props.WebAclId = front.firewall.AttrArn()
	}
	distribution := awscloudfront.NewDistribution(stack, jsii.String("Distribution"), props)

	// The CDK grants lambda:InvokeFunctionUrl alone; Lambda asks for both
	// (documented), and every miss would end in 403.
	awslambda.NewCfnPermission(stack, jsii.String("InvokeByDistribution"), &awslambda.CfnPermissionProps{
		Action:                jsii.String("lambda:InvokeFunction"),
		FunctionName:          f.function.FunctionArn(),
		Principal:             jsii.String("cloudfront.amazonaws.com"),
		SourceArn:             distribution.DistributionArn(),
		InvokedViaFunctionUrl: true,
	})
	return distribution
}

func newOriginGroup(s settings.Settings, b buckets, f thumbnailFunction) awscloudfront.IOrigin {
	var shield *string
	if s.OriginShieldRegion != "" {
		shield = &s.OriginShieldRegion
	}
	codes := make([]*float64, len(failoverCodes))
	for i := range failoverCodes {
		codes[i] = &failoverCodes[i]
	}
	return awscloudfrontorigins.NewOriginGroup(&awscloudfrontorigins.OriginGroupProps{
		PrimaryOrigin: awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(b.thumbnails, &awscloudfrontorigins.S3BucketOriginWithOACProps{
			OriginId: jsii.String("thumbnails"), OriginShieldRegion: shield}),
		FallbackOrigin: awscloudfrontorigins.FunctionUrlOrigin_WithOriginAccessControl(f.url, &awscloudfrontorigins.FunctionUrlOriginWithOACProps{
			OriginId: jsii.String("function"), OriginShieldRegion: shield,
			ReadTimeout:        awscdk.Duration_Seconds(jsii.Number(settings.ReadTimeoutSeconds)),
			ConnectionAttempts: jsii.Number(1), // a render that timed out is not begun anew
		}),
		FallbackStatusCodes: &codes,
	})
}

// newCachePolicy makes the path the whole key: the viewer-request function put
// into it all that makes a difference.
func newCachePolicy(stack awscdk.Stack) awscloudfront.CachePolicy {
	return awscloudfront.NewCachePolicy(stack, jsii.String("PathOnly"), &awscloudfront.CachePolicyProps{
		Comment:                    jsii.String("the path is the whole key"),
		CookieBehavior:             awscloudfront.CacheCookieBehavior_None(),
		HeaderBehavior:             awscloudfront.CacheHeaderBehavior_None(),
		QueryStringBehavior:        awscloudfront.CacheQueryStringBehavior_None(),
		EnableAcceptEncodingBrotli: jsii.Bool(false),
		EnableAcceptEncodingGzip:   jsii.Bool(false),
		// Every answer of the function has a Cache-Control; these bound it.
		MinTtl:     awscdk.Duration_Seconds(jsii.Number(0)),
		DefaultTtl: awscdk.Duration_Seconds(jsii.Number(86400)),    // a day
		MaxTtl:     awscdk.Duration_Seconds(jsii.Number(31536000)), // a year
	})
}

// newHeadersPolicy adds the headers that S3 cannot store with a picture.
func newHeadersPolicy(stack awscdk.Stack, s settings.Settings) awscloudfront.ResponseHeadersPolicy {
	return awscloudfront.NewResponseHeadersPolicy(stack, jsii.String("PictureHeaders"), &awscloudfront.ResponseHeadersPolicyProps{
		Comment: jsii.String("nosniff, no scripts, readable by pages"),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
				ContentSecurityPolicy: jsii.String("default-src 'none'; sandbox"), Override: jsii.Bool(true)},
		},
		CorsBehavior: &awscloudfront.ResponseHeadersCorsBehavior{
			AccessControlAllowCredentials: jsii.Bool(false),
			AccessControlAllowHeaders:     jsii.Strings("*"),
			AccessControlAllowMethods:     jsii.Strings("GET", "HEAD"),
			AccessControlAllowOrigins:     jsii.Strings(s.CORSOrigins...),
			AccessControlExposeHeaders:    jsii.Strings("Age", "ETag", "Server-Timing", "X-Cache"),
			// Other languages have CORS settings of their own.
			OriginOverride: jsii.Bool(!s.IsForeign()),
		},
	})
}

// viewerRequestSource is the edge's code with the settings that it has to know.
func viewerRequestSource(s settings.Settings) (string, error) {
	return edge.Source(edge.Settings{Access: string(s.Access), Epoch: s.Epoch, Languages: s.Languages, AutoPresets: s.Presets.Auto(), Formats: s.Formats()})
}

func newViewerRequest(stack awscdk.Stack, source string) awscloudfront.Function {
	return awscloudfront.NewFunction(stack, jsii.String("ViewerRequest"), &awscloudfront.FunctionProps{
		Comment: jsii.String("refuses what is no request of ours, and writes the path that is cache key and S3 key"),
		Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
		Code:    awscloudfront.FunctionCode_FromInline(&source),
	})
}

func errorResponses() *[]*awscloudfront.ErrorResponse {
	responses := make([]*awscloudfront.ErrorResponse, len(errorTTLs))
	for i, e := range errorTTLs {
		responses[i] = &awscloudfront.ErrorResponse{HttpStatus: &e.status, Ttl: awscdk.Duration_Seconds(&e.seconds)}
	}
	return &responses
}
