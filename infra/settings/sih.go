package settings

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/thumbfront/thumbfront/pkg/language/sih"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// fieldsOfSIH are the settings of the Serverless Image Handler, by its names; they
// count with the languages sih and thumbor.
var fieldsOfSIH = []field{
	variable("sourceBuckets", "SOURCE_BUCKETS", "", `[a-z0-9.,\s-]*`, "originalsBucket and some of allowedBuckets, by commas; nothing: all of them", "buckets that a request may name, the first one where it names none"),
	variable("autoWebP", "AUTO_WEBP", "No", `Yes|No`, "Yes or No", "WebP for viewers that take it, whatever outputFormat says"),
	variable("autoAVIF", "AUTO_AVIF", "No", `Yes|No`, "Yes or No", "the same for AVIF; not known to the original"),
	variable("enableSignature", "ENABLE_SIGNATURE", "No", `Yes|No`, "Yes or No; only Yes unless access is open", "every request needs a signature"),
	variable("secretsManager", "SECRETS_MANAGER", "", `(arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]*`, "name or ARN of a secret, or nothing", "where the key of the signatures is, in a JSON object"),
	variable("secretKey", "SECRET_KEY", "", `[A-Za-z0-9_.-]*`, "the name of a member of that object, or nothing", "which of its members the key is"),
	variable("corsEnabled", "CORS_ENABLED", "No", `Yes|No`, "Yes or No", "answers name corsOrigin"),
	variable("corsOrigin", "CORS_ORIGIN", "*", `\*|https?://[A-Za-z0-9.:-]+`, "an origin, or *", "pages whose scripts may read answers, with corsEnabled"),
	variable("corsCredentials", "CORS_CREDENTIALS", "Yes", `Yes|No`, "Yes or No, as behind a load balancer", "answers allow credentials"),
	variable("enableDefaultFallbackImage", "ENABLE_DEFAULT_FALLBACK_IMAGE", "No", `Yes|No`, "Yes or No", "a picture in the place of errors"),
	variable("defaultFallbackImageBucket", "DEFAULT_FALLBACK_IMAGE_BUCKET", "", `[a-z0-9.-]*`, "one of allowedBuckets, or nothing: the originals bucket", "where it is"),
	variable("defaultFallbackImageKey", "DEFAULT_FALLBACK_IMAGE_KEY", "", `[^\x00-\x1f]*`, "its key, or nothing", "which it is"),
	variable("sharpSizeLimit", "SHARP_SIZE_LIMIT", "", `\d{0,12}`, "a number of pixels, or nothing: the limit of all requests", "pixels of an original"),
	variable("keepOriginalBytes", "KEEP_ORIGINAL_BYTES", "No", `Yes|No`, "Yes or No", "a request without edits answers the original with its metadata"),
	variable("rewriteMatchPattern", "REWRITE_MATCH_PATTERN", "", `(/.+/[dgimsu]*)?`, "/…/ and flags, without lookaround and back references, or nothing", "what is replaced in a path before it is read as thumbor's"),
	variable("rewriteSubstitution", "REWRITE_SUBSTITUTION", "", `[^\x00-\x1f]*`, "text with $1, $&, $$ and $<name>, or nothing", "what it is replaced by"),
}

// variable is a setting that the function reads by itself: it is handed on where it
// is not the default.
func variable(name, variable, otherwise, pattern, allowed, what string) field {
	whole := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return field{name, otherwise, allowed, what, func(s *Settings, text string) bool {
		if text != otherwise {
			if s.Variables == nil {
				s.Variables = map[string]string{}
			}
			s.Variables[variable] = text
		}
		return whole.MatchString(text)
	}}
}

// conflictsOfSIH are checked here, for the function would not start with them.
func (s Settings) conflictsOfSIH() []error {
	var errs []error
	variables := s.Variables
	speaks := slices.Contains(s.Languages, "sih") || slices.Contains(s.Languages, "thumbor")
	if speaks && s.Access != thumburl.Open && variables["ENABLE_SIGNATURE"] != "Yes" {
		errs = append(errs, wrong("enableSignature", "No", "Yes: with access "+string(s.Access)+" no request of sih or thumbor would be answered"))
	}
	if variables["ENABLE_SIGNATURE"] == "Yes" && (variables["SECRETS_MANAGER"] == "" || variables["SECRET_KEY"] == "") {
		errs = append(errs, wrong("enableSignature", "Yes", "secretsManager and secretKey beside it"))
	}
	if variables["ENABLE_DEFAULT_FALLBACK_IMAGE"] == "Yes" && variables["DEFAULT_FALLBACK_IMAGE_KEY"] == "" {
		errs = append(errs, wrong("enableDefaultFallbackImage", "Yes", "defaultFallbackImageKey beside it"))
	}
	known := append(slices.Clone(s.AllowedBuckets), s.OriginalsBucket, "")
	for _, bucket := range list(variables["SOURCE_BUCKETS"]) {
		if !slices.Contains(known, bucket) {
			errs = append(errs, wrong("sourceBuckets", bucket, "originalsBucket and some of allowedBuckets"))
		}
	}
	if bucket := variables["DEFAULT_FALLBACK_IMAGE_BUCKET"]; !slices.Contains(known, bucket) {
		errs = append(errs, wrong("defaultFallbackImageBucket", bucket, "originalsBucket or one of allowedBuckets"))
	}
	if _, err := sih.NewRewrite(variables["REWRITE_MATCH_PATTERN"], variables["REWRITE_SUBSTITUTION"]); err != nil {
		errs = append(errs, fmt.Errorf("rewriteMatchPattern: %w", err))
	}
	return errs
}
