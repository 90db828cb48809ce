package sih

import (
	"fmt"
	"net/http"

	"github.com/thumbfront/thumbfront/pkg/language"
)

// The codes of the original.
const (
	CodeCannotDecode     = "DecodeRequest::CannotDecodeRequest"
	CodeCannotParseEdits = "ImageEdits::CannotParseEdits"
	CodeCannotAccess     = "ImageBucket::CannotAccessBucket"
	CodeRequestType      = "RequestTypeError"
	CodeNoSuchKey        = "NoSuchKey"
	CodeInstantiation    = "InstantiationError"
	CodeInvalidResize    = "InvalidResizeException"
	CodeCropOutside      = "Crop::AreaOutOfBounds"
	CodeOverlay          = "OverlayImageException"
	CodeFaceIndex        = "SmartCrop::FaceIndexOutOfRange"
	CodeBadRequest       = "BadRequest"
	CodeUnsupported      = "UnsupportedOutputImageFormatException"
	codeNoSignature      = "AuthorizationQueryParametersError"
	codeWrongSignature   = "SignatureDoesNotMatch"
	codeNotValidated     = "SignatureValidationFailure"
	codeExpiryFormat     = "ImageRequestExpiryFormat"
	codeExpired          = "ImageRequestExpired"
	codeAccessDenied     = "AccessDenied"
	codeTimeout          = "TimeoutException"
)

func failure(status int, code, format string, args ...any) *language.Error {
	return &language.Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// BadRequest is a mistake in a request in one of the original's codes.
func BadRequest(code, format string, args ...any) *language.Error {
	return failure(http.StatusBadRequest, code, format, args...)
}

// badEdit is an edit with a value that sharp refuses.
func badEdit(name string, value any, allowed string) *language.Error {
	return BadRequest(CodeCannotParseEdits, "edits.%s: got %s, want %s", name, show(value), allowed)
}

// explained are the codes of the rest of the system in those of the original. It
// answers 400 for an original that is not a picture it can read.
var explained = map[string]language.Error{
	"OriginalNotFound":  {Status: http.StatusNotFound, Code: CodeNoSuchKey},
	"SecondUnread":      {Status: http.StatusBadRequest, Code: CodeOverlay},
	"SecondTooLarge":    {Status: http.StatusBadRequest, Code: CodeBadRequest},
	"WindowTooLarge":    {Status: http.StatusBadRequest, Code: CodeCannotParseEdits},
	"EditTooCostly":     {Status: http.StatusBadRequest, Code: CodeCannotParseEdits},
	"ChannelMissing":    {Status: http.StatusBadRequest, Code: CodeCannotParseEdits},
	"BucketNotAllowed":  {Status: http.StatusForbidden, Code: CodeCannotAccess},
	"KeyNotAllowed":     {Status: http.StatusForbidden, Code: codeAccessDenied},
	"SignatureRequired": {Status: http.StatusForbidden, Code: codeAccessDenied},
	"InvalidField":      {Status: http.StatusBadRequest, Code: CodeCannotParseEdits},
	"SourceEmpty":       {Status: http.StatusBadRequest, Code: CodeInstantiation},
	"SourceUnsupported": {Status: http.StatusBadRequest, Code: CodeInstantiation},
	"SourceTruncated":   {Status: http.StatusBadRequest, Code: CodeInstantiation},
	"SourceCorrupt":     {Status: http.StatusBadRequest, Code: CodeInstantiation},
	"SourceTooLarge":    {Status: http.StatusBadRequest, Code: CodeInstantiation},
	"OutputTooLarge":    {Status: http.StatusBadRequest, Code: CodeInvalidResize},
	"CropOutside":       {Status: http.StatusBadRequest, Code: CodeCropOutside},
	"FaceNotFound":      {Status: http.StatusBadRequest, Code: CodeFaceIndex},
	"Deadline":          {Status: http.StatusServiceUnavailable, Code: codeTimeout},
}

// Explain implements [language.Language].
func (d *Dialect) Explain(e language.Error) (language.Error, http.Header) {
	if ours, ok := explained[e.Code]; ok && (e.Status < 500 || ours.Status >= 500) {
		e.Status, e.Code = ours.Status, ours.Code
	}
	return e, d.corsHeaders()
}
