package render

import (
	"bytes"
	"encoding/binary"
)

// Kind is a format of originals.
type Kind string

// The kinds that are read.
const (
	KindJPEG Kind = "jpeg"
	KindPNG  Kind = "png"
	KindWebP Kind = "webp"
	KindGIF  Kind = "gif"
	KindTIFF Kind = "tiff"
	KindHEIC Kind = "heic" // HEIF with HEVC inside
	KindAVIF Kind = "avif" // HEIF with AV1 inside
)

// heifBrands are the brands of ISO base media files that hold pictures we read
// (ISO/IEC 23008-12, annex B; AVIF 1.1, section 6).
var heifBrands = map[string]Kind{
	"heic": KindHEIC, "heix": KindHEIC, "heim": KindHEIC, "heis": KindHEIC,
	"hevc": KindHEIC, "hevx": KindHEIC, "hevm": KindHEIC, "hevs": KindHEIC,
	"mif1": KindHEIC, "msf1": KindHEIC, "MiHB": KindHEIC, "MiHE": KindHEIC, "MiHA": KindHEIC,
	"avif": KindAVIF, "avis": KindAVIF,
}

// Sniff tells the kind of an original from its first bytes; neither names nor
// declared types are looked at. It reports false for what is not read.
func Sniff(source []byte) (Kind, bool) {
	has := func(prefix string) bool { return bytes.HasPrefix(source, []byte(prefix)) }
	switch {
	case has("\xff\xd8\xff"):
		return KindJPEG, true
	case has("\x89PNG\r\n\x1a\n"):
		return KindPNG, true
	case has("GIF87a"), has("GIF89a"):
		return KindGIF, true
	case has("RIFF") && len(source) >= 12 && string(source[8:12]) == "WEBP":
		return KindWebP, true
	case has("II*\x00"), has("MM\x00*"), has("II+\x00"), has("MM\x00+"):
		return KindTIFF, true
	case len(source) >= 16 && string(source[4:8]) == "ftyp":
		return sniffBrands(source)
	}
	return "", false
}

// sniffBrands reads the brands of an ftyp box: the major one, a version, the
// compatible ones. AV1 wins, because "mif1" stands in both kinds of file.
func sniffBrands(source []byte) (Kind, bool) {
	end := min(int(binary.BigEndian.Uint32(source)), len(source), 256)
	kind, known := heifBrands[string(source[8:12])]
	for at := 16; at+4 <= end; at += 4 {
		if k := heifBrands[string(source[at:at+4])]; k == KindAVIF || k != "" && !known {
			kind, known = k, true
		}
	}
	return kind, known
}

// isCut reports whether a source that failed to decode lacks its end: it says
// "truncated" apart from "corrupt", and decides nothing else.
func isCut(source []byte, kind Kind) bool {
	n := len(source)
	switch kind {
	case KindJPEG:
		return !bytes.Contains(source[max(0, n-64<<10):], []byte{0xff, 0xd9})
	case KindPNG:
		return !bytes.Contains(source[max(0, n-64<<10):], []byte("IEND"))
	case KindGIF:
		return bytes.TrimRight(source, "\x00")[len(bytes.TrimRight(source, "\x00"))-1] != 0x3b
	case KindWebP:
		return n < 12 || int64(binary.LittleEndian.Uint32(source[4:]))+8 > int64(n)
	case KindHEIC, KindAVIF:
		return isBoxCut(source)
	case KindTIFF:
		return isDirectoryCut(source)
	}
	return false
}

// isBoxCut walks the boxes at the top of an ISO base media file.
func isBoxCut(source []byte) bool {
	rest := int64(len(source))
	for at := int64(0); rest >= 8; {
		size := int64(binary.BigEndian.Uint32(source[at:]))
		if size == 1 && rest >= 16 {
			size = int64(binary.BigEndian.Uint64(source[at+8:]))
		}
		if size == 0 { // to the end of the file
			return false
		}
		if size < 8 || size > rest {
			return true
		}
		at, rest = at+size, rest-size
	}
	return rest > 0
}

// isDirectoryCut looks whether a TIFF's first directory lies within the file;
// most writers put it at the end.
func isDirectoryCut(source []byte) bool {
	if len(source) < 8 {
		return true
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if source[0] == 'M' {
		order = binary.BigEndian
	}
	return int64(order.Uint32(source[4:])) >= int64(len(source))
}
