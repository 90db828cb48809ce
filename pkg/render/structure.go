package render

import "encoding/binary"

// What the libraries take of a file's structure: they read all of it before they say what
// the picture is, some in time that grows with its square, and none of that can be stopped.
// The most that is right is far above what cameras and editors write.
const (
	mostSegments = 4000     // of a JPEG, beside its scans; 40 MB of metadata are 640. 4 million of 10 bytes: minutes
	mostChunks   = 10_000   // of a WebP. 5 million that are empty: 390 MB
	mostBoxes    = 20_000   // of a HEIF. 5 million that are empty: 3 s and 700 MB
	mostTags     = 500      // different ones of a TIFF; 4000 that libtiff does not know: 1.2 s
	mostValues   = 64 << 20 // bytes that the directories of a TIFF name; 900 that share 16 MB: 27 s
)

// checkStructure refuses a file that would take long to be looked at.
func (l Limits) checkStructure(source []byte, kind Kind) error {
	tooMany := func(n, limit int, what string) error {
		if !above(n, limit) {
			return nil
		}
		return failure(CodeSourceTooLarge, nil, "the original has more than %d %s", limit, what)
	}
	switch kind {
	case KindJPEG:
		return tooMany(countSegments(source, mostSegments), mostSegments, "segments of metadata")
	case KindWebP:
		chunks, frames := countChunks(source)
		if err := tooMany(frames, l.SourceFrames, "frames"); err != nil {
			return err
		}
		return tooMany(chunks-frames, mostChunks, "chunks")
	case KindHEIC, KindAVIF:
		derived := ""
		n := eachBox(source, 0, mostBoxes, func(name string, body []byte) {
			if item := itemType(name, body); refusedItems[item] {
				derived = item
			}
		})
		if derived != "" {
			return failure(CodeSourceUnsupported, nil, "the original has an item of type %q, which is not read", derived)
		}
		return tooMany(n, mostBoxes, "boxes")
	case KindTIFF:
		found := countDirectories(source, l.SourceFrames)
		if err := tooMany(found.directories, l.SourceFrames, "pages"); err != nil {
			return err
		}
		if err := tooMany(len(found.tags), mostTags, "kinds of tags"); err != nil {
			return err
		}
		return tooMany(found.values, mostValues, "bytes in its directories")
	}
	return nil
}

// countSegments counts the segments of a JPEG, those between its scans too. It ends
// above a limit.
func countSegments(source []byte, limit int) (n int) {
	for at := 2; at+4 <= len(source) && n <= limit; {
		switch marker := source[at+1]; {
		case source[at] != 0xff: // what a decoder skips, up to the next marker
			at = scanEnd(source, at)
		case marker == 0xff || marker <= 1 || marker >= 0xd0 && marker <= 0xd8: // has no length
			at++
			if marker != 0xff {
				at++
			}
		case marker == 0xd9:
			return n
		default:
			at += 2 + max(2, int(binary.BigEndian.Uint16(source[at+2:])))
			if marker == 0xda {
				at = scanEnd(source, min(at, len(source)))
			} else {
				n++
			}
		}
	}
	return n
}

// countChunks counts those of a WebP, and how many of them are frames. Chunks in a frame are
// counted as if they followed it: behind its picture, libwebp reads on in the same way.
func countChunks(source []byte) (chunks, frames int) {
	const frameHeader = 16
	for at := int64(12); at+8 <= int64(len(source)); {
		chunks++
		size := int64(binary.LittleEndian.Uint32(source[at+4:]))
		if string(source[at:at+4]) == "ANMF" {
			frames++
			size = min(size, frameHeader)
		}
		at += 8 + size + size&1
	}
	return chunks, frames
}

// boxesIn is where the boxes begin that boxes of a HEIF hold (ISO/IEC 23008-12).
var boxesIn = map[string]int{"meta": 4, "iprp": 0, "ipco": 0, "iinf": 6, "iref": 4, "dinf": 0, "dref": 8, "grpl": 0,
	"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "edts": 0, "udta": 0, "mvex": 0}

// refusedItems are kinds of items that no camera writes, and that libheif's weaknesses of
// 2026 are about: copies and overlays of items (CVE-2026-84383, CVE-2026-84447), masks
// (CVE-2026-32741), uncompressed and tiled pictures.
var refusedItems = map[string]bool{"iden": true, "iovl": true, "mski": true, "unci": true, "tili": true}

// itemType is what an infe box says, empty of any other (ISO/IEC 14496-12, 8.11.6).
func itemType(name string, body []byte) string {
	at := 8
	if len(body) > 0 && body[0] >= 3 { // a longer number
		at = 10
	}
	if name != "infe" || len(body) < at+4 {
		return ""
	}
	return string(body[at : at+4])
}

// eachBox calls f with the boxes of a HEIF and those in them, and counts them. It ends
// above a limit.
func eachBox(source []byte, depth, limit int, f func(name string, body []byte)) (n int) {
	for len(source) >= 8 && n <= limit {
		n++
		header, size := 8, int64(binary.BigEndian.Uint32(source))
		if size == 1 && len(source) >= 16 {
			header, size = 16, int64(binary.BigEndian.Uint64(source[8:]))
		}
		if size == 0 || size > int64(len(source)) { // to the end
			size = int64(len(source))
		}
		if size < int64(header) {
			return n
		}
		name, body := string(source[4:8]), source[header:size]
		f(name, body)
		if skip, ok := boxesIn[name]; ok && depth < 16 {
			if name == "iinf" && len(body) > 0 && body[0] > 0 { // a longer count
				skip += 2
			}
			n += eachBox(body[min(len(body), skip):], depth+1, limit-n, f)
		}
		source = source[size:]
	}
	return n
}

// directories is what the directories of a TIFF come to.
type directories struct {
	directories int
	tags        map[uint16]bool
	values      int // bytes
}

// countDirectories follows the directories of a TIFF or BigTIFF as far as they go, but not
// in a circle. It ends above a limit.
func countDirectories(source []byte, limit int) directories {
	found := directories{tags: map[uint16]bool{}}
	order := binary.ByteOrder(binary.LittleEndian)
	if source[0] == 'M' {
		order = binary.BigEndian
	}
	word := func(at uint64) uint64 { return uint64(order.Uint32(source[at:])) }
	begin, count, entry, size := uint64(4), uint64(2), uint64(12), uint64(4)
	if order.Uint16(source[2:]) == 43 {
		word = func(at uint64) uint64 { return order.Uint64(source[at:]) }
		begin, count, entry, size = 8, 8, 20, 8
	}
	end := uint64(len(source))
	seen := map[uint64]bool{}
	for at := begin; at+size <= end; {
		at = word(at)
		if at == 0 || seen[at] || at > end || at+count > end {
			break
		}
		seen[at] = true
		if found.directories++; above(found.directories, limit) {
			break
		}
		entries := uint64(order.Uint16(source[at:]))
		if count == 8 {
			entries = min(word(at), end)
		}
		at += count
		for range entries {
			if at+entry > end {
				break
			}
			tag := order.Uint16(source[at:])
			found.tags[tag] = true
			values := min(word(at+4), end) * uint64(tiffSizes[order.Uint16(source[at+2:])])
			found.values += int(min(values, end)) + int(entry)
			at += entry
		}
		if len(found.tags) > mostTags || found.values > mostValues {
			break
		}
	}
	return found
}
