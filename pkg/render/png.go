package render

import "encoding/binary"

// withoutText gives a PNG without its texts, and any other source as it is. libpng
// inflates and keeps a thousand of them, 8 MB each, before it says how large the
// picture is; nothing here reads one.
func withoutText(source []byte) []byte {
	const overhead = 12 // length, type, checksum
	if kind, _ := Sniff(source); kind != KindPNG {
		return source
	}
	out, kept := []byte(nil), 0 // so far, without what follows kept
	for at := 8; at+overhead <= len(source); {
		end := int64(at) + int64(binary.BigEndian.Uint32(source[at:])) + overhead
		if end > int64(len(source)) {
			break
		}
		switch string(source[at+4 : at+8]) {
		case "tEXt", "zTXt", "iTXt":
			if out == nil {
				out = make([]byte, 0, len(source))
			}
			out = append(out, source[kept:at]...)
			kept = int(end)
		}
		at = int(end)
	}
	if out == nil {
		return source
	}
	return append(out, source[kept:]...)
}
