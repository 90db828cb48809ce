package ingest

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
)

// The tags of EXIF 2.32 (CIPA DC-008) that are read; none of them tells a place.
const (
	tagExifIFD            = 0x8769
	tagDateTimeOriginal   = 0x9003
	tagOffsetTimeOriginal = 0x9011

	typeASCII = 2
	typeLong  = 4

	entryBytes = 12
	maxEntries = 512 // of one directory; cameras write some dozens
)

// captureTime reads when a picture was taken from an EXIF block: in RFC 3339,
// without an offset where the camera did not know its zone; empty where the block
// does not tell. It reads no more than two directories.
func captureTime(block []byte) string {
	x, ok := openEXIF(block)
	if !ok {
		return ""
	}
	exif := x.directory(x.order.Uint32(x.data[4:]))[tagExifIFD]
	if exif.kind != typeLong || exif.count != 1 {
		return ""
	}
	tags := x.directory(x.order.Uint32(exif.value))
	taken, err := time.Parse("2006:01:02 15:04:05", x.text(tags[tagDateTimeOriginal]))
	if err != nil || taken.Year() < 1826 { // the year of the oldest photograph; cameras without a clock write zeroes
		return ""
	}
	local := taken.Format("2006-01-02T15:04:05")
	if zone := x.text(tags[tagOffsetTimeOriginal]); zone != "" {
		if at, err := time.Parse(time.RFC3339, local+zone); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return local
}

// exifData is a TIFF structure, all offsets of which are from its beginning.
type exifData struct {
	data  []byte
	order binary.ByteOrder
}

func openEXIF(block []byte) (exifData, bool) {
	block = bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
	switch {
	case len(block) < 8:
	case bytes.HasPrefix(block, []byte("II*\x00")):
		return exifData{block, binary.LittleEndian}, true
	case bytes.HasPrefix(block, []byte("MM\x00*")):
		return exifData{block, binary.BigEndian}, true
	}
	return exifData{}, false
}

type exifEntry struct {
	kind  uint16
	count uint32
	value []byte // four bytes: the value, or its offset
}

// directory reads the entries of the directory at an offset; none where it is not
// wholly inside the data.
func (x exifData) directory(offset uint32) map[uint16]exifEntry {
	if int64(offset)+2 > int64(len(x.data)) {
		return nil
	}
	n := int(x.order.Uint16(x.data[offset:]))
	entries := x.data[offset+2:]
	if n > maxEntries || n*entryBytes > len(entries) {
		return nil
	}
	found := make(map[uint16]exifEntry, n)
	for i := range n {
		e := entries[i*entryBytes : (i+1)*entryBytes]
		found[x.order.Uint16(e)] = exifEntry{x.order.Uint16(e[2:]), x.order.Uint32(e[4:]), e[8:]}
	}
	return found
}

// maxText is more than any of the texts that are read has.
const maxText = 64

func (x exifData) text(e exifEntry) string {
	if e.kind != typeASCII || e.count > maxText {
		return ""
	}
	text := e.value
	if e.count > 4 {
		offset := x.order.Uint32(e.value)
		if int64(offset)+int64(e.count) > int64(len(x.data)) {
			return ""
		}
		text = x.data[offset:]
	}
	value, _, _ := strings.Cut(string(text[:e.count]), "\x00")
	return strings.TrimSpace(value)
}
