package upload

import "strconv"

// Code names a kind of mistake; it keeps its meaning between releases.
type Code string

// The kinds of mistakes.
const (
	CodeInvalidField    Code = "InvalidField"    // a value outside what is allowed
	CodeUploadTooLarge  Code = "UploadTooLarge"  // more bytes than an upload may have
	CodeUnsupportedType Code = "UnsupportedType" // not a kind of picture that is taken
)

// Error is a mistake in what a client says of its file: which field, what was
// given, what is allowed. It holds nothing that the client does not know.
type Error struct {
	Code    Code
	Field   string // "name", "size", "type", "sha256", "owner", "key" or "uploadId"
	Given   string // what was given, quoted and cut to a readable length
	Allowed string // what would have been right
}

func (e *Error) Error() string {
	return e.Field + ": got " + e.Given + ", want " + e.Allowed
}

// maxGiven keeps what a client controls from flooding logs and answers.
const maxGiven = 48

func quote(s string) string {
	if len(s) > maxGiven {
		return strconv.QuoteToASCII(s[:maxGiven]) + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return strconv.QuoteToASCII(s)
}
