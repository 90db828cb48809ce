package imgproxy

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/thumbfront/thumbfront/pkg/language"
)

// The codes of this language. imgproxy itself has statuses and texts alone; the
// statuses are its own.
const (
	CodeInvalidURL        = "InvalidURL"        // 404: no signature, no source, or several formats
	CodeUnknownOption     = "UnknownOption"     // 404: an option that imgproxy, or its open-source edition, does not have
	CodeInvalidOption     = "InvalidOption"     // 404: an argument outside what is allowed
	CodeForbiddenOption   = "ForbiddenOption"   // 404: an option that the settings do not allow in URLs
	CodeUnknownPreset     = "UnknownPreset"     // 404
	CodeExpired           = "Expired"           // 404
	CodeInvalidSource     = "InvalidSource"     // 404: a source of another kind than s3, http and https
	CodeInvalidSignature  = "InvalidSignature"  // 403
	CodeSecurityForbidden = "SecurityForbidden" // 403: a limit that the settings do not let URLs change
)

func invalidURL(format string, args ...any) *language.Error {
	return notFound(CodeInvalidURL, format, args...)
}

func notFound(code, format string, args ...any) *language.Error {
	return &language.Error{Status: http.StatusNotFound, Code: code, Message: fmt.Sprintf(format, args...)}
}

func forbidden(code, message string) *language.Error {
	return &language.Error{Status: http.StatusForbidden, Code: code, Message: message}
}

// invalidArgument says which option, what was given and what is allowed.
func invalidArgument(option, given, allowed string) *language.Error {
	return notFound(CodeInvalidOption, "%s: got %s, want %s", option, quote(given), allowed)
}

func tooManyArguments(option string, args []string, most int) *language.Error {
	return notFound(CodeInvalidOption, "%s: got %d arguments, want at most %d", option, len(args), most)
}

// maxGiven keeps what a sender controls from flooding answers and logs.
const maxGiven = 48

func quote(s string) string {
	if len(s) > maxGiven {
		return fmt.Sprintf("%s… (%d bytes)", strconv.QuoteToASCII(s[:maxGiven]), len(s))
	}
	return strconv.QuoteToASCII(s)
}
