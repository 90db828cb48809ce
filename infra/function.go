package main

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

type thumbnailFunction struct {
	function awslambda.Function
	url      awslambda.FunctionUrl
	logs     awslogs.LogGroup
}

func newThumbnailFunction(stack awscdk.Stack, s settings.Settings, code string, b buckets, secret awssecretsmanager.Secret) thumbnailFunction {
	logs := newFunctionLogs(stack, s, "ThumbnailLogs")

	props := &awslambda.FunctionProps{
		Description:  jsii.String("renders a thumbnail, answers with it and stores it"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architectureOf(s),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(&code, nil),
		MemorySize:   jsii.Number(s.MemoryMB),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(s.TimeoutSeconds)),
		Environment:  environment(s, b, secret),
		LogGroup:     logs,
		Role:         newThumbnailRole(stack, s, b, secret, logs),
	}
	if s.ReservedConcurrency > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(s.ReservedConcurrency)
	}
	function := awslambda.NewFunction(stack, jsii.String("Thumbnail"), props)
	url := function.AddFunctionUrl(&awslambda.FunctionUrlOptions{
		AuthType:   awslambda.FunctionUrlAuthType_AWS_IAM,
		InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM, // a buffered answer ends at 6 MB
	})
	return thumbnailFunction{function, url, logs}
}

// environment is what pkg/thumbnail and its libraries read.
func environment(s settings.Settings, b buckets, secret awssecretsmanager.Secret) *map[string]*string {
	variables := map[string]*string{
		"ORIGINALS_BUCKET":   b.originals.BucketName(),
		"ORIGINALS_PREFIXES": jsii.String(strings.Join(s.OriginalsPrefixes, ",")),
		"ALLOWED_BUCKETS":    jsii.String(strings.Join(s.AllowedBuckets, ",")),
		"THUMBNAILS_BUCKET":  b.thumbnails.BucketName(),
		"ACCESS":             jsii.String(string(s.Access)),
		"PRESETS":            &s.PresetsJSON,
		"LANGUAGES":          jsii.String(strings.Join(s.Languages, ",")),
		"EPOCH":              jsii.String(strconv.Itoa(s.Epoch)),
		"SECRET_ID":          secret.SecretArn(),
		"PROFILE":            &s.Profile,
		"SPACE":              &s.Space,
		"RENDER_TIMEOUT":     jsii.String(strconv.Itoa(s.RenderTimeoutSeconds) + "s"),
		// glibc keeps an arena for each thread else, with what each once had: a 12 MP JPEG
		// at 800x600 takes 49 MB with one, 95 with two.
		"MALLOC_ARENA_MAX": jsii.String("1"),
		// Of libvips' readers, those that are not made for hostile files stay shut.
		"VIPS_BLOCK_UNTRUSTED": jsii.String("1"),
	}
	if s.IsForeign() {
		variables["FOREIGN_TTL"] = jsii.String(strconv.Itoa(s.ForeignTTLSeconds) + "s")
		for name, value := range s.Variables {
			variables[name] = &value
		}
	}
	for name, value := range s.ImgproxyVariables() {
		variables[name] = &value
	}
	if len(s.SourcePrefixes) > 0 {
		variables["SOURCE_PREFIXES"] = jsii.String(strings.Join(s.SourcePrefixes, ","))
	}
	if s.FaceDetection {
		variables["FACE_DETECTION"] = jsii.String("true")
	}
	return &variables
}

// newThumbnailRole may do what one request needs, each by its own name: the
// CDK's grants would add listing, tagging and reading of all that is stored.
func newThumbnailRole(stack awscdk.Stack, s settings.Settings, b buckets, secret awssecretsmanager.Secret, logs awslogs.LogGroup) awsiam.Role {
	role, allow := newFunctionRole(stack, "ThumbnailRole")
	var originals []*string
	for _, prefix := range s.OriginalsPrefixes {
		originals = append(originals, b.originals.ArnForObjects(jsii.String(strings.TrimSuffix(prefix, "*")+"*")))
	}
	for _, bucket := range s.AllowedBuckets {
		originals = append(originals, stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("s3"), Region: jsii.String(""), Account: jsii.String(""), Resource: &bucket, ResourceName: jsii.String("*")}))
	}
	allow("ReadOriginals", []string{"s3:GetObject"}, originals...)
	allow("WriteThumbnails", []string{"s3:PutObject", "s3:DeleteObject"}, b.thumbnails.ArnForObjects(jsii.String("*")))
	if s.IsForeign() { // it looks whether the thumbnail of a foreign request is there
		allow("ReadThumbnails", []string{"s3:GetObject"}, b.thumbnails.ArnForObjects(jsii.String("*")))
	}
	allow("ReadSecret", []string{"secretsmanager:GetSecretValue"}, secret.SecretArn())
	if name := s.Variables["SECRETS_MANAGER"]; s.IsForeign() && name != "" {
		allow("ReadSecretOfSIH", []string{"secretsmanager:GetSecretValue"}, secretARN(stack, name))
	}
	if name := s.ImgproxyVariables()["IMGPROXY_SECRET_ID"]; name != "" {
		allow("ReadSecretOfImgproxy", []string{"secretsmanager:GetSecretValue"}, secretARN(stack, name))
	}
	if s.FaceDetection { // which has no resources
		allow("FindFaces", []string{"rekognition:DetectFaces"}, jsii.String("*"))
	}
	allow("WriteLog", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, logs.LogGroupArn())
	return role
}

// secretARN is a secret's by its name, behind which Secrets Manager puts six
// characters of its own.
func secretARN(stack awscdk.Stack, name string) *string {
	if strings.HasPrefix(name, "arn:") {
		return &name
	}
	return stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String("secretsmanager"), Resource: jsii.String("secret"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME, ResourceName: jsii.String(name + "-??????")})
}

// newFunctionRole makes a role that may nothing but what allow is told.
func newFunctionRole(stack awscdk.Stack, id string) (role awsiam.Role, allow func(sid string, actions []string, resources ...*string)) {
	role = awsiam.NewRole(stack, &id, &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	return role, func(sid string, actions []string, resources ...*string) {
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: &sid, Actions: jsii.Strings(actions...), Resources: &resources}))
	}
}

func newFunctionLogs(stack awscdk.Stack, s settings.Settings, id string) awslogs.LogGroup {
	logs := awslogs.NewLogGroup(stack, &id, &awslogs.LogGroupProps{RemovalPolicy: awscdk.RemovalPolicy_DESTROY})
	// By its number: the enumeration has words for the same days.
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(s.LogRetentionDays))
	return logs
}

func architectureOf(s settings.Settings) awslambda.Architecture {
	if s.Architecture == settings.X8664 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}
