package main

import (
	"maps"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

const (
	// ingestTimeoutSeconds is for a batch: each picture is decoded, and its presets
	// are rendered in three formats.
	ingestTimeoutSeconds = 120
	ingestBatch          = 5
	// ingestConcurrency leaves the account's functions to viewers while many
	// pictures arrive.
	ingestConcurrency = 10
	// ingestTries of a message before it is a dead letter.
	ingestTries = 4
	// purgeMarginSeconds after the last moment at which a render may end, a
	// thumbnail of what is not there any more can't be written.
	purgeMarginSeconds = 30
	deadLetterDays     = 14 // SQS's most
)

// ingest is what happens when a picture arrives, changes or goes.
type ingest struct {
	function awslambda.Function
	logs     awslogs.LogGroup
	// events are S3's; purges come out of their queue when no render is under way.
	events, purges, deadLetters awssqs.Queue
}

// newIngest has the originals bucket tell a queue of what happens below uploads/,
// and of nothing else: what the function itself writes starts nothing. A queue
// lies between them, for the function names the bucket and the bucket may not name
// the function as well; besides, it keeps what fails.
func newIngest(stack awscdk.Stack, s settings.Settings, code string, b buckets, secret awssecretsmanager.Secret, d awscloudfront.Distribution) ingest {
	i := ingest{deadLetters: newQueue(stack, "IngestDeadLetters", &awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(deadLetterDays))})}
	queue := func(id string, delaySeconds float64) awssqs.Queue {
		return newQueue(stack, id, &awssqs.QueueProps{
			DeliveryDelay: awscdk.Duration_Seconds(&delaySeconds),
			// Six times the function's, as Lambda advises.
			VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(6 * ingestTimeoutSeconds)),
			RetentionPeriod:   awscdk.Duration_Days(jsii.Number(deadLetterDays)),
			DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: i.deadLetters, MaxReceiveCount: jsii.Number(ingestTries)},
		})
	}
	i.events = queue("IngestEvents", 0)
	i.purges = queue("DelayedPurges", float64(s.TimeoutSeconds+purgeMarginSeconds))
	notify(stack, b.originals, i.events)

	i.logs = newFunctionLogs(stack, s, "IngestLogs")
	variables := maps.Clone(*environment(s, b, secret))
	maps.Copy(variables, map[string]*string{
		"PURGE_QUEUE_URL": i.purges.QueueUrl(), "DISTRIBUTION_ID": d.DistributionId(), "ENTITIES_TABLE": &s.EntitiesTable})
	i.function = awslambda.NewFunction(stack, jsii.String("Ingest"), &awslambda.FunctionProps{
		Description:  jsii.String("looks at originals that arrive, change or go"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architectureOf(s),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(&code, nil),
		MemorySize:   jsii.Number(s.MemoryMB), // what the thumbnail function can't render is no picture
		Timeout:      awscdk.Duration_Seconds(jsii.Number(ingestTimeoutSeconds)),
		Environment:  &variables,
		LogGroup:     i.logs,
		Role:         newIngestRole(stack, s, b, i, secret, d),
	})
	for _, source := range []struct {
		id    string
		queue awssqs.Queue
	}{{"IngestFromEvents", i.events}, {"IngestFromPurges", i.purges}} {
		awslambda.NewEventSourceMapping(stack, &source.id, &awslambda.EventSourceMappingProps{
			Target: i.function, EventSourceArn: source.queue.QueueArn(), BatchSize: jsii.Number(ingestBatch),
			ReportBatchItemFailures: jsii.Bool(true), MaxConcurrency: jsii.Number(ingestConcurrency)})
	}
	return i
}

func newQueue(stack awscdk.Stack, id string, props *awssqs.QueueProps) awssqs.Queue {
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	return awssqs.NewQueue(stack, &id, props)
}

// notify is written into the bucket itself: the CDK would call a function of its
// own for it, which may then change every bucket of the account.
func notify(stack awscdk.Stack, originals awss3.IBucket, queue awssqs.Queue) {
	queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("S3Events"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("s3.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{queue.QueueArn()},
		// Not by the bucket, which in turn waits for this policy.
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
	}))
	bucket := originals.Node().DefaultChild().(awss3.CfnBucket)
	var configurations []any
	for _, event := range []string{"s3:ObjectCreated:*", "s3:ObjectRemoved:*"} {
		configurations = append(configurations, &awss3.CfnBucket_QueueConfigurationProperty{
			Event: &event, Queue: queue.QueueArn(),
			Filter: &awss3.CfnBucket_NotificationFilterProperty{S3Key: &awss3.CfnBucket_S3KeyFilterProperty{
				Rules: &[]any{&awss3.CfnBucket_FilterRuleProperty{Name: jsii.String("prefix"), Value: jsii.String(uploadsPrefix)}}}},
		})
	}
	bucket.SetNotificationConfiguration(&awss3.CfnBucket_NotificationConfigurationProperty{QueueConfigurations: &configurations})
	bucket.Node().AddDependency(queue.Node().FindChild(jsii.String("Policy"))) // S3 tries the queue at once
}

// uploadsPrefix is where originals lie in a bucket of ours.
const uploadsPrefix = "uploads/"

// newIngestRole may list both buckets: else S3 would not tell it what is gone.
func newIngestRole(stack awscdk.Stack, s settings.Settings, b buckets, i ingest, secret awssecretsmanager.Secret, d awscloudfront.Distribution) awsiam.Role {
	role, allow := newFunctionRole(stack, "IngestRole")
	originals := func(prefix string) *string { return b.originals.ArnForObjects(jsii.String(prefix + "*")) }
	allow("ReadAndQuarantineOriginals", []string{"s3:GetObject", "s3:DeleteObject"}, originals(uploadsPrefix))
	allow("WriteQuarantine", []string{"s3:PutObject", "s3:PutObjectTagging"}, originals("quarantine/"))
	allow("WriteEntities", []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, originals("entities/"))
	allow("TellWhatIsGone", []string{"s3:ListBucket"}, b.originals.BucketArn(), b.thumbnails.BucketArn())
	allow("WriteThumbnails", []string{"s3:PutObject", "s3:DeleteObject"}, b.thumbnails.ArnForObjects(jsii.String("*")))
	allow("ReadMarksOfOverlays", []string{"s3:GetObject"}, b.thumbnails.ArnForObjects(jsii.String("overlays/*")))
	allow("ReadSecret", []string{"secretsmanager:GetSecretValue"}, secret.SecretArn())
	allow("ReadQueues", []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, i.events.QueueArn(), i.purges.QueueArn())
	allow("PutPurgesOff", []string{"sqs:SendMessage"}, i.purges.QueueArn())
	allow("Invalidate", []string{"cloudfront:CreateInvalidation"}, d.DistributionArn())
	if s.FaceDetection { // of presets; it has no resources
		allow("FindFaces", []string{"rekognition:DetectFaces"}, jsii.String("*"))
	}
	if s.EntitiesTable != "" {
		allow("WriteTable", []string{"dynamodb:PutItem", "dynamodb:DeleteItem"}, stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("dynamodb"), Resource: jsii.String("table"), ResourceName: &s.EntitiesTable}))
	}
	allow("WriteLog", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, i.logs.LogGroupArn())
	return role
}
