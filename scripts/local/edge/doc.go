// Package edge stands in for Amazon CloudFront on one machine. It is an
// http.Handler configured by the fields of AWS::CloudFront::Distribution and
// its policies, and it refuses to start on any setting that it does not
// honour, so what is seen here is what a deployment does.
//
// Rules marked "documented" are those of the Amazon CloudFront Developer Guide.
package edge
