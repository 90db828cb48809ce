package thumburl

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Code names a kind of mistake in a request. It is the "code" of an error
// answer and keeps its meaning between releases.
type Code string

// The kinds of mistakes.
const (
	CodeNotFound          Code = "NotFound"          // the path is not one of ours
	CodeRequestTooLong    Code = "RequestTooLong"    // more than MaxRequestBytes
	CodeInvalidBase64     Code = "InvalidBase64"     // the payload is not base64url
	CodeInvalidJSON       Code = "InvalidJSON"       // the payload is not one JSON object
	CodeUnknownField      Code = "UnknownField"      // a name that the language does not have
	CodeInvalidField      Code = "InvalidField"      // a value outside what is allowed
	CodeNotCanonical      Code = "NotCanonical"      // right, but not in the canonical form
	CodeUnknownPreset     Code = "UnknownPreset"     // a preset that the settings do not have
	CodeSignatureRequired Code = "SignatureRequired" // unsigned where a signature is needed
	CodeInvalidSignature  Code = "InvalidSignature"  // signed with another secret, or changed since
	CodeExpired           Code = "Expired"           // expires has passed
	CodeFieldNotAllowed   Code = "FieldNotAllowed"   // a field that an unsigned request may not carry
	CodeBucketNotAllowed  Code = "BucketNotAllowed"  // a bucket that is not served
	CodeSourceNotAllowed  Code = "SourceNotAllowed"  // a URL outside the prefixes that are served
	CodeKeyNotAllowed     Code = "KeyNotAllowed"     // a key outside the prefixes that are served
)

// Error is a mistake in a request: which field, what was given, what is
// allowed. It holds nothing that the sender of the request does not know.
type Error struct {
	Code    Code
	Field   string // path of the field, such as "edits.resize.width"; empty for the request as a whole
	Given   string // what was given, quoted and cut to a readable length
	Allowed string // what would have been right
	// Canonical is the payload that means the same in canonical form; set with
	// CodeNotCanonical alone.
	Canonical string
}

func (e *Error) Error() string {
	s := e.Allowed
	if e.Given != "" {
		s = "got " + e.Given + ", want " + e.Allowed
	}
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	return s
}

func invalidField(field, given, allowed string) *Error {
	return &Error{Code: CodeInvalidField, Field: field, Given: given, Allowed: allowed}
}

// maxGiven keeps what a sender controls from flooding logs and answers.
const maxGiven = 48

// quote shows a given value: escaped, in quotes, cut.
func quote(s string) string {
	if len(s) <= maxGiven {
		return strconv.QuoteToASCII(s)
	}
	cut := maxGiven
	for cut > maxGiven-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", strconv.QuoteToASCII(s[:cut]), len(s))
}
