package render

import (
	"bytes"
	"encoding/binary"
)

// isCut reports whether a file ends before its own structure says that it does.
// It walks containers and decodes nothing. What it can't judge it calls whole:
// the decoders find most damage themselves.
func isCut(source []byte, kind Kind) bool {
	switch kind {
	case KindJPEG:
		return isJPEGCut(source)
	case KindPNG:
		return isPNGCut(source)
	case KindGIF:
		return isGIFCut(source)
	case KindWebP:
		return len(source) < 12 || int64(binary.LittleEndian.Uint32(source[4:]))+8 > int64(len(source))
	case KindHEIC, KindAVIF:
		return isBoxCut(source)
	case KindTIFF:
		return isTIFFCut(source)
	}
	return false
}

// endsSilently are the kinds whose decoders are content once they have the
// pixels they were asked for: an end that is missing has to be looked for.
func endsSilently(kind Kind) bool { return kind == KindPNG || kind == KindGIF }

// isJPEGCut looks for the end marker behind the first scan: metadata may hold a
// whole JPEG of its own.
func isJPEGCut(source []byte) bool {
	at := 2
	for at+4 <= len(source) && source[at] == 0xff {
		marker := source[at+1]
		at += 2 + int(binary.BigEndian.Uint16(source[at+2:]))
		if marker == 0xda { // start of scan
			break
		}
	}
	return at >= len(source) || !bytes.Contains(source[at:], []byte{0xff, 0xd9})
}

// isPNGCut walks the chunks to IEND.
func isPNGCut(source []byte) bool {
	const overhead = 12 // length, type, checksum
	for at := int64(8); at+overhead <= int64(len(source)); {
		length := int64(binary.BigEndian.Uint32(source[at:]))
		if string(source[at+4:at+8]) == "IEND" {
			return false
		}
		at += length + overhead
	}
	return true
}

// isGIFCut walks the blocks to the trailer (GIF89a, appendix A).
func isGIFCut(source []byte) bool {
	at := 13 // header and logical screen
	table := func(flags int) {
		if at < len(source) && source[flags]&0x80 != 0 {
			at += 3 << (source[flags]&7 + 1)
		}
	}
	subBlocks := func() {
		for at < len(source) && source[at] != 0 {
			at += int(source[at]) + 1
		}
		at++
	}
	if at > len(source) {
		return true
	}
	table(10)
	for at < len(source) {
		switch source[at] {
		case 0x3b: // trailer
			return false
		case 0x21: // extension
			at += 2
			subBlocks()
		case 0x2c: // image
			descriptor := at
			at += 10
			table(descriptor + 9)
			at++ // code size
			subBlocks()
		default: // damage, not an end
			return false
		}
	}
	return true
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

// isTIFFCut looks whether the first directory, its values and the strips or
// tiles that it names lie within the file (TIFF 6.0, section 2). BigTIFF is not
// judged.
func isTIFFCut(source []byte) bool {
	var offsets, lengths []int64
	whole := eachTIFFTag(source, func(tag uint16, values func() []int64) {
		switch tag {
		case tiffStripOffsets, tiffTileOffsets:
			offsets = values()
		case tiffStripLengths, tiffTileLengths:
			lengths = values()
		}
	})
	for i := range min(len(offsets), len(lengths)) {
		whole = whole && offsets[i]+lengths[i] <= int64(len(source))
	}
	return !whole
}

// Tags that say where the pixels lie.
const (
	tiffStripOffsets = 273
	tiffRowsPerStrip = 278
	tiffStripLengths = 279
	tiffTileOffsets  = 324
	tiffTileLengths  = 325
)

// tiffSizes are the bytes of a value, by its type; those from 13 on are BigTIFF's.
var tiffSizes = map[uint16]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// eachTIFFTag walks the first directory. It reports false where the file ends before the
// directory or a value does.
func eachTIFFTag(source []byte, f func(tag uint16, values func() []int64)) bool {
	const entrySize = 12
	if len(source) < 8 {
		return false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if source[0] == 'M' {
		order = binary.BigEndian
	}
	if order.Uint16(source[2:]) != 42 {
		return true
	}
	end := int64(len(source))
	directory := int64(order.Uint32(source[4:]))
	if directory+2 > end {
		return false
	}
	entries := int64(order.Uint16(source[directory:]))
	if directory+2+entries*entrySize > end {
		return false
	}
	for i := range entries {
		entry := source[directory+2+i*entrySize:]
		kind, count := order.Uint16(entry[2:]), int64(order.Uint32(entry[4:]))
		size := tiffSizes[kind]
		at := directory + 2 + i*entrySize + 8
		if size*count > 4 {
			at = int64(order.Uint32(entry[8:]))
		}
		if at+size*count > end {
			return false
		}
		f(order.Uint16(entry), func() []int64 { return tiffValues(source[at:], order, kind, count) })
	}
	return true
}

// tiffStripRows is how many rows are unpacked at a time, 0 where the file does not say.
func tiffStripRows(source []byte) (rows int) {
	eachTIFFTag(source, func(tag uint16, values func() []int64) {
		if tag != tiffRowsPerStrip {
			return
		}
		if v := values(); len(v) == 1 {
			rows = int(v[0])
		}
	})
	return rows
}

// tiffValues reads numbers of the two types that strips are told in; values
// holds at least count of them. Of another type nothing is read, whatever count
// says.
func tiffValues(values []byte, order binary.ByteOrder, kind uint16, count int64) []int64 {
	var all []int64
	switch kind {
	case 3: // SHORT
		for n := range count {
			all = append(all, int64(order.Uint16(values[n*2:])))
		}
	case 4: // LONG
		for n := range count {
			all = append(all, int64(order.Uint32(values[n*4:])))
		}
	}
	return all
}
