package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// alarmMinutes is the period of all alarms: no finer one is free of charge.
const alarmMinutes = 5

// maxServerErrorPercent of all requests; sporadic 5xx are the internet's.
const maxServerErrorPercent = 1

// newFunctionAlarms watches the function. One bad period of errors or throttles
// is worth a look; slowness and a rate have to last for two of three.
func newFunctionAlarms(stack awscdk.Stack, s settings.Settings, f thumbnailFunction) {
	topic := newAlarmTopic(stack, s)
	period := awscdk.Duration_Minutes(jsii.Number(alarmMinutes))
	newAlarm(stack, topic, "ErrorsAlarm", "the function crashed or timed out",
		f.function.MetricErrors(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String("Sum")}), 0, 1)
	newAlarm(stack, topic, "ThrottlesAlarm", "the function's concurrency did not suffice: viewers were answered 5xx",
		f.function.MetricThrottles(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String("Sum")}), 0, 1)
	// Half of the deadline at which a render is given up.
	halfDeadline := float64(s.RenderTimeoutSeconds) / 2 * 1000
	newAlarm(stack, topic, "DurationAlarm", fmt.Sprintf("one in 20 calls of the function takes more than %g s", halfDeadline/1000),
		f.function.MetricDuration(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String("p95")}), halfDeadline, 2)
}

// newIngestAlarms watches what no picture's event may end as.
func newIngestAlarms(stack awscdk.Stack, s settings.Settings, i ingest) {
	newAlarm(stack, newAlarmTopic(stack, s), "IngestDeadLettersAlarm", "events of originals were not dealt with: pictures lack their entity, or deleted ones may still be seen",
		i.deadLetters.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
			Period: awscdk.Duration_Minutes(jsii.Number(alarmMinutes)), Statistic: jsii.String("Maximum")}), 0, 1)
}

// newDistributionAlarms watches what viewers see. The stack has to be in the
// global region, as CloudFront's metrics are.
func newDistributionAlarms(stack awscdk.Stack, s settings.Settings, d awscloudfront.Distribution) {
	topic := newAlarmTopic(stack, s)
	newAlarm(stack, topic, "ServerErrorsAlarm", fmt.Sprintf("more than %d %% of all requests were answered 5xx", maxServerErrorPercent),
		distributionMetric(d, "5xxErrorRate", "Average", alarmMinutes), maxServerErrorPercent, 2)
}

// newAlarm rings when the metric is above the threshold in so many of as many
// periods, and one more where it is not a single one.
func newAlarm(stack awscdk.Stack, topic awssns.ITopic, id, description string, metric awscloudwatch.IMetric, threshold float64, periods int) {
	of := periods
	if periods > 1 {
		of++
	}
	alarm := awscloudwatch.NewAlarm(stack, &id, &awscloudwatch.AlarmProps{
		AlarmDescription:   jsii.String("thumbfront: " + description),
		Metric:             metric,
		Threshold:          &threshold,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		DatapointsToAlarm:  jsii.Number(periods),
		EvaluationPeriods:  jsii.Number(of),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING, // no requests, no trouble
	})
	if topic != nil {
		alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(topic))
	}
}

// newAlarmTopic gives the stack's topic for alarms, or nil where nobody reads them.
func newAlarmTopic(stack awscdk.Stack, s settings.Settings) awssns.ITopic {
	const id = "Alarms"
	if s.AlarmEmail == "" {
		return nil
	}
	if topic, ok := stack.Node().TryFindChild(jsii.String(id)).(awssns.ITopic); ok {
		return topic
	}
	topic := awssns.NewTopic(stack, jsii.String(id), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	// A policy of one's own takes the place of the one that lets alarms in.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Alarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
	}))
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&s.AlarmEmail, nil))
	return topic
}
