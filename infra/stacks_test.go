package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// CloudFront looks for certificate, firewall and metrics in us-east-1 alone.
func TestGlobalPartsOutsideGlobalRegion(t *testing.T) {
	a := fullAssembly(t)
	if got, want := slices.Sorted(maps.Keys(a.stacks)), []string{"thumbfront", "thumbfront-after", "thumbfront-before"}; !slices.Equal(got, want) {
		t.Fatalf("stacks: got %q, want %q", got, want)
	}
	where := map[string]string{
		"AWS::CertificateManager::Certificate": "thumbfront-before",
		"AWS::WAFv2::WebACL":                   "thumbfront-before",
		"AWS::CloudFront::Distribution":        "thumbfront",
		"AWS::CloudWatch::Dashboard":           "thumbfront",
		"AWS::SecretsManager::Secret":          "thumbfront",
	}
	for kind, want := range where {
		for name, stack := range a.stacks {
			if got := len(stack.ofType(kind)); got > 0 != (name == want) {
				t.Errorf("%s: %d in %s, want one in %s", kind, got, name, want)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(a.stacks["thumbfront-after"].ofType("AWS::CloudWatch::Alarm"))); !slices.Equal(got, []string{"ServerErrorsAlarm"}) {
		t.Errorf("alarms of the CDN: got %q", got)
	}
	config := distributionConfig(t, a.stacks["thumbfront"])
	for _, path := range [][]any{{"WebACLId"}, {"ViewerCertificate", "AcmCertificateArn"}} {
		if got := text(at(config, path...)); !strings.Contains(got, "ExportsReader") {
			t.Errorf("%v: got %s, want the other region's", path, got)
		}
	}
}

func TestOneStackInGlobalRegion(t *testing.T) {
	context := maps.Clone(everything)
	context["region"] = settings.GlobalRegion
	a := synth(t, context)
	if len(a.stacks) != 1 {
		t.Fatalf("got %d stacks, want one", len(a.stacks))
	}
	stack := a.stacks["thumbfront"]
	config := distributionConfig(t, stack)
	if got := text(at(config, "WebACLId")); got != "${Firewall.Arn}" {
		t.Errorf("firewall: got %s", got)
	}
	if got := text(at(config, "ViewerCertificate", "AcmCertificateArn")); got != "${Certificate}" {
		t.Errorf("certificate: got %s", got)
	}
	if got := len(stack.ofType("AWS::CloudWatch::Alarm")); got != 5 {
		t.Errorf("got %d alarms, want 5", got)
	}
	if got := at(stack.ofType("AWS::WAFv2::WebACL")["Firewall"].Properties, "Rules", 0, "Statement", "RateBasedStatement", "Limit"); got != 500.0 {
		t.Errorf("rate: got %v, want 500", got)
	}
	only(t, stack.ofType("AWS::SNS::Topic")) // one for all alarms
	for _, alarm := range stack.ofType("AWS::CloudWatch::Alarm") {
		if text(alarm.Properties["AlarmActions"]) != `[{"Ref":"Alarms"}]` {
			t.Errorf("an alarm tells nobody: %v", alarm.Properties)
		}
	}
}

// A topic's own policy takes the place of the one that lets alarms in: alarms
// rang, and nobody was told.
func TestAlarmsMayPublish(t *testing.T) {
	for name, stack := range fullAssembly(t).stacks {
		for _, policy := range stack.ofType("AWS::SNS::TopicPolicy") {
			mayPublish := false
			for _, s := range statements(policy.Properties["PolicyDocument"]) {
				mayPublish = mayPublish || s.effect == "Allow" && s.principal == `{"Service":"cloudwatch.amazonaws.com"}` && slices.Equal(s.actions, []string{"sns:Publish"})
			}
			if !mayPublish {
				t.Errorf("%s: alarms may not publish", name)
			}
		}
	}
}

func TestDevelopmentStackHasNoAlarms(t *testing.T) {
	a := synth(t, map[string]any{"dev": "true", "region": "eu-central-1", "accessLogs": "false"})
	if len(a.stacks) != 1 {
		t.Errorf("got %d stacks, want one", len(a.stacks))
	}
	for _, kind := range []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"} {
		if n := len(a.stacks["thumbfront"].ofType(kind)); n > 0 {
			t.Errorf("%s: got %d, want none", kind, n)
		}
	}
	if n := len(a.stacks["thumbfront"].ofType("AWS::S3::Bucket")); n != 2 {
		t.Errorf("got %d buckets, want originals and thumbnails", n)
	}
}

func TestDashboardHasNoTags(t *testing.T) {
	if only(t, defaultStack(t).ofType("AWS::CloudWatch::Dashboard")).Properties["Tags"] != nil {
		t.Error("cfn-lint refuses a dashboard with tags")
	}
}

// A wrong setting stops the synth before anything is written.
func TestWrongSettingsStopTheSynth(t *testing.T) {
	wrong := map[string]any{"thumbnailDays": "never", "memoryMB": "1", "colour": "red",
		"presets": `{"card":{"edits":{"resize":{"width":1}},"outputFormat":"auto"}}`, "demoPage": "true"}
	_, err := newApp(options{packages: packages(t), context: wrong, out: t.TempDir()})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"thumbnailDays: got", "memoryMB: got", "colour: there is no such setting", "presets.card: got another meaning", "demoPage: got"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	for _, name := range settings.Names() {
		// A question mark may stand in a key; a control character stands in nothing.
		_, err := newApp(options{packages: packages(t), context: map[string]any{name: "?\x01"}, out: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=?: got %v", name, err)
		}
	}
	if _, err := newApp(options{packages: t.TempDir(), out: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "make package") {
		t.Errorf("without a package: got %v", err)
	}
}
