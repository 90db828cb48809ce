package stack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	edgefunction "github.com/thumbfront/thumbfront/infra/edge"
	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/edge"
	"github.com/thumbfront/thumbfront/scripts/local/s3"
	"github.com/thumbfront/thumbfront/scripts/local/sqs"
	"github.com/thumbfront/thumbfront/scripts/local/template"
)

// What CloudFormation would give the parts of the template.
const (
	Region           = "us-east-1"
	OriginalsBucket  = "thumbfront-originals"
	ThumbnailsBucket = "thumbfront-thumbnails"
	SecretID         = "thumbfront-signing-secret"

	account         = "000000000000"
	bucketDomain    = ".s3." + Region + ".amazonaws.com"
	cloudFront      = "cloudfront.amazonaws.com"
	secureTransport = "aws:SecureTransport"

	localConcurrency = 32
)

// GoldenTemplate reads the template of a deployment with default settings.
func GoldenTemplate() ([]byte, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(root, "infra", "template.golden.json"))
}

// deployment is what a template deploys, as the local stand-ins take it.
type deployment struct {
	template *template.Template
	names    map[string]string // local names of buckets, by logical id

	buckets    []s3.Bucket
	edgeGrants []s3.Grant // what CloudFront may do in S3
	mayInvoke  error      // why CloudFront may not call the function; nil: it may
	thumbnail  *function
	ingest     *function // nil: the template has none
	upload     *function // nil: the template has none
	waits      bool      // the limit of the thumbnail function's environments is this machine's, not the template's
	edge       edge.Options
	queues     []sqs.Queue
	mappings   []mapping
}

