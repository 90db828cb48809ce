package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

type buckets struct {
	originals  awss3.IBucket
	thumbnails awss3.Bucket
	logs       awss3.Bucket // nil without access logs
}

func newBuckets(stack awscdk.Stack, s settings.Settings) buckets {
	var b buckets
	if s.AccessLogs {
		b.logs = newLogBucket(stack, s)
	}
	if s.IsImported() {
		b.originals = awss3.Bucket_FromBucketName(stack, jsii.String("Originals"), &s.OriginalsBucket)
	} else {
		b.originals = newOriginalsBucket(stack, s, b.logs)
	}
	b.thumbnails = newThumbnailsBucket(stack, s)
	return b
}

// newOriginalsBucket makes the only bucket whose content cannot be made again:
// nothing in it expires, and it outlives the stack.
func newOriginalsBucket(stack awscdk.Stack, s settings.Settings, logs awss3.Bucket) awss3.Bucket {
	props := private(awss3.BucketProps{
		RemovalPolicy:        awscdk.RemovalPolicy_RETAIN,
		TransferAcceleration: &s.UploadAcceleration,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id: jsii.String("abort-stale-uploads"),
			// Parts are paid for, and an upload that took a week is not resumed.
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
		}},
		Cors: &[]*awss3.CorsRule{{
			Id: jsii.String("uploads"),
			// GET lists the parts of an upload that is resumed, DELETE calls it off.
			AllowedMethods: &[]awss3.HttpMethods{awss3.HttpMethods_PUT, awss3.HttpMethods_POST, awss3.HttpMethods_GET, awss3.HttpMethods_DELETE},
			AllowedOrigins: jsii.Strings(s.UploadOrigins...),
			AllowedHeaders: jsii.Strings("*"), // what is sent is bound by the signature
			ExposedHeaders: jsii.Strings("ETag"),
			MaxAge:         jsii.Number(3600), // an hour of one preflight per page
		}},
	})
	if logs != nil {
		props.ServerAccessLogsBucket = logs
		props.ServerAccessLogsPrefix = jsii.String("originals/")
	}
	return awss3.NewBucket(stack, jsii.String("Originals"), &props)
}

// newThumbnailsBucket makes the store behind CloudFront. Its only readers are
// CloudFront, whose log says who read what, and nobody.
func newThumbnailsBucket(stack awscdk.Stack, s settings.Settings) awss3.Bucket {
	props := private(awss3.BucketProps{
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:         jsii.String("thumbnails"),
			Expiration: awscdk.Duration_Days(jsii.Number(s.ThumbnailDays)),
		}},
	})
	return awss3.NewBucket(stack, jsii.String("Thumbnails"), &props)
}

// newLogBucket makes the bucket of access logs. They outlive the stack until
// they expire: a stack may be deleted for what they tell.
func newLogBucket(stack awscdk.Stack, s settings.Settings) awss3.Bucket {
	props := private(awss3.BucketProps{
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:         jsii.String("logs"),
			Expiration: awscdk.Duration_Days(jsii.Number(s.LogRetentionDays)),
		}},
	})
	// CloudFront delivers standard logs by an ACL that it sets itself.
	props.ObjectOwnership = awss3.ObjectOwnership_BUCKET_OWNER_PREFERRED
	return awss3.NewBucket(stack, jsii.String("AccessLogs"), &props)
}

// private adds what all buckets have in common.
func private(props awss3.BucketProps) awss3.BucketProps {
	props.BlockPublicAccess = awss3.BlockPublicAccess_BLOCK_ALL()
	props.Encryption = awss3.BucketEncryption_S3_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	props.ObjectOwnership = awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED
	return props
}
