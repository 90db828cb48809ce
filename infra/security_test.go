package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func TestBucketsAreClosed(t *testing.T) {
	stack := defaultStack(t)
	found := stack.ofType("AWS::S3::Bucket")
	if len(found) != 3 {
		t.Fatalf("got %d buckets, want originals, thumbnails and access logs", len(found))
	}
	policies := stack.ofType("AWS::S3::BucketPolicy")
	for name, bucket := range found {
		for _, switched := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			if at(bucket.Properties, "PublicAccessBlockConfiguration", switched) != true {
				t.Errorf("%s: %s is not true", name, switched)
			}
		}
		if got := at(bucket.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault", "SSEAlgorithm"); got != "AES256" {
			t.Errorf("%s: encryption: got %v, want AES256, with which an ETag is the MD5", name, got)
		}
		if !refusesPlainHTTP(policies[name+"Policy"], name) {
			t.Errorf("%s: its policy does not refuse plain HTTP", name)
		}
	}
}

func refusesPlainHTTP(policy resource, bucket string) bool {
	for _, s := range statements(policy.Properties["PolicyDocument"]) {
		if s.effect == "Deny" && slices.Equal(s.actions, []string{"s3:*"}) && s.principal == `{"AWS":"*"}` &&
			s.condition == `{"Bool":{"aws:SecureTransport":"false"}}` &&
			slices.Equal(s.resources, []string{"${" + bucket + ".Arn}", "${" + bucket + ".Arn}/*"}) {
			return true
		}
	}
	return false
}

func TestOriginalsNeverExpire(t *testing.T) {
	originals := defaultStack(t).ofType("AWS::S3::Bucket")["Originals"]
	if originals.DeletionPolicy != "Retain" || originals.UpdateReplacePolicy != "Retain" {
		t.Errorf("got %s and %s, want Retain", originals.DeletionPolicy, originals.UpdateReplacePolicy)
	}
	if got, want := text(at(originals.Properties, "LifecycleConfiguration", "Rules")),
		`[{"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7},"Id":"abort-stale-uploads","Status":"Enabled"}]`; got != want {
		t.Errorf("lifecycle: got %s, want %s", got, want)
	}
}

func TestThumbnailsExpire(t *testing.T) {
	for want, stack := range map[float64]template{180: defaultStack(t), 90: fullAssembly(t).stacks["thumbfront"]} {
		rules := at(stack.ofType("AWS::S3::Bucket")["Thumbnails"].Properties, "LifecycleConfiguration", "Rules")
		if at(rules, 0, "ExpirationInDays") != want || at(rules, 0, "Status") != "Enabled" || at(rules, 0, "Prefix") != nil || at(rules, 1) != nil {
			t.Errorf("got %s, want one rule for all objects of %g days", text(rules), want)
		}
	}
}

// explained are the resources with a wildcard that somebody is allowed, and why.
var explained = map[string]string{
	"*":                                           "Rekognition has no resources; the setting faceDetection asks for it",
	"${Originals.Arn}/uploads/*":                  "any original, but nothing else of the bucket",
	"${Originals.Arn}/entities/*":                 "what was learnt of any original",
	"${Originals.Arn}/quarantine/*":               "what is no picture, under its own name",
	"${Thumbnails.Arn}/overlays/*":                "which thumbnails an overlay is seen in",
	"${Thumbnails.Arn}/*":                         "the whole bucket is thumbnails: the function writes and deletes, CloudFront reads",
	"${AccessLogs.Arn}/originals/*":               "S3 names the log files",
	"arn:${AWS::Partition}:s3:::others/*":         "a bucket of the setting allowedBuckets is rendered whole",
	"arn:${AWS::Partition}:s3:::more/*":           "a bucket of the setting allowedBuckets is rendered whole",
	"arn:${AWS::Partition}:s3:::photos/thumbs/*":  "a prefix of the setting originalsPrefixes",
	"arn:${AWS::Partition}:s3:::photos/avatars/*": "a prefix of the setting originalsPrefixes",
}

func TestNoUnexplainedWildcard(t *testing.T) {
	used := map[string]bool{}
	for name, stack := range map[string]template{"default": defaultStack(t), "everything": fullAssembly(t).stacks["thumbfront"], "imported": importedStack(t)} {
		for id, r := range stack.Resources {
			if isOfTheCDK(id) {
				continue
			}
			for _, s := range statements(r.Properties["PolicyDocument"]) {
				if s.effect != "Allow" {
					continue // a refusal may be as wide as it likes
				}
				if s.principal == "" && s.condition != "" {
					t.Errorf("%s, %s: a role's statement with a condition: this test does not know what it means", name, id)
				}
				for _, action := range s.actions {
					if strings.Contains(action, "*") {
						t.Errorf("%s, %s: the action %s has a wildcard", name, id, action)
					}
				}
				for _, resource := range s.resources {
					used[resource] = true
					if strings.Contains(resource, "*") && explained[resource] == "" {
						t.Errorf("%s, %s: %q has a wildcard that nothing explains", name, id, resource)
					}
				}
				if strings.Contains(s.principal, "*") {
					t.Errorf("%s, %s: anyone is allowed %q", name, id, s.actions)
				}
			}
			if r.Type == "AWS::IAM::Role" && (r.Properties["ManagedPolicyArns"] != nil || r.Properties["Policies"] != nil) {
				t.Errorf("%s, %s: a role with policies that this test does not read", name, id)
			}
		}
	}
	for resource := range explained {
		if !used[resource] {
			t.Errorf("%q is explained, but nobody is allowed it", resource)
		}
	}
}

