package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// A field is one setting: a row of [Table] and the way to read it. The default
// is read like anything that is given.
type field struct {
	name      string
	otherwise string
	allowed   string
	what      string
	set       func(s *Settings, text string) bool // false: not allowed
}

// maxPresetsBytes leaves 1 KB of the 4 KB that Lambda allows for all variables
// of a function to the other variables.
const maxPresetsBytes = 3 << 10

// fields are all settings, in the order of the table.
var fields = slices.Concat(ownFields, fieldsOfTheWeb, fieldsOfSIH)

var ownFields = []field{
	{"name", "thumbfront", "a letter, then up to 39 letters, digits and -", "name of the stack and of its dashboard; each deployment of an account has its own",
		matching(`[A-Za-z][A-Za-z0-9-]{0,39}`, func(s *Settings) *string { return &s.Name })},
	{"account", "", "12 digits, or nothing: the account of the credentials", "account to deploy to",
		matching(`(\d{12})?`, func(s *Settings) *string { return &s.Account })},
	{"region", GlobalRegion, "a region of the standard partition, such as eu-central-1", "region of buckets and function; other than " + GlobalRegion + ", what CloudFront wants there gets stacks of its own there",
		matching(`(af|ap|ca|eu|il|me|mx|sa|us)-(central|east|north|northeast|northwest|south|southeast|southwest|west)-\d`, func(s *Settings) *string { return &s.Region })},
	{"dev", "false", yesOrNo, "a development stack: no alarms, no dashboard",
		boolean(func(s *Settings) *bool { return &s.Dev })},

	{"domainName", "", "a host name in small letters, or nothing: CloudFront's own", "host name of the CDN; its DNS record is yours to make",
		matching(`((`+hostLabel+`\.)+[a-z]{2,63})?`, func(s *Settings) *string { return &s.DomainName })},
	{"certificateArn", "", "ARN of a certificate in " + GlobalRegion + ", or nothing: one is made for domainName, and the deploy waits until its DNS record is there", "certificate of domainName",
		matching(`(arn:aws:acm:`+GlobalRegion+`:\d{12}:certificate/[0-9a-f-]{36})?`, func(s *Settings) *string { return &s.CertificateARN })},
	{"priceClass", "PriceClass_All", "PriceClass_100, PriceClass_200 or PriceClass_All", "where CloudFront answers from",
		oneOf([]string{"PriceClass_100", "PriceClass_200", "PriceClass_All"}, func(s *Settings) *string { return &s.PriceClass })},
	{"originShieldRegion", "", "nothing: no shield, or one of " + strings.Join(shieldRegions, ", "), "region of one more cache in front of both origins: fewer renders, a fee per request",
		oneOf(append([]string{""}, shieldRegions...), func(s *Settings) *string { return &s.OriginShieldRegion })},
	{"corsOrigins", "*", originsAllowed, "pages whose scripts may read pictures",
		origins(func(s *Settings) *[]string { return &s.CORSOrigins })},
	{"waf", "false", yesOrNo, "a firewall that limits the requests of one address; has a monthly fee",
		boolean(func(s *Settings) *bool { return &s.WAF })},
	// The smallest and the largest Limit of a rate-based rule, as AWS WAF documents them.
	{"wafRate", "10000", "a whole number from 10 to 2000000000", "requests of one address in 5 minutes; more are refused",
		number(10, 2_000_000_000, func(s *Settings) *int { return &s.WAFRate })},
	{"accessLogs", "true", yesOrNo + "; only false in regions where CloudFront delivers none", "a bucket with the access logs of CDN and originals, kept logRetentionDays",
		boolean(func(s *Settings) *bool { return &s.AccessLogs })},

	{"originalsBucket", "", "name of a bucket of this account and region, or nothing: one is made", "bucket of originals that is there already; its CORS rules, lifecycle and events stay yours, and there are no functions for uploads and arrivals",
		func(s *Settings, text string) bool {
			s.OriginalsBucket = text
			return text == "" || isBucketName(text)
		}},
	{"originalsPrefixes", "uploads/", "prefixes that end in /, by commas, or * alone: everything; other than uploads/ only with originalsBucket", "prefixes of the originals bucket whose objects are rendered",
		each(`\*|`+prefix, 1, func(s *Settings) *[]string { return &s.OriginalsPrefixes })},
	{"allowedBuckets", "", "names of buckets of this account, by commas", "further buckets that a request may name; they are rendered whole",
		func(s *Settings, text string) bool {
			s.AllowedBuckets = list(text)
			return !slices.ContainsFunc(s.AllowedBuckets, func(name string) bool { return !isBucketName(name) })
		}},
	{"uploadOrigins", "*", originsAllowed, "pages that may upload to the originals bucket with what a backend signed",
		origins(func(s *Settings) *[]string { return &s.UploadOrigins })},
	{"uploadAcceleration", "false", yesOrNo + "; only false with originalsBucket", "S3 transfer acceleration of uploads; has a fee per GB",
		boolean(func(s *Settings) *bool { return &s.UploadAcceleration })},
	{"entitiesTable", "", "name of a DynamoDB table of this account and region, or nothing; only nothing with originalsBucket", "table that keeps the entities of originals as well; its partition key is key, a string",
		matching(`([A-Za-z0-9_.-]{3,255})?`, func(s *Settings) *string { return &s.EntitiesTable })},
	{"thumbnailDays", "180", "a whole number from 1 to 3650", "days after which a stored thumbnail is deleted; it is rendered again when it is asked for",
		number(1, 3650, func(s *Settings) *int { return &s.ThumbnailDays })},

	{"architecture", string(ARM64), "arm64 or x86_64", "the function's processor",
		oneOf([]string{string(ARM64), string(X8664)}, func(s *Settings) *string { return (*string)(&s.Architecture) })},
	// 10240 is Lambda's maximum; a render may take 60 % of the memory, and less
	// than 512 MB leaves too little for the pictures of phones.
	{"memoryMB", "1792", "a whole number from 512 to 10240", "the function's memory; 1769 MB are one processor",
		number(512, 10240, func(s *Settings) *int { return &s.MemoryMB })},
	{"timeoutSeconds", "28", "a whole number from 3 to 29: below CloudFront's read timeout of 30", "the function's timeout",
		number(3, ReadTimeoutSeconds-1, func(s *Settings) *int { return &s.TimeoutSeconds })},
	{"renderTimeoutSeconds", "20", "a whole number from 1 to 28, and below timeoutSeconds", "time for fetch and render together",
		number(1, ReadTimeoutSeconds-2, func(s *Settings) *int { return &s.RenderTimeoutSeconds })},
	{"profile", "default", "default or fast", "default: the best picture in the fewest bytes; fast: coarser pictures in more bytes, for less CPU time",
		oneOf([]string{"default", "fast"}, func(s *Settings) *string { return &s.Profile })},
	{"space", "linear", "linear or gamma", "what a reduction averages where a request does not say: light, or sRGB values",
		oneOf([]string{"linear", "gamma"}, func(s *Settings) *string { return &s.Space })},
	{"reservedConcurrency", "none", "none, or a whole number from 1 to 100000", "renders at once that are reserved for the function, and its limit",
		func(s *Settings, text string) bool {
			return text == "none" || number(1, 100_000, func(s *Settings) *int { return &s.ReservedConcurrency })(s, text)
		}},
	{"logRetentionDays", "30", "one of " + joinInts(retentionDays), "days that logs are kept",
		func(s *Settings, text string) bool {
			n, err := strconv.Atoi(text)
			s.LogRetentionDays = n
			return err == nil && slices.Contains(retentionDays, n)
		}},

	{"access", string(thumburl.Signed), "signed, presets or open", "who may ask: signed requests; also unsigned ones of exactly key and preset; anyone",
		oneOf([]string{string(thumburl.Signed), string(thumburl.PresetsOrSigned), string(thumburl.Open)}, func(s *Settings) *string { return (*string)(&s.Access) })},
	{"presets", `{"card":{"edits":{"resize":{"height":264,"width":288}},"outputFormat":"auto"}}`, "presets by name, as the text of a JSON object of at most " + strconv.Itoa(maxPresetsBytes) + " bytes, each recorded in infra/settings/" + recordsFile, "edits that a request may name",
		func(s *Settings, text string) bool {
			var compact bytes.Buffer
			if text != "" && json.Compact(&compact, []byte(text)) != nil || compact.Len() > maxPresetsBytes {
				return false
			}
			s.PresetsJSON = compact.String()
			return true // what the JSON says is read by presets, which tells what is wrong
		}},
	{"languages", "native", "some of " + strings.Join(language.Names, ", ") + ", by commas; thumbor last", "languages of requests, in the order in which they are tried",
		func(s *Settings, text string) bool {
			s.Languages = list(text)
			return language.ValidateList(s.Languages) == nil
		}},
	{"foreignTTLSeconds", "3600", "a whole number from 1 to 31536000", "how long the CDN keeps the answers to requests of other languages, and with them a picture that was deleted",
		number(1, 31_536_000, func(s *Settings) *int { return &s.ForeignTTLSeconds })},
	{"faceDetection", "false", yesOrNo, "smartCrop asks Amazon Rekognition for faces; has a fee per picture",
		boolean(func(s *Settings) *bool { return &s.FaceDetection })},
	{"epoch", "1", "a whole number from 0 to " + strconv.Itoa(thumburl.MaxEpoch), "first segment of every stored path; raising it makes all that is stored unreachable at once",
		number(0, thumburl.MaxEpoch, func(s *Settings) *int { return &s.Epoch })},

	{"alarmEmail", "", "an e-mail address, or nothing", "where alarms are sent; the address has to confirm",
		func(s *Settings, text string) bool {
			s.AlarmEmail = text
			address, err := mail.ParseAddress(text)
			return text == "" || err == nil && address.Address == text
		}},
	{"demoPage", "false", "false: the page of make run is not made for deployment yet", "the demonstration page",
		func(_ *Settings, text string) bool { return text == "false" }},
}

