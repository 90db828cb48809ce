package stack

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/s3"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
)

const s3Service = "s3.amazonaws.com"

func queueURL(id string) string {
	return "https://sqs." + Region + ".amazonaws.com/" + account + "/" + id
}

func queueARN(id string) string { return "arn:aws:sqs:" + Region + ":" + account + ":" + id }

func (d *deployment) readQueues() error {
	var errs []error
	for _, id := range d.template.OfType("AWS::SQS::Queue") {
		var delay, visibility int
		var redrive struct {
			DeadLetterTargetARN string `json:"deadLetterTargetArn"`
			MaxReceiveCount     int    `json:"maxReceiveCount"`
		}
		errs = append(errs, d.template.Decode(id, "DelaySeconds", d.values, &delay),
			d.template.Decode(id, "VisibilityTimeout", d.values, &visibility),
			d.template.Decode(id, "RedrivePolicy", d.values, &redrive))
		d.queues = append(d.queues, sqs.Queue{ARN: queueARN(id), URL: queueURL(id), Delay: time.Duration(delay) * time.Second,
			VisibilityTimeout: time.Duration(visibility) * time.Second, DeadLetterARN: redrive.DeadLetterTargetARN, MaxReceiveCount: redrive.MaxReceiveCount})
	}
	return errors.Join(errs...)
}

// checkNotification does what S3 does when it is told of a queue: it must be
// allowed to send there.
func (d *deployment) checkNotification(bucket string, n s3.NotificationConfiguration) error {
	for _, q := range n.QueueConfigurations {
		allowed, err := d.mayS3Send(q.Queue)
		if err != nil {
			return err
		}
		if !allowed {
			return fmt.Errorf("%s: S3 has no permission for sqs:SendMessage on %s", bucket, q.Queue)
		}
	}
	return nil
}

func (d *deployment) mayS3Send(queue string) (bool, error) {
	allowed := false
	for _, id := range d.template.OfType("AWS::SQS::QueuePolicy") {
		statements, err := d.statements(id)
		if err != nil {
			return false, err
		}
		for _, s := range statements {
			switch {
			case s.Effect == "Deny" && s.isTLSOnly(): // there is no TLS here
			case s.Effect == "Allow" && s.service() == s3Service && s.isOnlyOf(account):
				allowed = allowed || slices.Contains(s.Action, "sqs:SendMessage") && slices.Contains(s.Resource, queue)
			default:
				return false, fmt.Errorf("%s: the statement %+v is not honoured here", id, s)
			}
		}
	}
	return allowed, nil
}

// mapping has a function called with the messages of a queue.
type mapping struct {
	sqs.Mapping
	function *function
	denied   error // why Lambda may not read the queue; nil: it may
}

func (d *deployment) readMappings() error {
	for _, id := range d.template.OfType("AWS::Lambda::EventSourceMapping") {
		m := mapping{function: d.functionOf(d.referred(id, "FunctionName"))}
		var types []string
		var scaling struct{ MaximumConcurrency int }
		if err := errors.Join(
			d.template.Decode(id, "EventSourceArn", d.values, &m.QueueARN),
			d.template.Decode(id, "BatchSize", d.values, &m.BatchSize),
			d.template.Decode(id, "FunctionResponseTypes", d.values, &types),
			d.template.Decode(id, "ScalingConfig", d.values, &scaling),
		); err != nil {
			return err
		}
		// As many environments as on Lambda, this machine would not bear.
		m.Concurrency = min(max(1, scaling.MaximumConcurrency), runtime.NumCPU())
		m.ReportsFailures = slices.Contains(types, "ReportBatchItemFailures")
		if !slices.ContainsFunc(d.queues, func(q sqs.Queue) bool { return q.ARN == m.QueueARN }) {
			return fmt.Errorf("%s: %q is no queue of the template", id, m.QueueARN)
		}
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			if !m.function.may(action, m.QueueARN) {
				m.denied = fmt.Errorf("%s: the role of the %s function has no permission for %s", id, m.function.name, action)
			}
		}
		d.mappings = append(d.mappings, m)
	}
	return nil
}
