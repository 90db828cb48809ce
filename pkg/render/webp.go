package render

import "encoding/binary"

// stripWebP takes metadata out of a WebP. libvips 8.14 writes an EXIF block
// whatever it is told, and with it a header of the extended format: 200 bytes
// of a card. What is not laid out as a still picture is given back as it is.
//
// https://developers.google.com/speed/webp/docs/riff_container
func stripWebP(webp []byte) []byte {
	const (
		header        = 12 // RIFF, size, WEBP
		chunkHeader   = 8
		alphaFlag     = 0x10
		animationFlag = 0x02
	)
	const extended = 10 // bytes of a VP8X chunk: flags, and the canvas
	if len(webp) < header+chunkHeader+extended || string(webp[header:header+4]) != "VP8X" {
		return webp
	}
	flags := webp[header+chunkHeader]
	if flags&animationFlag != 0 {
		return webp
	}
	out := append([]byte{}, webp[:header]...)
	for at := header; at < len(webp); {
		if at+chunkHeader > len(webp) {
			return webp
		}
		size := int(binary.LittleEndian.Uint32(webp[at+4:]))
		end := at + chunkHeader + size + size%2
		if size > len(webp) || end > len(webp) {
			return webp
		}
		switch string(webp[at : at+4]) {
		case "VP8X":
			if size < extended {
				return webp
			}
			if flags&alphaFlag != 0 {
				out = append(out, webp[at:end]...)
				out[len(out)-(end-at)+chunkHeader] = flags & alphaFlag
			}
		case "EXIF", "XMP ", "ICCP":
		default:
			out = append(out, webp[at:end]...)
		}
		at = end
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// isLosslessWebP reports whether the first picture of a WebP is a lossless one.
func isLosslessWebP(webp []byte) bool {
	const header, chunkHeader = 12, 8
	for at := header; at+chunkHeader <= len(webp); {
		switch string(webp[at : at+4]) {
		case "VP8L":
			return true
		case "VP8 ":
			return false
		}
		size := int(binary.LittleEndian.Uint32(webp[at+4:]))
		if size > len(webp) {
			return false
		}
		at += chunkHeader + size + size%2
	}
	return false
}
