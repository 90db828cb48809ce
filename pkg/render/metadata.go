package render

import (
	"bytes"
	"encoding/binary"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// ContentType is the media type of originals of the kind.
func (k Kind) ContentType() string {
	if k == KindSVG {
		return "image/svg+xml"
	}
	return "image/" + string(k)
}

// WithoutMetadata cuts EXIF, XMP, comments and whatever else is not part of the
// picture out of a file whose header was read, without touching its pixels. The
// orientation of a JPEG and colour profiles stay. It reports false where that
// cannot be done: such a file has to be rendered.
func WithoutMetadata(source []byte, h Header) ([]byte, bool) {
	if h.Orientation > 1 && h.Kind != KindJPEG {
		return nil, false
	}
	switch h.Kind {
	case KindJPEG:
		return jpegWithoutMetadata(source, h.Orientation)
	case KindPNG:
		return pngWithoutMetadata(source)
	case KindWebP:
		return webpWithoutMetadata(source)
	case KindGIF:
		return gifWithoutMetadata(source)
	case KindSVG:
		return source, true // it is all text, and shown as it is
	}
	return nil, false
}

// jpegWithoutMetadata keeps the segments that decoding needs: JFIF, colour profile
// and Adobe's transform. What follows the end of the picture goes too: phones put
// further pictures there, with metadata of their own.
func jpegWithoutMetadata(source []byte, orientation int) ([]byte, bool) {
	out := bytes.NewBuffer(make([]byte, 0, len(source)))
	out.WriteString("\xff\xd8")
	for at := 2; at+4 <= len(source); {
		if source[at] != 0xff {
			return nil, false
		}
		marker := source[at+1]
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xd9 {
			break
		}
		end := at + 2 + int(binary.BigEndian.Uint16(source[at+2:]))
		if end > len(source) || end < at+4 {
			return nil, false
		}
		segment := source[at:end]
		switch {
		case marker == 0xe0, marker == 0xee, marker == 0xe2 && bytes.HasPrefix(segment[4:], []byte("ICC_PROFILE\x00")):
			out.Write(segment)
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe:
		default:
			out.Write(segment)
		}
		at = end
		if marker == 0xda {
			end := scanEnd(source, at)
			out.Write(source[at:end])
			at = end
		}
	}
	out.WriteString("\xff\xd9")
	return withOrientation(out.Bytes(), thumburl.JPEG, orientation), true
}

// scanEnd is where the entropy coded data that begin at a place end: at a marker that
// is neither a stuffed byte nor a restart (ITU-T T.81, B.1.1.5).
func scanEnd(source []byte, at int) int {
	for {
		next := bytes.IndexByte(source[at:], 0xff)
		if next < 0 || at+next+1 >= len(source) {
			return len(source)
		}
		at += next
		if m := source[at+1]; m != 0 && (m < 0xd0 || m > 0xd7) {
			return at
		}
		at += 2
	}
}

// pngKept are the ancillary chunks that say how pixels look and move.
var pngKept = map[string]bool{"iCCP": true, "sRGB": true, "gAMA": true, "cHRM": true, "cICP": true, "mDCV": true, "cLLI": true,
	"tRNS": true, "bKGD": true, "pHYs": true, "sBIT": true, "hIST": true, "acTL": true, "fcTL": true, "fdAT": true}

func pngWithoutMetadata(source []byte) ([]byte, bool) {
	const signature = 8
	out := bytes.NewBuffer(make([]byte, 0, len(source)))
	out.Write(source[:signature])
	for at := signature; at+12 <= len(source); {
		length := int(binary.BigEndian.Uint32(source[at:]))
		if length < 0 || length > len(source)-at-12 {
			return nil, false
		}
		name, chunk := string(source[at+4:at+8]), source[at:at+12+length]
		if name[0]&0x20 == 0 || pngKept[name] { // a capital letter: critical
			out.Write(chunk)
		}
		if name == "IEND" {
			return out.Bytes(), true
		}
		at += len(chunk)
	}
	return nil, false
}

// webpKept are the chunks that say how pixels look and move.
var webpKept = map[string]bool{"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}

func webpWithoutMetadata(source []byte) ([]byte, bool) {
	const header = 12
	out := bytes.NewBuffer(make([]byte, 0, len(source)))
	out.Write(source[:header])
	end := min(len(source), 8+int(binary.LittleEndian.Uint32(source[4:])))
	for at := header; at+8 <= end; {
		length := int(binary.LittleEndian.Uint32(source[at+4:]))
		padded := length + length%2
		if length < 0 || length > end-at-8 {
			return nil, false
		}
		name := string(source[at : at+4])
		chunk := source[at : at+8+length]
		if name == "VP8X" && length > 0 {
			chunk = bytes.Clone(chunk)
			chunk[8] &^= 0x0c // the flags of EXIF and XMP
		}
		if webpKept[name] {
			out.Write(chunk)
			if length%2 == 1 {
				out.WriteByte(0)
			}
		}
		at += 8 + padded
	}
	body := out.Bytes()
	binary.LittleEndian.PutUint32(body[4:], uint32(len(body)-8))
	return body, len(body) > header
}

// gifKept are the application extensions that say how pixels look and move.
var gifKept = map[string]bool{"NETSCAPE2.0": true, "ANIMEXTS1.0": true, "ICCRGBG1012": true}

func gifWithoutMetadata(source []byte) ([]byte, bool) {
	const header = 13
	if len(source) < header {
		return nil, false
	}
	colours := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	// blocks gives where a chain of sub-blocks ends.
	blocks := func(at int) (int, bool) {
		for at < len(source) {
			length := int(source[at])
			at += 1 + length
			if length == 0 {
				return at, true
			}
		}
		return 0, false
	}
	out := bytes.NewBuffer(make([]byte, 0, len(source)))
	at := header + colours(source[10])
	if at > len(source) {
		return nil, false
	}
	out.Write(source[:at])
	for at < len(source) {
		switch from := at; source[at] {
		case 0x3b:
			out.WriteByte(0x3b)
			return out.Bytes(), true
		case 0x21:
			if at+3 > len(source) {
				return nil, false
			}
			end, ok := blocks(at + 2)
			if !ok {
				return nil, false
			}
			label, first := source[at+1], source[at+3:min(len(source), at+14)]
			if label == 0xf9 || label == 0x01 || label == 0xff && gifKept[string(first)] {
				out.Write(source[from:end])
			}
			at = end
		case 0x2c:
			if at+10 > len(source) {
				return nil, false
			}
			end, ok := blocks(at + 10 + colours(source[at+9]) + 1)
			if !ok {
				return nil, false
			}
			out.Write(source[from:end])
			at = end
		default:
			return nil, false
		}
	}
	return nil, false
}