// The functions may do exactly this.
func TestFunctionGrants(t *testing.T) {
	roles := map[string]map[string]string{
		"ThumbnailRoleDefaultPolicy": {
			"s3:GetObject":                           "${Originals.Arn}/uploads/*",
			"s3:PutObject,s3:DeleteObject":           "${Thumbnails.Arn}/*",
			"secretsmanager:GetSecretValue":          "${SigningSecret}",
			"logs:CreateLogStream,logs:PutLogEvents": "${ThumbnailLogs.Arn}", // ends in :*, its streams
		},
		"IngestRoleDefaultPolicy": {
			"s3:GetObject,s3:DeleteObject":                                "${Originals.Arn}/uploads/*",
			"s3:GetObject":                                                "${Thumbnails.Arn}/overlays/*",
			"s3:PutObject,s3:PutObjectTagging":                            "${Originals.Arn}/quarantine/*",
			"s3:GetObject,s3:PutObject,s3:DeleteObject":                   "${Originals.Arn}/entities/*",
			"s3:ListBucket":                                               "${Originals.Arn},${Thumbnails.Arn}",
			"s3:PutObject,s3:DeleteObject":                                "${Thumbnails.Arn}/*",
			"secretsmanager:GetSecretValue":                               "${SigningSecret}",
			"sqs:ReceiveMessage,sqs:DeleteMessage,sqs:GetQueueAttributes": "${IngestEvents.Arn},${DelayedPurges.Arn}",
			"sqs:SendMessage":                                             "${DelayedPurges.Arn}",
			"cloudfront:CreateInvalidation":                               "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}",
			"logs:CreateLogStream,logs:PutLogEvents":                      "${IngestLogs.Arn}",
		},
		"UploadRoleDefaultPolicy": {
			"s3:PutObject,s3:GetObject,s3:AbortMultipartUpload,s3:ListMultipartUploadParts": "${Originals.Arn}/uploads/*",
			"logs:CreateLogStream,logs:PutLogEvents":                                        "${UploadLogs.Arn}",
		},
	}
	policies := defaultStack(t).ofType("AWS::IAM::Policy")
	if len(policies) != len(roles) {
		t.Errorf("got %d policies, want %d", len(policies), len(roles))
	}
	for name, want := range roles {
		got := map[string]string{}
		for _, s := range statements(policies[name].Properties["PolicyDocument"]) {
			actions := strings.Join(s.actions, ",")
			if _, twice := got[actions]; twice {
				t.Errorf("%s: %s twice: one would hide the other here", name, actions)
			}
			got[actions] = strings.Join(s.resources, ",")
		}
		for actions, resources := range want {
			if got[actions] != resources {
				t.Errorf("%s: %s: got %q, want %q", name, actions, got[actions], resources)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want no more than %v", name, got, want)
		}
	}
}

// isOfTheCDK tells the custom resources that carry a value to another region.
func isOfTheCDK(id string) bool {
	return strings.HasPrefix(id, "CustomCrossRegionExport") || strings.HasPrefix(id, "ExportsWriter") || strings.HasPrefix(id, "ExportsReader")
}

type statement struct {
	effect, principal, condition string // the last two as JSON, or empty
	actions, resources           []string
}

func statements(document any) []statement {
	var all []statement
	list, _ := at(document, "Statement").([]any)
	for _, each := range list {
		s := statement{effect: at(each, "Effect").(string), actions: texts(at(each, "Action")), resources: texts(at(each, "Resource"))}
		if p := at(each, "Principal"); p != nil {
			s.principal = text(p)
		}
		if c := at(each, "Condition"); c != nil {
			s.condition = text(c)
		}
		all = append(all, s)
	}
	return all
}

// texts of a value that is one or a list.
func texts(value any) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{text(value)}
	}
	var all []string
	for _, each := range list {
		all = append(all, text(each))
	}
	return all
}

// Whoever may read a template or the CDK's bucket must not learn the secret.
func TestNoSecretIsWritten(t *testing.T) {
	defaultStack(t)
	secret := only(t, byDefault.stacks["thumbfront"].ofType("AWS::SecretsManager::Secret"))
	if got, want := text(secret.Properties["GenerateSecretString"]), `{"ExcludePunctuation":true,"PasswordLength":43}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, a := range []assembly{byDefault, fullAssembly(t)} {
		err := filepath.WalkDir(a.dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			for _, unwanted := range []string{thumburl.DevelopmentSecret, `"SecretString"`, "SecretStringTemplate", "{{resolve:secretsmanager"} {
				if strings.Contains(string(data), unwanted) {
					t.Errorf("%s contains %q", filepath.Base(path), unwanted)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
