package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func readRunbook(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each alarm of the deployment has its row, and each row an alarm.
func TestRunbookHasEveryAlarm(t *testing.T) {
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+Alarm)` \\|").FindAllStringSubmatch(readRunbook(t), -1) {
		rows[m[1]] = true
	}
	for id := range defaultStack(t).ofType("AWS::CloudWatch::Alarm") {
		if !rows[id] {
			t.Errorf("%s is not in RUNBOOK.md", id)
		}
		delete(rows, id)
	}
	for id := range rows {
		t.Errorf("RUNBOOK.md has %s, which is no alarm", id)
	}
}

// What a command names is an output of the stack: a log group called after its function,
// as Lambda does by itself, is not what this one writes to.
func TestRunbookNamesOutputs(t *testing.T) {
	outputs := defaultStack(t).Outputs
	named := 0
	for _, command := range regexp.MustCompile("`((?:aws|go run) [^`]+)`").FindAllStringSubmatch(readRunbook(t), -1) {
		for _, word := range regexp.MustCompile(`\b(?:[A-Z][a-z]+){2,}\b|/aws/\S+|\b(?:ARN|URL|ID|BUCKET|FUNCTION)\b`).FindAllString(command[1], -1) {
			if word == "RenderTime" { // what the log calls it
				continue
			}
			named++
			if _, ok := outputs[word]; !ok {
				t.Errorf("%s: the stack has no output %s", command[1], word)
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d outputs are named", named)
	}
}

// The commands of the CLI are operations of AWS, by the SDK's own methods.
func TestRunbookCommandsAreAWS(t *testing.T) {
	services := map[string]any{"sqs": &sqs.Client{}, "secretsmanager": &secretsmanager.Client{}, "cloudfront": &cloudfront.Client{}}
	// What the CLI has besides the operations of the API.
	own := map[string][]string{"s3": {"sync", "mv", "rm"}, "logs": {"tail"}}
	commands := regexp.MustCompile("`aws (\\S+) (\\S+)").FindAllStringSubmatch(readRunbook(t), -1)
	if len(commands) < 6 {
		t.Fatalf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		service, operation := c[1], c[2]
		if slices.Contains(own[service], operation) {
			continue
		}
		client, ok := services[service]
		if !ok {
			t.Errorf("aws %s %s: this test does not know the service", service, operation)
			continue
		}
		name := ""
		for _, word := range strings.Split(operation, "-") {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
		if _, ok := reflect.TypeOf(client).MethodByName(name); !ok {
			t.Errorf("aws %s has no %s", service, operation)
		}
	}
}
