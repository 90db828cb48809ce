package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// dynamo keeps one item and knows the condition that we set.
type dynamo struct {
	t    *testing.T
	item map[string]map[string]any
}

func (d *dynamo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TableName, ConditionExpression string
		Item, Key                      map[string]map[string]any
		ExpressionAttributeValues      map[string]map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.TableName != "pictures" {
		d.t.Errorf("%+v, %v", in, err)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if in.ConditionExpression != "" {
		if in.ConditionExpression != "attribute_not_exists(#s) OR #s <= :s" {
			d.t.Errorf("the condition is %s", in.ConditionExpression)
		}
		if d.item != nil && fmt.Sprint(d.item["sequencer"]["S"]) > fmt.Sprint(in.ExpressionAttributeValues[":s"]["S"]) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}`)
			return
		}
	}
	switch r.Header.Get("X-Amz-Target") {
	case "DynamoDB_20120810.PutItem":
		d.item = in.Item
	case "DynamoDB_20120810.DeleteItem":
		if in.Key["key"]["S"] != "uploads/a" {
			d.t.Errorf("deletes %v", in.Key)
		}
		d.item = nil
	default:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"UnknownOperationException"}`)
		return
	}
	fmt.Fprint(w, "{}")
}

func TestTableKeepsTheLatest(t *testing.T) {
	d := &dynamo{t: t}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	table := DynamoDB{Name: "pictures", Client: dynamodb.New(dynamodb.Options{BaseEndpoint: &server.URL, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
		})})}
	put := func(sequencer string, width int) {
		t.Helper()
		if err := table.Put(t.Context(), Entity{Key: "uploads/a", Width: width, Sequencer: sequencer, Uploaded: noon, Alpha: true}); err != nil {
			t.Fatal(err)
		}
	}
	width := func() string { return fmt.Sprint(d.item["width"]["N"]) }
	put("0055", 1)
	put("00551", 2)
	put("0055", 3) // comes late
	if width() != "2" || d.item["key"]["S"] != "uploads/a" || d.item["alpha"]["BOOL"] != true || d.item["uploaded"]["S"] != "2026-01-01T12:00:00Z" {
		t.Errorf("%v", d.item)
	}
	if err := table.Delete(t.Context(), "uploads/a", "0054"); err != nil || d.item == nil {
		t.Errorf("a late deletion: %v, %v", d.item, err)
	}
	put("", 4) // a replay
	if width() != "4" {
		t.Errorf("after a replay the width is %s", width())
	}
	if err := table.Delete(t.Context(), "uploads/a", "0056"); err != nil || d.item != nil {
		t.Errorf("%v, %v", d.item, err)
	}
	server.Close()
	if err := table.Put(t.Context(), Entity{}); err == nil {
		t.Error("no table, no error")
	}
}
