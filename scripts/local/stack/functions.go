package stack

import (
	"errors"
	"fmt"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/lambda"
	"github.com/thumbfront/thumbfront/scripts/local/s3"
)

// The functions of a deployment, by the names of their packages under lambda.
const (
	thumbnailName = "thumbnail"
	ingestName    = "ingest"
	uploadName    = "upload"
)

// function is one of the template's, with what its role may do.
type function struct {
	lambda.Function
	name, id    string // id is the logical one
	credentials awssdk.Credentials
	grants      []s3.Grant
	permissions []permission
}

func newFunction(name, id string) *function {
	return &function{name: name, id: id, credentials: awssdk.Credentials{
		AccessKeyID: "thumbfront-local-" + name, SecretAccessKey: "thumbfront-local-" + name + "-secret"}}
}

func (f *function) arn() string {
	return "arn:aws:lambda:" + Region + ":" + account + ":function:" + f.name
}

func (f *function) domain() string { return f.name + ".lambda-url." + Region + ".on.aws" }

func (f *function) may(action, resource string) bool {
	return slices.Contains(f.permissions, permission{action, resource})
}

// functions are all of the template's.
func (d *deployment) functions() []*function {
	return slices.DeleteFunc([]*function{d.thumbnail, d.ingest, d.upload}, func(f *function) bool { return f == nil })
}

// functionOf is the function of a logical id; one without a name is none.
func (d *deployment) functionOf(id string) *function {
	for _, f := range d.functions() {
		if f.id == id {
			return f
		}
	}
	return &function{}
}

// referred is the logical id that a property refers to by Ref or by GetAtt.
func (d *deployment) referred(id, property string) string {
	reference, _ := d.template.Resources[id].Properties[property].(map[string]any)
	if target, ok := reference["Ref"].(string); ok {
		return target
	}
	parts, _ := reference["Fn::GetAtt"].([]any)
	if len(parts) != 2 {
		return ""
	}
	target, _ := parts[0].(string)
	return target
}

// targetOf is the logical id of a function URL's function.
func (d *deployment) targetOf(url string) string { return d.referred(url, "TargetFunctionArn") }

// findFunctions tells the functions apart by what calls them: a queue calls the
// ingest function, and of those with a URL, the one that writes thumbnails is
// CloudFront's.
func (d *deployment) findFunctions() error {
	called := map[string]bool{}
	for _, id := range d.template.OfType("AWS::Lambda::EventSourceMapping") {
		called[d.referred(id, "FunctionName")] = true
	}
	for _, id := range d.template.OfType("AWS::Lambda::Function") {
		environment, _ := d.template.Resources[id].Properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		place, name := &d.upload, uploadName
		switch {
		case called[id]:
			place, name = &d.ingest, ingestName
		case variables["THUMBNAILS_BUCKET"] != nil:
			place, name = &d.thumbnail, thumbnailName
		}
		if *place != nil {
			return fmt.Errorf("%s and %s: two functions that both seem to be the %s function", (*place).id, id, name)
		}
		*place = newFunction(name, id)
	}
	if d.thumbnail == nil {
		return errors.New("there is no function with THUMBNAILS_BUCKET")
	}
	return nil
}

func (d *deployment) readFunctions() error {
	for _, f := range d.functions() {
		if err := errors.Join(d.readFunction(f), d.readRole(f)); err != nil {
			return err
		}
	}
	return d.readURLs()
}

func (d *deployment) readFunction(f *function) error {
	var environment struct{ Variables map[string]string }
	var memory, timeout, reserved int
	var runtime string
	if err := errors.Join(
		d.template.Decode(f.id, "Environment", d.values, &environment),
		d.template.Decode(f.id, "MemorySize", d.values, &memory),
		d.template.Decode(f.id, "Timeout", d.values, &timeout),
		d.template.Decode(f.id, "ReservedConcurrentExecutions", d.values, &reserved),
		d.template.Decode(f.id, "Runtime", d.values, &runtime),
	); err != nil {
		return err
	}
	if runtime != "provided.al2023" {
		return fmt.Errorf("%s: runtime %q, want provided.al2023: the code is run as a bootstrap", f.id, runtime)
	}
	if given := d.template.Resources[f.id].Properties["ReservedConcurrentExecutions"]; given != nil && reserved == 0 {
		return fmt.Errorf("%s: ReservedConcurrentExecutions is 0: the function would never run", f.id)
	}
	f.Function = lambda.Function{Name: f.name, Environment: environment.Variables, MemorySize: memory,
		Timeout: time.Duration(timeout) * time.Second, ReservedConcurrentExecutions: reserved}
	return nil
}

// readURLs looks at the URLs of those functions that are called by one.
func (d *deployment) readURLs() error {
	urls := map[*function]int{}
	for _, id := range d.template.OfType("AWS::Lambda::Url") {
		f := d.functionOf(d.targetOf(id))
		if f.name == "" {
			return fmt.Errorf("%s: TargetFunctionArn is %v, which is no function of the template", id, d.template.Resources[id].Properties["TargetFunctionArn"])
		}
		urls[f]++
		if err := errors.Join(d.only(id, "AuthType", "AWS_IAM"), d.only(id, "InvokeMode", "RESPONSE_STREAM")); err != nil {
			return err
		}
	}
	for _, f := range []*function{d.thumbnail, d.upload} {
		if f != nil && urls[f] != 1 {
			return fmt.Errorf("%s: the %s function has %d URLs, want one", f.id, f.name, urls[f])
		}
	}
	return nil
}

// readRole turns what a function's role allows into grants in S3 and permissions
// elsewhere.
func (d *deployment) readRole(f *function) error {
	var role string
	if err := d.template.Decode(f.id, "Role", d.values, &role); err != nil {
		return err
	}
	for _, id := range d.template.OfType("AWS::IAM::Policy") {
		var roles []string
		if err := d.template.Decode(id, "Roles", d.values, &roles); err != nil {
			return err
		}
		if !slices.Contains(roles, role) {
			continue // somebody else's
		}
		statements, err := d.statements(id)
		if err != nil {
			return err
		}
		for _, s := range statements {
			if s.Effect != "Allow" || len(s.Condition) > 0 {
				return fmt.Errorf("%s: the statement %+v is not honoured here", id, s)
			}
			grants, err := s.grants()
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			f.grants = append(f.grants, grants...)
			f.permissions = append(f.permissions, s.permissions()...)
		}
	}
	return nil
}
