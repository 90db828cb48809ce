package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// exceptions from the AwsSolutions rules of cdk-nag: the construct below its
// stack, the rule, and the reason.
var exceptions = []struct{ construct, rule, reason string }{
	{"Thumbnails", "AwsSolutions-S1", "CloudFront is the only reader and logs all requests; the function logs what it writes"},
	{"SigningSecret", "AwsSolutions-SMG4", "a rotation ends the URLs that are out, two rotations later; it is done by hand, for a reason"},
	{"ThumbnailRole/DefaultPolicy", "AwsSolutions-IAM5", "objects below given prefixes and the streams of one log group: TestNoUnexplainedWildcard"},
	{"IngestRole/DefaultPolicy", "AwsSolutions-IAM5", "objects below given prefixes and the streams of one log group: TestNoUnexplainedWildcard and TestFunctionGrants"},
	{"UploadRole/DefaultPolicy", "AwsSolutions-IAM5", "objects below a given prefix and the streams of one log group: TestNoUnexplainedWildcard, also"},
	{"Distribution", "AwsSolutions-CFR1", "pictures are for viewers everywhere"},
	{"Distribution", "AwsSolutions-CFR2", "a firewall costs a monthly fee; the setting waf adds one"},
	{"Distribution", "AwsSolutions-CFR4", "the minimum TLS version of CloudFront's own host name cannot be chosen; with domainName it is 1.2"},
}

// crossRegion are for the CDK's own resources that carry values between regions.
var crossRegion = []struct{ construct, rule, reason string }{
	{"Custom::CrossRegionExportWriterCustomResourceProvider", "AwsSolutions-IAM5", "made by the CDK: parameters below the name of one stack"},
	{"Custom::CrossRegionExportWriterCustomResourceProvider", "AwsSolutions-IAM4", "made by the CDK, which lets its function write a log so"},
	{"Custom::CrossRegionExportWriterCustomResourceProvider", "AwsSolutions-L1", "made by the CDK, which chooses the runtime"},
	{"Custom::CrossRegionExportReaderCustomResourceProvider", "AwsSolutions-IAM5", "made by the CDK: parameters below the name of one stack"},
	{"Custom::CrossRegionExportReaderCustomResourceProvider", "AwsSolutions-IAM4", "made by the CDK, which lets its function write a log so"},
	{"Custom::CrossRegionExportReaderCustomResourceProvider", "AwsSolutions-L1", "made by the CDK, which chooses the runtime"},
}

func TestNagIsClean(t *testing.T) {
	used := map[string]bool{}
	for _, context := range []map[string]any{nil, everything} {
		a := synthWith(t, context, func(app awscdk.App) {
			awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(true)}), nil)
			for _, child := range *app.Node().Children() {
				stack, ok := child.(awscdk.Stack)
				if !ok {
					continue
				}
				for _, e := range append(exceptions, crossRegion...) {
					construct := stack.Node().TryFindChild(jsii.String(strings.Split(e.construct, "/")[0]))
					if construct == nil {
						continue
					}
					cdknag.NagSuppressions_AddResourceSuppressions(construct, &[]*cdknag.NagPackSuppression{{Id: &e.rule, Reason: &e.reason}}, jsii.Bool(true))
				}
			}
		})
		reports, err := filepath.Glob(filepath.Join(a.dir, "AwsSolutions-*-NagReport.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if len(reports) != len(a.stacks) {
			t.Fatalf("got %d reports for %d stacks", len(reports), len(a.stacks))
		}
		for _, report := range reports {
			for _, row := range readReport(t, report) {
				switch row.compliance {
				case "Compliant", "N/A":
				case "Suppressed":
					used[row.rule+" "+row.reason] = true
				default:
					t.Errorf("%s: %s, %s: %s", row.resource, row.rule, row.compliance, row.info)
				}
			}
		}
	}
	for _, e := range exceptions {
		if !used[e.rule+" "+e.reason] {
			t.Errorf("%s, %s: the exception is not needed any more", e.construct, e.rule)
		}
	}
}

type finding struct{ rule, resource, compliance, reason, info string }

func readReport(t *testing.T, path string) []finding {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var findings []finding
	for _, row := range rows[1:] { // rule, resource, compliance, exception reason, level, info
		if len(row) < 6 {
			t.Fatalf("%s: got %q, want six columns", filepath.Base(path), row)
		}
		findings = append(findings, finding{row[0], row[1], row[2], row[3], row[5]})
	}
	return findings
}