const (
	yesOrNo        = "true or false"
	hostLabel      = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`
	originsAllowed = "* alone, or origins such as https://example.com or https://*.example.com, by commas"
	// prefix has nothing that IAM takes for a wildcard or a variable, and no
	// comma, which separates prefixes in the function's environment.
	prefix = `[^*?$,/\s][^*?$,\s]*/`
)

var bucketName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// isBucketName follows the rules for general purpose buckets.
func isBucketName(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && bucketName.MatchString(name) && net.ParseIP(name) == nil
}

// shieldRegions are those where CloudFront offers an origin shield (documented).
var shieldRegions = []string{"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	"eu-central-1", "eu-west-1", "eu-west-2", "me-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-2"}

// unloggedRegions are those to whose buckets CloudFront delivers no standard
// logs (documented): the regions that an account has to opt in to.
var unloggedRegions = []string{"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
	"ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
	"me-central-1", "me-south-1", "mx-central-1"}

// retentionDays are those that CloudWatch Logs takes (documented).
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func boolean(at func(*Settings) *bool) func(*Settings, string) bool {
	return func(s *Settings, text string) bool {
		*at(s) = text == "true"
		return text == "true" || text == "false"
	}
}

func number(least, most int, at func(*Settings) *int) func(*Settings, string) bool {
	return func(s *Settings, text string) bool {
		n, err := strconv.Atoi(text)
		*at(s) = n
		return err == nil && n >= least && n <= most && strconv.Itoa(n) == text // one spelling
	}
}

func oneOf(allowed []string, at func(*Settings) *string) func(*Settings, string) bool {
	return func(s *Settings, text string) bool {
		*at(s) = text
		return slices.Contains(allowed, text)
	}
}

func matching(pattern string, at func(*Settings) *string) func(*Settings, string) bool {
	whole := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(s *Settings, text string) bool {
		*at(s) = text
		return whole.MatchString(text)
	}
}

// each reads a list of at least so many different items that match the pattern.
func each(pattern string, least int, at func(*Settings) *[]string) func(*Settings, string) bool {
	whole := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(s *Settings, text string) bool {
		items := list(text)
		*at(s) = items
		for i, item := range items {
			if !whole.MatchString(item) || slices.Contains(items[:i], item) {
				return false
			}
		}
		return len(items) >= least
	}
}

func origins(at func(*Settings) *[]string) func(*Settings, string) bool {
	set := each(`\*|https?://(\*\.)?(`+hostLabel+`\.)*`+hostLabel+`(:\d{1,5})?`, 1, at)
	return func(s *Settings, text string) bool {
		return set(s, text) && (len(*at(s)) == 1 || !slices.Contains(*at(s), "*"))
	}
}

func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func joinInts(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}
