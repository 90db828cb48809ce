package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

func newOutputs(stack awscdk.Stack, s settings.Settings, b buckets, f thumbnailFunction, secret awssecretsmanager.Secret, d awscloudfront.Distribution) {
	output := outputsOf(stack)
	host := d.DistributionDomainName()
	if s.DomainName != "" {
		host = &s.DomainName
	}
	output("CdnUrl", "thumbnails are below it", jsii.String("https://"+*host))
	output("DistributionDomainName", "what the DNS record of a domainName points to", d.DistributionDomainName())
	output("DistributionId", "for invalidations", d.DistributionId())
	output("OriginalsBucketName", "uploads go here", b.originals.BucketName())
	output("ThumbnailsBucketName", "thumbnails are stored here", b.thumbnails.BucketName())
	if b.logs != nil {
		output("AccessLogsBucketName", "access logs of CDN and originals", b.logs.BucketName())
	}
	output("ThumbnailFunctionName", "the function that renders", f.function.FunctionName())
	output("ThumbnailLogGroupName", "its log", f.logs.LogGroupName())
	output("SigningSecretArn", "where a backend reads the secret that signs URLs", secret.SecretArn())
}

func newUploadOutputs(stack awscdk.Stack, i ingest, signing awslambda.FunctionUrl) {
	output := outputsOf(stack)
	output("UploadFunctionUrl", "signs uploads for backends, which call it with their own credentials", signing.Url())
	output("IngestQueueUrl", "events of originals; scripts/ingest sends more", i.events.QueueUrl())
	output("IngestDeadLetterQueueUrl", "events that were not dealt with", i.deadLetters.QueueUrl())
	output("IngestDeadLetterQueueArn", "the same, to move them back", i.deadLetters.QueueArn())
	output("IngestLogGroupName", "the log of the function that deals with them", i.logs.LogGroupName())
}

func outputsOf(stack awscdk.Stack) func(name, description string, value *string) {
	return func(name, description string, value *string) {
		awscdk.NewCfnOutput(stack, &name, &awscdk.CfnOutputProps{Description: &description, Value: value})
	}
}
