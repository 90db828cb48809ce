package main

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

const (
	uploadMemoryMB       = 256
	uploadTimeoutSeconds = 10
)

// newUpload makes the function that signs uploads for backends, which call its URL
// with their own credentials: they need lambda:InvokeFunctionUrl and
// lambda:InvokeFunction on it.
func newUpload(stack awscdk.Stack, s settings.Settings, code string, b buckets) awslambda.FunctionUrl {
	logs := newFunctionLogs(stack, s, "UploadLogs")
	role, allow := newFunctionRole(stack, "UploadRole")
	// What it signs, it has to be allowed itself.
	allow("SignUploads", []string{"s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
		b.originals.ArnForObjects(jsii.String(uploadsPrefix+"*")))
	allow("WriteLog", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, logs.LogGroupArn())
	function := awslambda.NewFunction(stack, jsii.String("Upload"), &awslambda.FunctionProps{
		Description:  jsii.String("signs uploads of originals"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architectureOf(s),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(&code, nil),
		MemorySize:   jsii.Number(uploadMemoryMB),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(uploadTimeoutSeconds)),
		Environment: &map[string]*string{
			"ORIGINALS_BUCKET":    b.originals.BucketName(),
			"UPLOAD_ACCELERATION": jsii.String(strconv.FormatBool(s.UploadAcceleration)),
		},
		LogGroup: logs,
		Role:     role,
	})
	return function.AddFunctionUrl(&awslambda.FunctionUrlOptions{
		AuthType: awslambda.FunctionUrlAuthType_AWS_IAM, InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM})
}
