package aws_test

import (
	"fmt"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sqssdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/thumbfront/thumbfront/scripts/local/aws"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
)

func TestSendMessages(t *testing.T) {
	queues, err := sqs.New([]sqs.Queue{{ARN: "arn:q", URL: "http://sqs/q"}, {ARN: "arn:other", URL: "http://sqs/other"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, &aws.Server{Queues: queues, OnUnknown: func(call string) { t.Errorf("unknown call %s", call) },
		May: func(_, action, resource string) bool { return action == "sqs:SendMessage" && resource == "arn:q" }})
	client := sqssdk.New(sqssdk.Options{Region: region, BaseEndpoint: &url, RetryMaxAttempts: 1, Credentials: credentials(keyID, keySecret)})
	if _, err := client.SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: sdk.String("http://sqs/q"), MessageBody: sdk.String("one"), DelaySeconds: 5}); err != nil {
		t.Fatal(err)
	}
	out, err := client.SendMessageBatch(t.Context(), &sqssdk.SendMessageBatchInput{QueueUrl: sdk.String("http://sqs/q"), Entries: []types.SendMessageBatchRequestEntry{
		{Id: sdk.String("a"), MessageBody: sdk.String("two")}, {Id: sdk.String("b"), MessageBody: sdk.String("three"), DelaySeconds: 1000}}})
	if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 || sdk.ToString(out.Failed[0].Id) != "b" {
		t.Errorf("%+v, %v", out, err)
	}
	if got := fmt.Sprint(bodies(queues.Messages("arn:q"))); got != "[one two]" {
		t.Errorf("in the queue are %s", got)
	}
	_, err = client.SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: sdk.String("http://sqs/none"), MessageBody: sdk.String("x")})
	if code(err) != "QueueDoesNotExist" {
		t.Errorf("no such queue: %v", err)
	}
	_, err = client.SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: sdk.String("http://sqs/other"), MessageBody: sdk.String("x")})
	if code(err) != "AccessDeniedException" {
		t.Errorf("without permission: %v", err)
	}
	stranger := sqssdk.New(sqssdk.Options{Region: region, BaseEndpoint: &url, RetryMaxAttempts: 1, Credentials: credentials("AKIDOTHER", "x")})
	_, err = stranger.SendMessage(t.Context(), &sqssdk.SendMessageInput{QueueUrl: sdk.String("http://sqs/q"), MessageBody: sdk.String("x")})
	if code(err) != "InvalidSignatureException" {
		t.Errorf("a stranger: %v", err)
	}
}

func bodies(messages []sqs.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Body)
	}
	return all
}
