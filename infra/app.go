package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// options are what a user cannot set.
type options struct {
	packages string         // directory of the functions' packages, as make package writes them
	context  map[string]any // settings besides those of the command line; tests give theirs here
	out      string         // empty: where the CDK's command line says
}

// newApp makes the stacks of a deployment. The error names everything that is
// wrong with the settings.
func newApp(o options) (awscdk.App, error) {
	props := &awscdk.AppProps{
		AnalyticsReporting: jsii.Bool(false), // its resource changes with the CDK's version
		PostCliContext: &map[string]any{
			// Access logs by a bucket policy; ACLs are off where nothing needs them.
			"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": true,
			// A certificate or firewall in use can't be deleted.
			"@aws-cdk/core:defaultCrossStackReferences": "strong",
		},
	}
	if o.context != nil {
		props.Context = &o.context
	}
	if o.out != "" {
		props.Outdir = &o.out
	}
	app := awscdk.NewApp(props)
	context, ok := app.Node().GetAllContext(nil).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the CDK's context is not an object")
	}
	s, err := settings.Parse(context)
	if err != nil {
		return nil, fmt.Errorf("settings:\n%w", err)
	}
	if context["architecture"] == nil {
		s.Architecture = builtArchitecture(o.packages, "thumbnail", s.Architecture)
	}
	code := map[string]string{}
	for _, function := range functions(s) {
		if code[function], err = packageOf(o.packages, function, s.Architecture); err != nil {
			return nil, err
		}
	}
	viewerRequest, err := viewerRequestSource(s)
	if err != nil {
		return nil, err
	}
	addStacks(app, s, code, viewerRequest)
	return app, nil
}

// functions are those of a deployment. Of originals that were there before, their
// owner knows when they come and go.
func functions(s settings.Settings) []string {
	if s.IsImported() {
		return []string{"thumbnail"}
	}
	return []string{"thumbnail", "ingest", "upload"}
}

// addStacks puts everything into one stack where it may be in one. Elsewhere,
// what CloudFront takes from the global region alone is made there before the
// main stack, and the alarms on its metrics, which need the distribution, after.
func addStacks(app awscdk.App, s settings.Settings, code map[string]string, viewerRequest string) {
	isSplit := s.Region != settings.GlobalRegion
	stack := func(name, region, description string) awscdk.Stack {
		env := &awscdk.Environment{Region: &region}
		if s.Account != "" {
			env.Account = &s.Account
		}
		stack := awscdk.NewStack(app, &name, &awscdk.StackProps{
			Env: env, Description: &description, CrossRegionReferences: &isSplit})
		// W3005 warns of DependsOn lists that say what a reference says already; the
		// CDK writes them itself.
		stack.TemplateOptions().SetMetadata(&map[string]any{"cfn-lint": map[string]any{
			"config": map[string]any{"ignore_checks": []string{"W3005"}}}})
		return stack
	}

	main := stack(s.Name, s.Region, "thumbfront: thumbnails on demand")
	before, after := main, main
	if isSplit && (makesCertificate(s) || s.WAF) {
		before = stack(s.Name+"-before", settings.GlobalRegion, "thumbfront: certificate and firewall of the CDN")
	}
	if isSplit && s.Alarms() {
		after = stack(s.Name+"-after", settings.GlobalRegion, "thumbfront: alarms of the CDN")
	}

	front := front{certificate: newCertificate(before, s), firewall: newFirewall(before, s), viewerRequest: viewerRequest}
	buckets := newBuckets(main, s)
	secret := newSecret(main)
	function := newThumbnailFunction(main, s, code["thumbnail"], buckets, secret)
	distribution := newDistribution(main, s, buckets, function, front)
	newOutputs(main, s, buckets, function, secret, distribution)
	if !s.IsImported() {
		ingest := newIngest(main, s, code["ingest"], buckets, secret, distribution)
		newUploadOutputs(main, ingest, newUpload(main, s, code["upload"], buckets))
		if s.Alarms() {
			newIngestAlarms(main, s, ingest)
		}
	}
	if s.Alarms() {
		newFunctionAlarms(main, s, function)
		newDistributionAlarms(after, s, distribution)
		newDashboard(main, s, function, distribution)
	}
}
