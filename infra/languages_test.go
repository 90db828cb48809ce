package main

import (
	"strings"
	"testing"
)

// grantsOf are the resources that the function's role may do an action to.
func grantsOf(stack template, action string) []string {
	var resources []string
	for id, r := range stack.Resources {
		if r.Type != "AWS::IAM::Policy" || !strings.HasPrefix(id, "ThumbnailRole") {
			continue
		}
		for _, s := range statements(r.Properties["PolicyDocument"]) {
			for _, a := range s.actions {
				if a == action {
					resources = append(resources, s.resources...)
				}
			}
		}
	}
	return resources
}

// What other languages need is granted with them alone.
func TestGrantsOfOtherLanguages(t *testing.T) {
	full := fullAssembly(t).stacks["thumbfront"]
	for _, tt := range []struct{ action, want string }{
		{"s3:GetObject", "${Thumbnails.Arn}/*"},
		{"secretsmanager:GetSecretValue", ":secret:sih/signing-??????"},
		{"secretsmanager:GetSecretValue", ":secret:imgproxy/key-??????"},
		{"rekognition:DetectFaces", "*"},
	} {
		for name, stack := range map[string]template{"default": defaultStack(t), "everything": full} {
			granted := false
			for _, resource := range grantsOf(stack, tt.action) {
				granted = granted || strings.HasSuffix(resource, tt.want)
			}
			if granted != (name == "everything") {
				t.Errorf("%s: %s of %s granted: %v, all: %q", name, tt.action, tt.want, granted, grantsOf(stack, tt.action))
			}
		}
	}
}

// Other languages have CORS headers of their own, which the policy leaves alone.
func TestHeadersOfOtherLanguages(t *testing.T) {
	for name, stack := range map[string]template{"default": defaultStack(t), "everything": fullAssembly(t).stacks["thumbfront"]} {
		policy := only(t, stack.ofType("AWS::CloudFront::ResponseHeadersPolicy")).Properties
		if got := at(policy, "ResponseHeadersPolicyConfig", "CorsConfig", "OriginOverride"); got != (name == "default") {
			t.Errorf("%s: OriginOverride is %v", name, got)
		}
	}
}
