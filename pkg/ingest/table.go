package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DynamoDB is a [Table] whose partition key is "key", a string. The attributes
// have the names of the entity's JSON.
type DynamoDB struct {
	Client *dynamodb.Client
	Name   string
}

// tableSequencer is as many digits as a sequencer is filled up to, so that a table
// can compare two as strings; S3's have 18 or so.
const tableSequencer = 64

// Put implements [Table].
func (d DynamoDB) Put(ctx context.Context, e Entity) error {
	number := func(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	item := map[string]types.AttributeValue{
		"key": text(e.Key), "etag": text(e.ETag), "bytes": number(e.Bytes), "format": text(e.Format),
		"width": number(e.Width), "height": number(e.Height), "orientation": number(e.Orientation),
		"alpha": &types.AttributeValueMemberBOOL{Value: e.Alpha}, "frames": number(e.Frames), "thumbhash": text(e.ThumbHash),
		"uploaded": text(e.Uploaded.Format(time.RFC3339)), "sequencer": text(padSequencer(e.Sequencer, tableSequencer)),
	}
	if e.Color != "" {
		item["color"] = text(e.Color)
	}
	if e.CapturedAt != "" {
		item["capturedAt"] = text(e.CapturedAt)
	}
	condition, names, values := notLaterThan(e.Sequencer)
	_, err := d.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &d.Name, Item: item,
		ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values})
	return unlessLater("put", err)
}

// Delete implements [Table].
func (d DynamoDB) Delete(ctx context.Context, key, sequencer string) error {
	condition, names, values := notLaterThan(sequencer)
	_, err := d.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &d.Name,
		Key:                 map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: key}},
		ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values})
	return unlessLater("delete", err)
}

// notLaterThan is the condition that what is there has no later sequencer. A
// replay, which has none, looked at what is there now.
func notLaterThan(sequencer string) (condition *string, names map[string]string, values map[string]types.AttributeValue) {
	if sequencer == "" {
		return nil, nil, nil
	}
	return aws.String("attribute_not_exists(#s) OR #s <= :s"), map[string]string{"#s": "sequencer"},
		map[string]types.AttributeValue{":s": &types.AttributeValueMemberS{Value: padSequencer(sequencer, tableSequencer)}}
}

// unlessLater takes a later sequencer for a success: there is nothing left to do.
func unlessLater(operation string, err error) error {
	var later *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &later) {
		return nil
	}
	return fmt.Errorf("ingest: table: %s: %w", operation, err)
}
