package main

import (
	"os"
	"strings"
	"testing"
)

// What the function writes into the bucket must not call it again.
func TestOnlyUploadsFireEvents(t *testing.T) {
	configuration := at(defaultStack(t).ofType("AWS::S3::Bucket")["Originals"].Properties, "NotificationConfiguration")
	queue := "${IngestEvents.Arn}"
	events := map[string]bool{}
	list, _ := at(configuration, "QueueConfigurations").([]any)
	for _, c := range list {
		events[at(c, "Event").(string)] = true
		if text(at(c, "Queue")) != queue || text(at(c, "Filter", "S3Key", "Rules")) != `[{"Name":"prefix","Value":"uploads/"}]` {
			t.Errorf("got %s", text(c))
		}
	}
	if len(list) != 2 || !events["s3:ObjectCreated:*"] || !events["s3:ObjectRemoved:*"] || len(configuration.(map[string]any)) != 1 {
		t.Errorf("got %s", text(configuration))
	}
}

// S3 tries the queue when the bucket is made: its policy has to be there before.
func TestQueueIsOpenBeforeTheBucketIsMade(t *testing.T) {
	originals := defaultStack(t).ofType("AWS::S3::Bucket")["Originals"]
	if len(originals.DependsOn) != 1 || withoutHash(originals.DependsOn[0]) != "IngestEventsPolicy" {
		t.Errorf("the originals bucket waits for %v, not for the queue's policy", originals.DependsOn)
	}
	for _, s := range statements(defaultStack(t).ofType("AWS::SQS::QueuePolicy")["IngestEventsPolicy"].Properties["PolicyDocument"]) {
		if s.effect == "Allow" && (s.principal != `{"Service":"s3.amazonaws.com"}` || s.condition != `{"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}}`) {
			t.Errorf("%+v may send", s)
		}
	}
}

func TestIngestQueues(t *testing.T) {
	for want, stack := range map[float64]template{28 + 30: defaultStack(t), 25 + 30: fullAssembly(t).stacks["thumbfront"]} {
		queues := stack.ofType("AWS::SQS::Queue")
		if len(queues) != 3 {
			t.Fatalf("got %d queues", len(queues))
		}
		if got := at(queues["DelayedPurges"].Properties, "DelaySeconds"); got != want {
			t.Errorf("purges are put off by %v s, want %v: a render may take that long", got, want)
		}
		for _, name := range []string{"DelayedPurges", "IngestEvents"} {
			p := queues[name].Properties
			if text(at(p, "RedrivePolicy", "deadLetterTargetArn")) != "${IngestDeadLetters.Arn}" || at(p, "VisibilityTimeout") != 720.0 || at(p, "SqsManagedSseEnabled") != true {
				t.Errorf("%s: %s", name, text(p))
			}
		}
		for name, mapping := range stack.ofType("AWS::Lambda::EventSourceMapping") {
			if text(at(mapping.Properties, "FunctionResponseTypes")) != `["ReportBatchItemFailures"]` || text(at(mapping.Properties, "FunctionName")) != "${Ingest}" {
				t.Errorf("%s: %s", name, text(mapping.Properties))
			}
		}
	}
	alarm := defaultStack(t).ofType("AWS::CloudWatch::Alarm")["IngestDeadLettersAlarm"].Properties
	if alarm["MetricName"] != "ApproximateNumberOfMessagesVisible" || alarm["Threshold"] != 0.0 || text(at(alarm, "Dimensions", 0, "Value")) != "${IngestDeadLetters.QueueName}" {
		t.Errorf("the alarm is %s", text(alarm))
	}
}

func TestEntitiesTable(t *testing.T) {
	full := fullAssembly(t).stacks["thumbfront"]
	if got := at(full.ofType("AWS::Lambda::Function")["Ingest"].Properties, "Environment", "Variables", "ENTITIES_TABLE"); got != "pictures" {
		t.Errorf("ENTITIES_TABLE: got %v", got)
	}
	found := false
	for _, s := range statements(full.ofType("AWS::IAM::Policy")["IngestRoleDefaultPolicy"].Properties["PolicyDocument"]) {
		found = found || strings.Join(s.actions, ",") == "dynamodb:PutItem,dynamodb:DeleteItem" &&
			strings.Join(s.resources, ",") == "arn:${AWS::Partition}:dynamodb:eu-central-1:123456789012:table/pictures"
	}
	if !found {
		t.Error("the function may not write the table")
	}
}

// Whose bucket it is knows what happens in it.
func TestImportedOriginalsHaveNoIngest(t *testing.T) {
	stack := importedStack(t)
	for _, kind := range []string{"AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping"} {
		if n := len(stack.ofType(kind)); n > 0 {
			t.Errorf("%d of %s", n, kind)
		}
	}
	if n := len(stack.ofType("AWS::Lambda::Function")); n != 1 {
		t.Errorf("%d functions", n)
	}
}

// The functions read what the stack writes.
func TestUploadFunctionsReadTheirEnvironment(t *testing.T) {
	for name, files := range map[string][]string{
		"Ingest": {"../pkg/thumbnail/config.go", "../pkg/ingest/config.go"}, "Upload": {"../pkg/upload/config.go"}} {
		var source strings.Builder
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
		variables := at(defaultStack(t).ofType("AWS::Lambda::Function")[name].Properties, "Environment", "Variables").(map[string]any)
		for variable := range variables {
			if !strings.Contains(source.String(), `"`+variable+`"`) && variable != "MALLOC_ARENA_MAX" && variable != "VIPS_BLOCK_UNTRUSTED" {
				t.Errorf("%s: nothing reads %s", name, variable)
			}
		}
	}
	full := fullAssembly(t).stacks["thumbfront"].ofType("AWS::Lambda::Function")["Upload"].Properties
	if got := at(full, "Environment", "Variables", "UPLOAD_ACCELERATION"); got != "true" {
		t.Errorf("acceleration: got %v", got)
	}
}
