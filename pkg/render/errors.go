package render

import "fmt"

// Code names a kind of failure. It is the "code" of an error answer and keeps
// its meaning between releases.
type Code string

// The failures of a render.
const (
	CodeSourceEmpty       Code = "SourceEmpty"       // no bytes
	CodeSourceUnsupported Code = "SourceUnsupported" // not a picture of a kind that is read
	CodeSourceTruncated   Code = "SourceTruncated"   // the file ends before the picture does
	CodeSourceCorrupt     Code = "SourceCorrupt"     // the file does not decode
	CodeSourceTooLarge    Code = "SourceTooLarge"    // more bytes, pixels, frames or memory than allowed
	CodeOutputTooLarge    Code = "OutputTooLarge"    // a side or an area that follows from the source is too large
	CodeCropOutside       Code = "CropOutside"       // a crop that is not inside the picture
	CodeWindowTooLarge    Code = "WindowTooLarge"    // an edit that looks around each pixel farther than the picture reaches
	CodeEditTooCostly     Code = "EditTooCostly"     // edits that would take too long on a picture of this size
	CodeChannelMissing    Code = "ChannelMissing"    // a channel that the picture does not have
	CodeFaceNotFound      Code = "FaceNotFound"      // fewer faces than the one that is asked for
	CodeSecondUnread      Code = "SecondUnread"      // a second picture that could not be fetched; see the cause
	CodeSecondTooLarge    Code = "SecondTooLarge"    // a second picture that does not fit onto the first
	CodeDeadline          Code = "Deadline"          // out of time
	CodeFailed            Code = "RenderFailed"      // ours: none of the above
)

// Error is a failed render.
type Error struct {
	Code    Code
	Message string // for the client: what was found, what is allowed
	Cause   error  // for the log: what libvips said
	// Abandoned is set with CodeDeadline where the codec could not be stopped: it
	// still runs, and the process should end once the answer is out.
	Abandoned bool
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s (%v)", e.Message, e.Cause)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

func failure(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

const supportedKinds = "JPEG, PNG, WebP, HEIC, HEIF, AVIF, GIF or TIFF"

// mostAtOnce is about what a codec asks for at once. Codecs fail alike for want of memory
// and for bad data, by words of many kinds; so it is tried whether there is any.
const mostAtOnce = 64 << 20 // bytes

func undecodable(source []byte, kind Kind, cause error) *Error {
	if isCut(source, kind) {
		return failure(CodeSourceTruncated, cause, "the original is cut off: %d bytes of %s do not hold the whole picture", len(source), kind)
	}
	if !hasMemory(mostAtOnce) {
		return failure(CodeFailed, cause, "the memory is used up")
	}
	return failure(CodeSourceCorrupt, cause, "the original is damaged: its %s data does not decode", kind)
}