// deploy reads a template. access, presets and epoch stand in the place of what
// it says, where they are given: in the function's environment and in the source
// of the viewer-request function.
func deploy(source []byte, override Options) (*deployment, error) {
	t, err := template.Parse(source)
	if err != nil {
		return nil, err
	}
	d := &deployment{template: t, names: map[string]string{}}
	for _, step := range []func() error{
		d.refuseUnknown, d.findFunctions, d.nameBuckets, d.readQueues, d.readBuckets, d.readFunctions, d.readMappings, d.readPermissions, d.readDistribution,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, d.override(override)
}

// resources are the types that a template may hold here, with the properties
// that are honoured or, behind a minus, that make no difference on one machine.
// Anything else is refused: it would be deployed and not be seen.
var resources = map[string][]string{
	"AWS::S3::Bucket":                        {"CorsConfiguration", "LifecycleConfiguration", "NotificationConfiguration", "-BucketEncryption", "-LoggingConfiguration", "-OwnershipControls", "-PublicAccessBlockConfiguration"},
	"AWS::S3::BucketPolicy":                  {"Bucket", "PolicyDocument"},
	"AWS::IAM::Role":                         {"-AssumeRolePolicyDocument"},
	"AWS::IAM::Policy":                       {"PolicyDocument", "Roles", "-PolicyName"},
	"AWS::Lambda::Function":                  {"Environment", "MemorySize", "Timeout", "ReservedConcurrentExecutions", "Runtime", "Role", "-Architectures", "-Code", "-Description", "-Handler", "-LoggingConfig"},
	"AWS::Lambda::EventSourceMapping":        {"EventSourceArn", "FunctionName", "BatchSize", "FunctionResponseTypes", "ScalingConfig"},
	"AWS::SQS::Queue":                        {"DelaySeconds", "VisibilityTimeout", "RedrivePolicy", "-MessageRetentionPeriod", "-SqsManagedSseEnabled"},
	"AWS::SQS::QueuePolicy":                  {"PolicyDocument", "Queues"},
	"AWS::Lambda::Url":                       {"AuthType", "InvokeMode", "TargetFunctionArn"},
	"AWS::Lambda::Permission":                {"Action", "Principal", "SourceArn", "FunctionName", "InvokedViaFunctionUrl", "FunctionUrlAuthType"},
	"AWS::CloudFront::Distribution":          {"DistributionConfig"},
	"AWS::CloudFront::CachePolicy":           {"CachePolicyConfig"},
	"AWS::CloudFront::ResponseHeadersPolicy": {"ResponseHeadersPolicyConfig"},
	"AWS::CloudFront::OriginAccessControl":   {"OriginAccessControlConfig"},
	"AWS::CloudFront::Function":              {"FunctionCode", "FunctionConfig", "AutoPublish", "-Name"},
	"AWS::SecretsManager::Secret":            {"-Description", "-GenerateSecretString"},
	"AWS::Logs::LogGroup":                    {"-RetentionInDays"},
	"AWS::CloudWatch::Alarm":                 nil, // nothing is watched here
	"AWS::CloudWatch::Dashboard":             nil,
	"AWS::SNS::Topic":                        nil,
	"AWS::SNS::TopicPolicy":                  nil,
	"AWS::SNS::Subscription":                 nil,
}

// refuseUnknown looks at every resource and every property.
func (d *deployment) refuseUnknown() error {
	var errs []error
	for id, r := range d.template.Resources {
		known, ok := resources[r.Type]
		if !ok {
			errs = append(errs, fmt.Errorf("%s: a resource of type %s is not honoured here", id, r.Type))
			continue
		}
		for property := range r.Properties {
			if known != nil && !slices.Contains(known, property) && !slices.Contains(known, "-"+property) {
				errs = append(errs, fmt.Errorf("%s: %s of a %s is not honoured here", id, property, r.Type))
			}
		}
	}
	return errors.Join(errs...)
}

// only checks a property that has to have one value, or may be absent.
func (d *deployment) only(id, property string, allowed ...any) error {
	got, err := d.template.Resolve(id, property, d.values)
	if err != nil {
		return err
	}
	for _, a := range allowed {
		if got == a {
			return nil
		}
	}
	return fmt.Errorf("%s: %s is %v, only %v is honoured here", id, property, got, allowed)
}

// nameBuckets finds out which bucket is which by the function's environment.
func (d *deployment) nameBuckets() error {
	for _, id := range d.template.OfType("AWS::S3::Bucket") {
		d.names[id] = "thumbfront-" + strings.ToLower(id)
	}
	environment, _ := d.template.Resources[d.thumbnail.id].Properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	for variable, name := range map[string]string{"ORIGINALS_BUCKET": OriginalsBucket, "THUMBNAILS_BUCKET": ThumbnailsBucket} {
		reference, ok := variables[variable].(map[string]any)
		if !ok {
			return fmt.Errorf("%s of the function refers to no bucket of the template", variable)
		}
		id, _ := reference["Ref"].(string)
		if _, ok := d.names[id]; !ok {
			return fmt.Errorf("%s of the function refers to %q, which is no bucket of the template", variable, id)
		}
		d.names[id] = name
	}
	return nil
}

// values are what a deployment would know of the resources.
func (d *deployment) values(id, attribute string) (string, error) {
	pseudo := map[string]string{"AWS::Region": Region, "AWS::AccountId": account, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "thumbfront"}
	if v, ok := pseudo[id]; ok {
		return v, nil
	}
	r, ok := d.template.Resources[id]
	if !ok {
		return "", fmt.Errorf("no resource %s", id)
	}
	known := map[string]string{}
	switch r.Type {
	case "AWS::S3::Bucket":
		name := d.names[id]
		known = map[string]string{"": name, "Arn": "arn:aws:s3:::" + name, "RegionalDomainName": name + bucketDomain, "DomainName": name + ".s3.amazonaws.com"}
	case "AWS::Lambda::Function":
		f := d.functionOf(id)
		known = map[string]string{"": f.name, "Arn": f.arn()}
	case "AWS::Lambda::Url":
		f := d.functionOf(d.targetOf(id))
		known = map[string]string{"FunctionUrl": "https://" + f.domain() + "/", "FunctionArn": f.arn()}
	case "AWS::SQS::Queue":
		known = map[string]string{"": queueURL(id), "Arn": queueARN(id), "QueueName": id}
	case "AWS::SecretsManager::Secret":
		known = map[string]string{"": SecretID}
	case "AWS::CloudFront::Distribution", "AWS::CloudFront::CachePolicy", "AWS::CloudFront::ResponseHeadersPolicy", "AWS::IAM::Role", "AWS::Logs::LogGroup":
		known = map[string]string{"": id, "Arn": id}
	case "AWS::CloudFront::OriginAccessControl":
		known = map[string]string{"": id, "Id": id}
	case "AWS::CloudFront::Function":
		known = map[string]string{"FunctionARN": id}
	}
	if v, ok := known[attribute]; ok {
		return v, nil
	}
	return "", fmt.Errorf("attribute %q of %s, a %s, is not known here", attribute, id, r.Type)
}

func (d *deployment) readBuckets() error {
	for _, id := range d.template.OfType("AWS::S3::Bucket") {
		bucket := s3.Bucket{Name: d.names[id]}
		var cors struct{ CorsRules []s3.CORSRule }
		var lifecycle struct{ Rules []s3.LifecycleRule }
		if err := errors.Join(
			d.template.Decode(id, "NotificationConfiguration", d.values, &bucket.Notification),
			d.template.Decode(id, "CorsConfiguration", d.values, &cors),
			d.template.Decode(id, "LifecycleConfiguration", d.values, &lifecycle),
		); err != nil {
			return err
		}
		encryption, err := json.Marshal(d.template.Resources[id].Properties["BucketEncryption"])
		if err != nil {
			return err
		}
		if strings.Contains(string(encryption), "aws:kms") {
			return fmt.Errorf("%s: encryption by KMS is not honoured here: it changes what an ETag is", id)
		}
		bucket.CORS, bucket.Lifecycle = cors.CorsRules, lifecycle.Rules
		if err := d.checkNotification(id, bucket.Notification); err != nil {
			return err
		}
		d.buckets = append(d.buckets, bucket)
	}
	distribution, err := d.distributionARN()
	if err != nil {
		return err
	}
	for _, id := range d.template.OfType("AWS::S3::BucketPolicy") {
		statements, err := d.statements(id)
		if err != nil {
			return err
		}
		var bucket string
		if err := d.template.Decode(id, "Bucket", d.values, &bucket); err != nil {
			return err
		}
		for _, s := range statements {
			switch {
			case s.Effect == "Deny" && s.isTLSOnly(): // there is no TLS here
			case s.Effect == "Allow" && s.service() == cloudFront && s.isOnlyFor(distribution):
				grants, err := s.grants()
				if err != nil {
					return fmt.Errorf("%s: %w", id, err)
				}
				for _, grant := range grants {
					if grant.Bucket != bucket {
						return fmt.Errorf("%s: the policy of %s speaks of %s", id, bucket, grant.Bucket)
					}
				}
				d.edgeGrants = append(d.edgeGrants, grants...)
			case s.Effect == "Allow" && s.service() == "logging.s3.amazonaws.com": // no access logs are written here
			case s.Effect == "Allow" && s.service() == cloudFront: // for another distribution
			default:
				return fmt.Errorf("%s: the statement %+v is not honoured here", id, s)
			}
		}
	}
	return nil
}

func (d *deployment) distributionARN() (string, error) {
	id, err := d.template.One("AWS::CloudFront::Distribution")
	return "arn:aws:cloudfront::" + account + ":distribution/" + id, err
}

func (d *deployment) statements(id string) ([]statement, error) {
	var document struct {
		Version   string
		Statement []statement
	}
	if err := d.template.Decode(id, "PolicyDocument", d.values, &document); err != nil {
		return nil, err
	}
	return document.Statement, nil
}

// readPermissions looks whether CloudFront may call the function URL. Two
// permissions are needed, each for this distribution.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
func (d *deployment) readPermissions() error {
	distribution, err := d.distributionARN()
	if err != nil {
		return err
	}
	missing := map[string]bool{"lambda:InvokeFunctionUrl": true, "lambda:InvokeFunction": true}
	for _, id := range d.template.OfType("AWS::Lambda::Permission") {
		var action, principal, source, function string
		if err := errors.Join(
			d.template.Decode(id, "Action", d.values, &action),
			d.template.Decode(id, "Principal", d.values, &principal),
			d.template.Decode(id, "SourceArn", d.values, &source),
			d.template.Decode(id, "FunctionName", d.values, &function),
		); err != nil {
			return err
		}
		if err := d.only(id, "FunctionUrlAuthType", nil, "AWS_IAM"); err != nil {
			return err
		}
		if principal == cloudFront && source == distribution && (function == d.thumbnail.arn() || function == d.thumbnail.name) {
			delete(missing, action)
		}
	}
	if len(missing) > 0 {
		d.mayInvoke = fmt.Errorf("CloudFront has no permission for %s", strings.Join(slices.Sorted(maps.Keys(missing)), " and "))
	}
	return nil
}

func (d *deployment) readDistribution() error {
	id, err := d.template.One("AWS::CloudFront::Distribution")
	if err != nil {
		return err
	}
	o := edge.Options{
		CachePolicies: map[string]edge.CachePolicyConfig{}, ResponseHeadersPolicies: map[string]edge.ResponseHeadersPolicyConfig{},
		Functions: map[string]string{}, OriginAccessControls: map[string]edge.OriginAccessControlConfig{}, Region: Region,
	}
	errs := []error{d.template.Decode(id, "DistributionConfig", d.values, &o.Distribution)}
	for _, id := range d.template.OfType("AWS::CloudFront::CachePolicy") {
		var config edge.CachePolicyConfig
		errs = append(errs, d.template.Decode(id, "CachePolicyConfig", d.values, &config))
		o.CachePolicies[id] = config
	}
	for _, id := range d.template.OfType("AWS::CloudFront::ResponseHeadersPolicy") {
		var config edge.ResponseHeadersPolicyConfig
		errs = append(errs, d.template.Decode(id, "ResponseHeadersPolicyConfig", d.values, &config))
		o.ResponseHeadersPolicies[id] = config
	}
	for _, id := range d.template.OfType("AWS::CloudFront::OriginAccessControl") {
		var config edge.OriginAccessControlConfig
		errs = append(errs, d.template.Decode(id, "OriginAccessControlConfig", d.values, &config))
		o.OriginAccessControls[id] = config
	}
	for _, id := range d.template.OfType("AWS::CloudFront::Function") {
		var source string
		var config struct{ Comment, Runtime string }
		errs = append(errs, d.template.Decode(id, "FunctionCode", d.values, &source),
			d.template.Decode(id, "FunctionConfig", d.values, &config), d.only(id, "AutoPublish", true))
		if config.Runtime != "cloudfront-js-2.0" {
			errs = append(errs, fmt.Errorf("%s: runtime %q, only cloudfront-js-2.0 is honoured here", id, config.Runtime))
		}
		o.Functions[id] = source
	}
	d.edge = o
	return errors.Join(errs...)
}

// override puts a local stack's own settings in the place of the template's.
func (d *deployment) override(o Options) error {
	set := func(variable, value string) {
		for _, f := range []*function{d.thumbnail, d.ingest} {
			if value != "" && f != nil {
				f.Environment[variable] = value
			}
		}
	}
	set("ACCESS", string(o.Access))
	set("PRESETS", o.Presets)
	if o.Epoch != 0 {
		set("EPOCH", fmt.Sprint(o.Epoch))
	}
	set("LANGUAGES", strings.Join(o.Languages, ","))
	set("ALLOWED_BUCKETS", strings.Join(o.AllowedBuckets, ","))
	d.grant(o)
	d.thumbnail.Timeout = cmp.Or(o.Timeout, d.thumbnail.Timeout)
	d.thumbnail.ReservedConcurrentExecutions = cmp.Or(o.Reserved, d.thumbnail.ReservedConcurrentExecutions)
	if o.Concurrency != 0 || d.thumbnail.ReservedConcurrentExecutions == 0 {
		d.waits = true
		d.thumbnail.ReservedConcurrentExecutions = cmp.Or(o.Concurrency, localConcurrency)
	}
	presets, err := thumburl.ParsePresets([]byte(d.thumbnail.Environment["PRESETS"]))
	if err != nil {
		return err
	}
	for id, source := range d.edge.Functions {
		if d.edge.Functions[id], err = edgefunction.WithSettings(source, func(s *edgefunction.Settings) {
			if o.Access != "" {
				s.Access = string(o.Access)
			}
			if o.Epoch != 0 {
				s.Epoch = o.Epoch
			}
			if o.Presets != "" {
				s.AutoPresets = presets.Auto()
			}
			if o.Languages != nil {
				s.Languages, s.Formats = o.Languages, formats(o.Environment)
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// grant does what the template of a deployment with these languages and buckets would:
// see infra/function.go and infra/distribution.go.
func (d *deployment) grant(o Options) {
	if slices.ContainsFunc(o.Languages, func(name string) bool { return name != language.Native }) {
		d.thumbnail.grants = append(d.thumbnail.grants, s3.Grant{Actions: []string{"s3:GetObject"}, Bucket: ThumbnailsBucket})
		for _, policy := range d.edge.ResponseHeadersPolicies {
			if policy.CorsConfig != nil {
				policy.CorsConfig.OriginOverride = false
			}
		}
	}
	for name := range o.Secrets {
		d.thumbnail.permissions = append(d.thumbnail.permissions, permission{"secretsmanager:GetSecretValue", name})
	}
	for _, bucket := range o.AllowedBuckets {
		d.thumbnail.grants = append(d.thumbnail.grants, s3.Grant{Actions: []string{"s3:GetObject"}, Bucket: bucket})
		d.buckets = append(d.buckets, s3.Bucket{Name: bucket})
	}
}

// formats are those that the function offers unasked.
func formats(environment map[string]string) []string {
	offered := []string{}
	for _, format := range []string{"avif", "webp"} {
		switch strings.ToLower(environment["AUTO_"+strings.ToUpper(format)]) {
		case "yes", "true":
			offered = append(offered, format)
		}
	}
	return offered
}
