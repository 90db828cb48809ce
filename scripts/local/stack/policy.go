package stack

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/thumbfront/thumbfront/scripts/local/s3"
)

// statement is one of an IAM policy, as far as thumbfront's template writes
// them.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    oneOrMore
	Resource  oneOrMore
	Condition map[string]map[string]any
}

// oneOrMore is a string or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// service is the AWS service that a statement is for, if it is for just one.
func (s statement) service() string {
	principal, _ := s.Principal.(map[string]any)
	name, _ := principal["Service"].(string)
	if len(principal) != 1 {
		return ""
	}
	return name
}

// isTLSOnly reports whether a Deny is just of what comes without TLS.
func (s statement) isTLSOnly() bool {
	bools, ok := s.Condition["Bool"]
	return ok && len(s.Condition) == 1 && len(bools) == 1 && fmt.Sprint(bools[secureTransport]) == "false"
}

// isOnlyFor reports whether the only condition is the ARN of the caller.
func (s statement) isOnlyFor(arn string) bool {
	equals := s.Condition["StringEquals"]
	if len(s.Condition) != 1 || len(equals) != 1 {
		return false
	}
	for key, value := range equals { // names of condition keys have no case
		return strings.EqualFold(key, "aws:SourceArn") && value == arn
	}
	return false
}

// isOnlyOf reports whether the only condition is the account of the caller.
func (s statement) isOnlyOf(account string) bool {
	equals := s.Condition["StringEquals"]
	return len(s.Condition) == 1 && len(equals) == 1 && equals["aws:SourceAccount"] == account
}

// grants are what the statement allows in S3; other services are none of it.
func (s statement) grants() ([]s3.Grant, error) {
	var actions []string
	for _, action := range s.Action {
		if strings.HasPrefix(action, "s3:") {
			actions = append(actions, action)
		}
	}
	if len(actions) == 0 {
		return nil, nil
	}
	var grants []s3.Grant
	for _, resource := range s.Resource {
		rest, ok := strings.CutPrefix(resource, "arn:aws:s3:::")
		bucket, key, ofKeys := strings.Cut(rest, "/")
		prefix, open := strings.CutSuffix(key, "*")
		if !ok || strings.ContainsAny(bucket+prefix, "*?") || ofKeys && !open {
			return nil, fmt.Errorf("the resource %q is not honoured here", resource)
		}
		grants = append(grants, s3.Grant{Actions: actions, Bucket: bucket, Prefix: prefix})
	}
	return grants, nil
}

// permission is one action on one resource outside of S3.
type permission struct{ action, resource string }

// permissions are what the statement allows outside of S3.
func (s statement) permissions() []permission {
	var all []permission
	for _, action := range s.Action {
		if strings.HasPrefix(action, "s3:") {
			continue
		}
		for _, resource := range s.Resource {
			all = append(all, permission{action, resource})
		}
	}
	return all
}
