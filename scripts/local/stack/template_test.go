package stack_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

type object = map[string]any

// changed is the golden template after a change to its resources.
func changed(t *testing.T, change func(resources object)) []byte {
	t.Helper()
	var template object
	if err := json.Unmarshal(golden, &template); err != nil {
		t.Fatal(err)
	}
	change(template["Resources"].(object))
	data, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// each calls f with the properties of every resource of a type, and drops the
// resource where it says so; there must be one.
func each(t *testing.T, resources object, kind string, f func(properties object) (drop bool)) {
	t.Helper()
	found := false
	for id, r := range resources {
		if r := r.(object); r["Type"] == kind {
			found = true
			if f(r["Properties"].(object)) {
				delete(resources, id)
			}
		}
	}
	if !found {
		t.Fatalf("the template has no %s", kind)
	}
}

// property sets a property of all resources of a type.
func property(kind, name string, value any) func(object) {
	return func(resources object) {
		for _, r := range resources {
			if r := r.(object); r["Type"] == kind {
				r["Properties"].(object)[name] = value
			}
		}
	}
}

// What runs is the template: a change to it is seen.
func TestTheTemplateIsWhatRuns(t *testing.T) {
	ask := func(l *local) response {
		l.put("uploads/a.jpg", photo(t, 60, 60))
		return l.get(l.signed(thumburl.Request{Key: "uploads/a.jpg", Edits: thumburl.Edits{thumburl.Resize{Width: 30}}}))
	}
	distribution := func(change func(config object)) func(object) {
		return func(resources object) {
			each(t, resources, "AWS::CloudFront::Distribution", func(p object) bool {
				change(p["DistributionConfig"].(object))
				return false
			})
		}
	}

	t.Run("code 403 dropped from the failover codes", func(t *testing.T) {
		_, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: changed(t, distribution(func(config object) {
			group := config["OriginGroups"].(object)["Items"].([]any)[0].(object)
			codes := group["FailoverCriteria"].(object)["StatusCodes"].(object)
			codes["Items"], codes["Quantity"] = []any{400.0, 404.0, 500.0, 502.0, 503.0, 504.0}, 6.0
		}))})
		// S3 says 403 to a missing key, and nobody is asked after it.
		if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("started: %v", err)
		}
	})
	for _, action := range []string{"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} {
		t.Run("permission dropped: "+action, func(t *testing.T) {
			_, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: changed(t, func(resources object) {
				each(t, resources, "AWS::Lambda::Permission", func(p object) bool { return p["Action"] == action })
			})})
			if err == nil || !strings.Contains(err.Error(), "403") {
				t.Errorf("started: %v", err)
			}
		})
	}
	t.Run("access of CloudFront to the thumbnails dropped", func(t *testing.T) {
		l := start(t, stack.Options{Template: changed(t, func(resources object) {
			each(t, resources, "AWS::S3::BucketPolicy", func(p object) bool { return true })
		})})
		first := ask(l)
		l.Edge.Clear()
		if again := l.get("/" + strings.SplitN(first.Request.URL.Opaque, "/", 4)[3]); again.trip() != "rendered" {
			t.Errorf("what may not be read from S3 came from %s", again.trip())
		}
	})
	t.Run("the role may not write", func(t *testing.T) {
		l := start(t, stack.Options{Template: changed(t, func(resources object) {
			each(t, resources, "AWS::IAM::Policy", func(p object) bool {
				document := p["PolicyDocument"].(object)
				var kept []any
				for _, s := range document["Statement"].([]any) {
					if s.(object)["Sid"] != "WriteThumbnails" {
						kept = append(kept, s)
					}
				}
				document["Statement"] = kept
				return false
			})
		})})
		if a := ask(l); a.StatusCode != http.StatusOK || l.log.reaches("StoreFailures", 1) != 1 || len(l.stored()) != 0 {
			t.Errorf("%d, %d store failures, stored %v", a.StatusCode, l.log.count("StoreFailures"), l.stored())
		}
	})
	t.Run("thumbnails live for 30 days", func(t *testing.T) {
		l := start(t, stack.Options{Template: changed(t, func(resources object) {
			each(t, resources, "AWS::S3::Bucket", func(p object) bool {
				lifecycle, _ := p["LifecycleConfiguration"].(object)
				for _, rule := range lifecycle["Rules"].([]any) {
					if rule := rule.(object); rule["ExpirationInDays"] == 180.0 {
						rule["ExpirationInDays"] = 30.0
					}
				}
				return false
			})
		})})
		ask(l)
		if n, err := l.S3.Expire(time.Now().AddDate(0, 0, 32)); n != 1 || err != nil {
			t.Errorf("after 32 days %d objects expired, %v", n, err)
		}
	})
	t.Run("another epoch", func(t *testing.T) {
		l := start(t, stack.Options{Epoch: 9})
		ask(l)
		if keys := l.stored(); len(keys) != 1 || !strings.HasPrefix(keys[0], "9/") {
			t.Errorf("stored %v", keys)
		}
	})
	t.Run("a policy for another distribution grants nothing", func(t *testing.T) {
		data := strings.ReplaceAll(string(golden), `":distribution/"`, `":distribution/another-"`)
		if _, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: []byte(data)}); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("started: %v", err)
		}
	})
	for name, refused := range map[string]struct {
		change func(object)
		names  string
	}{
		"a setting of the distribution that nobody knows": {distribution(func(c object) { c["ContinuousDeploymentPolicyId"] = "x" }), "ContinuousDeploymentPolicyId"},
		"error pages": {distribution(func(c object) { c["CustomErrorResponses"].([]any)[0].(object)["ResponsePagePath"] = "/error.html" }), "ResponsePagePath"},
		"a function URL without IAM": {func(r object) {
			each(t, r, "AWS::Lambda::Url", func(p object) bool { p["AuthType"] = "NONE"; return false })
		}, "AuthType"},
		"a function URL that buffers": {func(r object) {
			each(t, r, "AWS::Lambda::Url", func(p object) bool { p["InvokeMode"] = "BUFFERED"; return false })
		}, "InvokeMode"},
		"another runtime": {func(r object) {
			each(t, r, "AWS::Lambda::Function", func(p object) bool { p["Runtime"] = "nodejs20.x"; return false })
		}, "provided.al2023"},
		"a lifecycle rule of a kind that is not run": {func(r object) {
			each(t, r, "AWS::S3::Bucket", func(p object) bool {
				p["LifecycleConfiguration"].(object)["Rules"].([]any)[0].(object)["Transitions"] = []any{object{}}
				return false
			})
		}, "Transitions"},
		"a resource of another type":         {func(r object) { r["Other"] = object{"Type": "AWS::IAM::ManagedPolicy", "Properties": object{}} }, "ManagedPolicy"},
		"a property that is not honoured":    {property("AWS::Lambda::Function", "Layers", []any{"arn"}), "Layers"},
		"a bucket that KMS encrypts":         {property("AWS::S3::Bucket", "BucketEncryption", object{"X": "aws:kms"}), "KMS"},
		"a policy of another bucket":         {property("AWS::S3::BucketPolicy", "Bucket", "thumbfront-originals"), "speaks of"},
		"a URL of another function":          {property("AWS::Lambda::Url", "TargetFunctionArn", "arn:other"), "TargetFunctionArn"},
		"a permission for another auth type": {property("AWS::Lambda::Permission", "FunctionUrlAuthType", "NONE"), "FunctionUrlAuthType"},
		"a function that may never run":      {property("AWS::Lambda::Function", "ReservedConcurrentExecutions", 0.0), "never run"},
		"an edge function that is not live":  {property("AWS::CloudFront::Function", "AutoPublish", false), "AutoPublish"},
		"an edge function of an old runtime": {property("AWS::CloudFront::Function", "FunctionConfig", object{"Runtime": "cloudfront-js-1.0"}), "cloudfront-js-2.0"},
		"a conditional resource": {func(r object) {
			for _, one := range r {
				one.(object)["Condition"] = "Never"
			}
		}, "Condition"},
		"a role that may not read the secret": {func(r object) {
			each(t, r, "AWS::IAM::Policy", func(p object) bool {
				p["Roles"] = []any{"another-role"}
				return false
			})
		}, "does not work"},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			s, err := stack.Start(t.Context(), stack.Options{DataDir: t.TempDir(), Bootstrap: bootstrap, Template: changed(t, refused.change)})
			if err == nil {
				s.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), refused.names) {
				t.Errorf("%v does not name %s", err, refused.names)
			}
		})
	}
}
