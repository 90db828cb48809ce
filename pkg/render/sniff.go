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
