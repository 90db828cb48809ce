package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// postPolicy is what the policy of an HTML form allows.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
type postPolicy struct {
	expiration time.Time
	conditions []postCondition
	min, max   int64 // bytes of the file
}

// postCondition is of one field, in lower case.
type postCondition struct {
	field, value string
	isPrefix     bool
}

func parsePostPolicy(text []byte) (postPolicy, error) {
	var document struct {
		Expiration string            `json:"expiration"`
		Conditions []json.RawMessage `json:"conditions"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return postPolicy{}, errors.New("it is no JSON")
	}
	expiration, err := time.Parse(time.RFC3339, document.Expiration)
	if err != nil {
		return postPolicy{}, fmt.Errorf("the expiration %q is no time", document.Expiration)
	}
	p := postPolicy{expiration: expiration, max: maxFormFile}
	for _, raw := range document.Conditions {
		if err := p.add(raw); err != nil {
			return postPolicy{}, err
		}
	}
	return p, nil
}

func (p *postPolicy) add(raw json.RawMessage) error {
	invalid := fmt.Errorf("the condition %s is not understood", raw)
	var equal map[string]string
	if json.Unmarshal(raw, &equal) == nil {
		if len(equal) != 1 {
			return invalid
		}
		for field, value := range equal {
			p.conditions = append(p.conditions, postCondition{strings.ToLower(field), value, false})
		}
		return nil
	}
	var list []json.RawMessage
	var operator string
	if json.Unmarshal(raw, &list) != nil || len(list) != 3 || json.Unmarshal(list[0], &operator) != nil {
		return invalid
	}
	if operator == "content-length-range" {
		var least, most int64
		if json.Unmarshal(list[1], &least) != nil || json.Unmarshal(list[2], &most) != nil || least < 0 || most < least {
			return invalid
		}
		p.min, p.max = max(p.min, least), min(p.max, most)
		return nil
	}
	var name, value string
	if json.Unmarshal(list[1], &name) != nil || json.Unmarshal(list[2], &value) != nil ||
		!strings.HasPrefix(name, "$") || operator != "eq" && operator != "starts-with" {
		return invalid
	}
	p.conditions = append(p.conditions, postCondition{strings.ToLower(name[1:]), value, operator == "starts-with"})
	return nil
}

func (c postCondition) holds(value string) bool {
	if !c.isPrefix {
		return value == c.value
	}
	if c.field != "content-type" {
		return strings.HasPrefix(value, c.value)
	}
	for one := range strings.SplitSeq(value, ",") { // of a list each one
		if !strings.HasPrefix(strings.TrimSpace(one), c.value) {
			return false
		}
	}
	return true
}

// check compares a form with its policy: each condition holds, and each field has one.
func (f form) check(p postPolicy, bucket string) *refusal {
	allowed := map[string]bool{"policy": true, "x-amz-signature": true, "file": true}
	for _, c := range p.conditions {
		allowed[c.field] = true
		value := f[c.field]
		if c.field == "bucket" {
			value = bucket
		}
		if !c.holds(value) {
			operator := "eq"
			if c.isPrefix {
				operator = "starts-with"
			}
			return policyError("Policy Condition failed: [%q, %q, %q]", operator, "$"+c.field, c.value)
		}
	}
	for name := range f {
		if !allowed[name] && !strings.HasPrefix(name, "x-ignore-") {
			return policyError("Extra input fields: %s", name)
		}
	}
	return nil
}
