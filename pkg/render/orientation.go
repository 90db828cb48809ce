package render

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// exifOf is a TIFF of one tag, the orientation (EXIF 2.3, tag 0x0112).
func exifOf(orientation int) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08" + // big endian, the directory follows
		"\x00\x01" + "\x01\x12\x00\x03\x00\x00\x00\x01\x00?\x00\x00" + // one entry: a short
		"\x00\x00\x00\x00") // no directory after it
	tiff[19] = byte(orientation)
	return tiff
}

// withOrientation puts the tag into an encoded picture. AVIF and TIFF have it from their
// encoder; a GIF has no place for it.
func withOrientation(body []byte, format thumburl.Format, orientation int) []byte {
	if orientation <= 1 || len(body) == 0 {
		return body
	}
	switch format {
	case thumburl.JPEG:
		return jpegWithEXIF(body, exifOf(orientation))
	case thumburl.PNG:
		return pngWithEXIF(body, exifOf(orientation))
	case thumburl.WebP:
		return webpWithEXIF(body, exifOf(orientation))
	}
	return body
}

// jpegWithEXIF has the segment where readers look for it first: behind the beginning.
func jpegWithEXIF(body, exif []byte) []byte {
	const name = "Exif\x00\x00"
	out := append([]byte{}, body[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(name)+len(exif)))
	out = append(out, name...)
	out = append(out, exif...)
	return append(out, body[2:]...)
}

// pngWithEXIF has the chunk behind the header.
func pngWithEXIF(body, exif []byte) []byte {
	const header = 8 + 12 + 13 // signature, and IHDR
	chunk := append([]byte("eXIf"), exif...)
	out := append([]byte{}, body[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(exif)))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, body[header:]...)
}

// webpWithEXIF has the chunk at the end, and the extended header that says so.
//
// https://developers.google.com/speed/webp/docs/riff_container
func webpWithEXIF(body, exif []byte) []byte {
	const exifFlag = 0x08
	chunks := append([]byte{}, body[12:]...)
	if !bytes.HasPrefix(chunks, []byte("VP8X")) {
		chunks = append(webpExtended(chunks), chunks...)
	}
	chunks[8] |= exifFlag
	chunks = append(chunks, "EXIF"...)
	chunks = binary.LittleEndian.AppendUint32(chunks, uint32(len(exif)))
	chunks = append(chunks, exif...) // of an even length
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+len(chunks)))...)
	return append(append(out, "WEBP"...), chunks...)
}

// webpExtended is the extended header of a simple WebP.
func webpExtended(chunk []byte) []byte {
	const alphaFlag = 0x10
	var width, height int
	flags := byte(0)
	if bytes.HasPrefix(chunk, []byte("VP8L")) { // after a byte, 14 bits each, less 1, and one for alpha
		b := binary.LittleEndian.Uint32(chunk[9:])
		width, height = int(b&0x3fff), int(b>>14&0x3fff)
		if b>>28&1 != 0 {
			flags = alphaFlag
		}
	} else { // after the frame tag and the start code
		width = int(binary.LittleEndian.Uint16(chunk[14:])&0x3fff) - 1
		height = int(binary.LittleEndian.Uint16(chunk[16:])&0x3fff) - 1
	}
	out := []byte("VP8X\x0a\x00\x00\x00")
	out = append(out, flags, 0, 0, 0)
	out = append(out, byte(width), byte(width>>8), byte(width>>16))
	return append(out, byte(height), byte(height>>8), byte(height>>16))
}
