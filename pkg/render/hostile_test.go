package render

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// A hostile file, and what it has to come to.
type hostile struct {
	name   string
	source []byte
	// want are the codes that are right; "" is a good picture.
	want []Code
	// why a good picture is right, or what the case is about.
	why string
	// whole is set where the damage is found only by decoding: the good file that it
	// was, whose cost is the measure. Else the header gives it away.
	whole []byte
}

var (
	good        = Code("")
	unsupported = []Code{CodeSourceUnsupported}
	tooLarge    = []Code{CodeSourceTooLarge}
	truncated   = []Code{CodeSourceTruncated}
	corrupt     = []Code{CodeSourceCorrupt}
	damaged     = []Code{CodeSourceCorrupt, CodeSourceTruncated}
)

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func le32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// box of an ISO base media file.
func box(name string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return slices.Concat(be32(len(body)+8), []byte(name), body)
}

// fullBox is one with version and flags.
func fullBox(name string, parts ...[]byte) []byte {
	return box(name, slices.Concat([][]byte{{0, 0, 0, 0}}, parts)...)
}

// grid is a HEIF whose picture is a grid of rows x columns of the one item that
// there is; nested makes it of grids of grids.
func grid(rows, columns, width, height, nested int) []byte {
	item := func(id int, kind string) []byte {
		return box("infe", []byte{2, 0, 0, 0}, be16(id), be16(0), []byte(kind), []byte{0})
	}
	infos := [][]byte{item(1, "hvc1")}
	var locations, data, references, associations []byte
	at := 0
	for i := range nested {
		id := i + 2
		infos = append(infos, item(id, "grid"))
		payload := slices.Concat([]byte{0, 1, byte(rows - 1), byte(columns - 1)}, be32(width), be32(height))
		locations = slices.Concat(locations, be16(id), be16(1), be16(0), be16(1), be32(at), be32(len(payload)))
		data = append(data, payload...)
		at += len(payload)
		dimg := slices.Concat(be16(id), be16(min(65535, rows*columns)))
		for range min(65535, rows*columns) {
			dimg = append(dimg, be16(id-1)...)
		}
		references = append(references, box("dimg", dimg)...)
		associations = slices.Concat(associations, be16(id), []byte{1, 1})
	}
	associations = slices.Concat(be16(1), []byte{1, 1}, associations)
	meta := fullBox("meta",
		fullBox("hdlr", make([]byte, 4), []byte("pict"), make([]byte, 13)),
		fullBox("pitm", be16(nested+1)),
		fullBox("iinf", be16(len(infos)), bytes.Join(infos, nil)),
		fullBox("iref", references),
		box("iprp", box("ipco", fullBox("ispe", be32(width), be32(height))), fullBox("ipma", be32(nested+1), associations)),
		fullBox("iloc", []byte{0x44, 0}, be16(nested), withMethod(locations)),
		box("idat", data))
	return slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), meta)
}

// withMethod would say that the data lie in idat; version 0 of iloc does not, so
// the places lie outside, which a reader has to notice as well.
func withMethod(locations []byte) []byte { return locations }

// patched finds bytes and writes others in their place.
func patched(t *testing.T, source, find, with []byte) []byte {
	t.Helper()
	at := bytes.Index(source, find)
	if at < 0 {
		t.Fatalf("%q is not there", find)
	}
	out := bytes.Clone(source)
	copy(out[at:], with)
	return out
}

// pngWith has a header of this size, over data of another one.
func pngWith(t *testing.T, width, height, depth, colour int, rows []byte) []byte {
	t.Helper()
	header := slices.Concat(be32(width), be32(height), []byte{byte(depth), byte(colour), 0, 0, 0})
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header), pngChunk("IDAT", deflate(t, rows)), pngChunk("IEND", nil))
}

// jpegSized says another size in its frame header.
func jpegSized(t *testing.T, source []byte, width, height int) []byte {
	t.Helper()
	out := bytes.Clone(source)
	for at := 2; at+9 < len(out); {
		if marker := out[at+1]; marker >= 0xc0 && marker <= 0xc2 {
			copy(out[at+5:], slices.Concat(be16(height), be16(width)))
			return out
		}
		at += 2 + int(binary.BigEndian.Uint16(out[at+2:]))
	}
	t.Fatal("there is no frame header")
	return nil
}

// jpegOfScans repeats the last scan of a progressive JPEG.
func jpegOfScans(t *testing.T, source []byte, scans int) []byte {
	t.Helper()
	last := bytes.LastIndex(source, []byte{0xff, 0xda})
	end := len(source) - 2
	if last < 0 {
		t.Fatal("there is no scan")
	}
	return slices.Concat(source[:end], bytes.Repeat(source[last:end], scans), source[end:])
}

// webpSized says another canvas in VP8X before the same picture.
func webpSized(source []byte, width, height int, animated bool) []byte {
	flags := byte(0)
	if animated {
		flags = 2
	}
	w, h := le32(width-1), le32(height-1)
	chunks := slices.Concat([]byte("VP8X"), le32(10), []byte{flags, 0, 0, 0}, w[:3], h[:3])
	if animated {
		chunks = slices.Concat(chunks, []byte("ANIM"), le32(6), make([]byte, 6))
		frame := slices.Concat(make([]byte, 6), w[:3], h[:3], []byte{10, 0, 0, 0}, source[12:])
		for range 2000 {
			chunks = slices.Concat(chunks, []byte("ANMF"), le32(len(frame)), frame)
			if len(chunks) > 1<<21 {
				break
			}
		}
	} else {
		chunks = append(chunks, source[12:]...)
	}
	return slices.Concat([]byte("RIFF"), le32(len(chunks)+4), []byte("WEBP"), chunks)
}

// littleTIFF has the given entries (tag, type, count, value) in its directory,
// which leads on to next.
func littleTIFF(next int, entries [][4]int, data []byte) []byte {
	out := slices.Concat([]byte("MM\x00*\x00\x00\x00\x08"), be16(len(entries)))
	for _, e := range entries {
		out = slices.Concat(out, be16(e[0]), be16(e[1]), be32(e[2]))
		if e[1] == 3 && e[2] == 1 {
			out = slices.Concat(out, be16(e[3]), be16(0))
		} else {
			out = append(out, be32(e[3])...)
		}
	}
	return slices.Concat(out, be32(next), data)
}

// tiffChain has directories of grey pictures, 16 pixels wide with a strip for each row,
// that share their strips and, if there are several, the one list of them.
func tiffChain(directories int, big bool, rows int) []byte {
	order := binary.BigEndian
	header, entry, word := "MM\x00*", 12, 4
	number := func(out []byte, n int) []byte { return order.AppendUint32(out, uint32(n)) }
	count := func(out []byte, n int) []byte { return order.AppendUint16(out, uint16(n)) }
	if big {
		header, entry, word = "MM\x00+\x00\x08\x00\x00", 20, 8
		number = func(out []byte, n int) []byte { return order.AppendUint64(out, uint64(n)) }
		count = number
	}
	const tags = 9
	size := len(count(nil, 0)) + tags*entry + word
	begin := len(header) + word
	pixels := begin + directories*size
	offsets, lengths := pixels, 16
	if rows > 1 {
		offsets, lengths = pixels+16, pixels+16 // one list for both, which is wrong and read all the same
	}
	out := number([]byte(header), begin)
	for i := range directories {
		out = count(out, tags)
		for _, tag := range [tags][3]int{{256, 1, 16}, {257, 1, rows}, {258, 1, 8}, {259, 1, 1}, {262, 1, 1}, {273, rows, offsets}, {277, 1, 1}, {278, 1, 1}, {279, rows, lengths}} {
			out = order.AppendUint16(out, uint16(tag[0]))
			if tag[0] == 258 || tag[0] == 259 || tag[0] == 262 || tag[0] == 277 {
				out = order.AppendUint16(number(order.AppendUint16(out, 3), 1), uint16(tag[2]))
				out = append(out, make([]byte, word-2)...)
				continue
			}
			out = number(order.AppendUint16(out, 4), tag[1])
			if big && tag[1] == 1 {
				out = append(order.AppendUint32(out, uint32(tag[2])), 0, 0, 0, 0)
			} else {
				out = number(out, tag[2])
			}
		}
		next := begin + (i+1)*size
		if i == directories-1 {
			next = 0
		}
		out = number(out, next)
	}
	out = append(out, make([]byte, 16)...)
	if rows > 1 {
		out = append(out, bytes.Repeat(be32(16), rows)...)
	}
	return out
}

func greyTIFF(width, height, strip, length, next int) []byte {
	return littleTIFF(next, [][4]int{{256, 4, 1, width}, {257, 4, 1, height}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1},
		{273, 4, 1, strip}, {277, 3, 1, 1}, {278, 4, 1, height}, {279, 4, 1, length}}, make([]byte, 256))
}

func hostiles(t *testing.T) []hostile {
	photo := encodeJPEG(t, scenery(1200, 900, false))
	var all []hostile
	add := func(name string, source []byte, want []Code, why string) {
		all = append(all, hostile{name: name, source: source, want: want, why: why})
	}
	decoded := func(name string, source []byte, want []Code, why string, whole []byte) {
		all = append(all, hostile{name, source, want, why, whole})
	}
	either := func(codes ...[]Code) []Code { return slices.Concat(codes...) }
	fine := []Code{good}

	// Nothing, and what is no picture.
	add("empty", nil, []Code{CodeSourceEmpty}, "")
	add("one byte", []byte{0xff}, unsupported, "")
	add("text", []byte("this is not a picture\n"), unsupported, "")
	add("a megabyte of zeros", make([]byte, 1<<20), unsupported, "")
	for name, text := range map[string]string{
		"SVG": `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>`, "SVG with an entity": `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>`,
		"SVGZ": "\x1f\x8b\x08\x00\x00\x00\x00\x00", "XML": `<?xml version="1.0"?><a/>`, "HTML": "<!DOCTYPE html><script>alert(1)</script>",
		"PDF": "%PDF-1.7\n1 0 obj", "EPS": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9", "EPS with a preview": "\xc5\xd0\xd3\xc6\x1e\x00\x00\x00",
		"MVG": "push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x.jpg\"|ls \"-la)'\npop graphic-context",
		"MSL": `<?xml version="1.0"?><image><read filename="caption:@/etc/passwd"/></image>`, "an ImageMagick path": "label:@/etc/passwd",
		"PPM": "P6\n10 10\n255\n" + strings.Repeat("x", 300), "PFM": "PF\n10 10\n-1.0\n", "BMP": "BM" + strings.Repeat("\x00", 60), "ICO": "\x00\x00\x01\x00\x01\x00",
		"PSD": "8BPS\x00\x01", "EXR": "\x76\x2f\x31\x01", "FITS": "SIMPLE  =                    T", "JPEG 2000": "\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG XL": "\xff\x0a\x00\x00", "JPEG XL in boxes": "\x00\x00\x00\x0cJXL \r\n\x87\n",
		"a vips file": "\x08\xf2\xa6\xb6" + strings.Repeat("\x00", 60), "Radiance": "#?RADIANCE\n", "CSV": "1,2,3\n4,5,6\n", "MP4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
		"ELF": "\x7fELF\x02\x01\x01", "zip": "PK\x03\x04\x14\x00",
	} {
		add(name, []byte(text), unsupported, "refused by its first bytes")
	}
	add("RIFF that is sound", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), unsupported, "")

	// Contents under the names of others: only the content counts.
	add("a PNG called .jpg", encodePNG(t, quad(20, 20)), fine, "names are not looked at")
	add("a JPEG under a PNG's signature", slices.Concat([]byte("\x89PNG\r\n\x1a\n"), photo), damaged, "")
	add("a PNG under a JPEG's first bytes", slices.Concat([]byte{0xff, 0xd8, 0xff}, encodePNG(t, quad(20, 20))), damaged, "")
	add("a GIF's name over a JPEG", slices.Concat([]byte("GIF89a"), photo[:500]), either(damaged, tooLarge), "")
	add("AVIF inside a box that says HEIC", patched(t, testdata(t, "quad.avif"), []byte("ftypavif"), []byte("ftypheic")), fine, "the codec is chosen by the item, not by the brand")
	add("HEIC inside a box that says AVIF", patched(t, testdata(t, "quad.heic"), []byte("ftypheic"), []byte("ftypavif")), fine, "the same")

	// Several files in one.
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	if w, err := z.Create("x.class"); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write([]byte("\xca\xfe\xba\xbe")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	gif1 := encodeGIF(t, 1, quad(40, 30))
	add("GIFAR", slices.Concat(gif1, archive.Bytes()), fine, "what follows the trailer is not read; the answer is encoded anew and holds none of it")
	add("PNG and zip", slices.Concat(encodePNG(t, quad(20, 20)), archive.Bytes()), fine, "the same")
	add("JPEG and HTML", slices.Concat(photo[:2], []byte{0xff, 0xfe}, be16(42), []byte("<script>alert(document.cookie)</script> "), photo[2:]), fine, "comments are not kept")
	add("JPEG, then HTML", slices.Concat(photo, []byte("<script>alert(1)</script>")), fine, "the same")
	add("HTML, then JPEG", slices.Concat([]byte("<html>"), photo), unsupported, "")

	// Sizes that are not true or not allowed, by the header.
	add("PNG of 65535x65535", pngWith(t, 65535, 65535, 8, 2, make([]byte, 100)), tooLarge, "")
	add("PNG of 2 billion a side", pngWith(t, 1<<31-1, 1<<31-1, 16, 6, make([]byte, 100)), either(tooLarge, damaged), "")
	add("PNG without a width", pngWith(t, 0, 10, 8, 2, make([]byte, 100)), damaged, "")
	add("PNG without a height", pngWith(t, 10, 0, 8, 2, make([]byte, 100)), damaged, "")
	add("PNG of a depth that is none", pngWith(t, 10, 10, 7, 2, make([]byte, 400)), damaged, "")
	add("PNG zip bomb by its header", pngWith(t, 30000, 30000, 8, 6, make([]byte, 64<<20)), tooLarge, "64 MB of zeros in 64 KB")
	add("JPEG of 65535x65535", jpegSized(t, photo, 65535, 65535), corrupt, "libjpeg itself ends at 65500")
	add("JPEG of 65500x65500", jpegSized(t, photo, 65500, 65500), tooLarge, "")
	add("JPEG without a width", jpegSized(t, photo, 0, 100), damaged, "")
	add("JPEG without a height", jpegSized(t, photo, 100, 0), damaged, "no DNL is read")
	add("GIF of 65535x65535", patched(t, gif1, gif1[:10], slices.Concat([]byte("GIF89a"), []byte{0xff, 0xff, 0xff, 0xff})), fine, "above 2048 libnsgif takes the size of the frames instead")
	add("GIF without a size", patched(t, gif1, gif1[:10], slices.Concat([]byte("GIF89a"), make([]byte, 4))), either(damaged, fine), "libnsgif takes the frame's size instead")
	add("GIF of endless frames", encodeGIF(t, 5000, quad(2, 2)), tooLarge, "")
	add("GIF whose frames multiply", patched(t, encodeGIF(t, 900, quad(2, 2)), []byte("GIF89a\x02\x00\x02\x00"), []byte("GIF89a\x00\x08\x00\x08")), tooLarge, "900 frames of 2048x2048")
	webp := stripWebP(testdata(t, "quad.webp"))
	add("WebP with a canvas of 16384x16384", webpSized(webp, 16384, 16384, false), either(tooLarge, damaged), "")
	add("WebP with a canvas of 2^24", webpSized(webp, 1<<24, 1<<24, false), either(tooLarge, damaged), "")
	add("WebP of endless frames", webpSized(webp, 128, 96, true), tooLarge, "")
	add("WebP without chunks", []byte("RIFF\x04\x00\x00\x00WEBP"), damaged, "")
	add("WebP whose chunk has 4 GB", slices.Concat([]byte("RIFF"), le32(20), []byte("WEBPVP8 "), le32(0xfffffff0), make([]byte, 8)), damaged, "")
	add("TIFF of 60000x60000", greyTIFF(60000, 60000, 200, 100, 0), tooLarge, "")
	add("TIFF without a size", greyTIFF(0, 0, 200, 100, 0), damaged, "")
	add("TIFF of one huge strip", greyTIFF(9000, 9000, 130, 0x7fffffff, 0), truncated, "")
	add("TIFF with a strip behind the file", greyTIFF(100, 100, 0x7ffffff0, 10000, 0), truncated, "")
	add("TIFF whose directory is behind the file", []byte("MM\x00*\x7f\xff\xff\xff"), truncated, "")
	add("TIFF whose directories go in a circle", greyTIFF(10, 10, 130, 100, 8), either(fine, damaged), "only the first page is read")
	for name, source := range intricate(t) {
		add(name, source, tooLarge, "the libraries read all of it before they say what it is")
	}
	add("TIFF of 900 pages", tiffChain(900, false, 1), fine, "only the first page is read")
	add("BigTIFF of 900 pages", tiffChain(900, true, 1), fine, "the same")
	add("TIFF of 4 billion values", littleTIFF(0, [][4]int{{256, 4, 1, 10}, {257, 4, 1, 10}, {273, 4, 0x3fffffff, 8}, {279, 4, 0x3fffffff, 8}}, nil), damaged, "")
	add("TIFF with nothing in it", []byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), damaged, "")
	add("BigTIFF whose directory is behind the file", []byte("II+\x00\x08\x00\x00\x00\xff\xff\xff\xff\xff\xff\x00\x00"), damaged, "")
	avif := testdata(t, "quad.avif")
	ispe := bytes.Index(avif, []byte("ispe"))
	huge := bytes.Clone(avif)
	copy(huge[ispe+8:], slices.Concat(be32(65535), be32(65535)))
	add("AVIF whose ispe says 65535x65535", huge, either(tooLarge, damaged), "")
	copy(huge[ispe+8:], slices.Concat(be32(0), be32(0)))
	add("AVIF whose ispe says nothing", huge, either(damaged, fine), "the size of the coded picture counts")
	heic := testdata(t, "quad.heic")
	ispe = bytes.Index(heic, []byte("ispe"))
	huge = bytes.Clone(heic)
	copy(huge[ispe+8:], slices.Concat(be32(1<<30), be32(1<<30)))
	add("HEIC whose ispe says 2^30", huge, either(tooLarge, damaged), "")
	add("HEIC grid of 256x256", grid(256, 256, 65535, 65535, 1), either(tooLarge, damaged), "")
	add("HEIC grids in grids", grid(2, 2, 4096, 4096, 200), either(tooLarge, damaged), "")
	add("HEIC boxes in boxes", deepBoxes(2000), damaged, "")
	add("HEIC of a brand alone", box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), damaged, "")
	add("HEIC whose box has no end", slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), be32(0x7fffffff), []byte("meta")), truncated, "")

	// Metadata without measure.
	junk := bytes.Repeat([]byte("thumbfront"), 6553)
	long := bytes.Clone(photo[:2])
	for range 200 {
		long = slices.Concat(long, []byte{0xff, 0xe1}, be16(len(junk)+2), junk)
	}
	add("JPEG with 13 MB of APP1", append(long, photo[2:]...), fine, "metadata is skipped")
	add("JPEG with an ICC profile of 16 MB", withProfile(photo, bytes.Repeat([]byte{7}, 255*65519)), fine, "a profile that can't be used is none")
	add("JPEG with a broken ICC profile", withProfile(photo, append(displayP3.profile(false)[:200], make([]byte, 3000)...)), fine, "the same")
	add("JPEG with an ICC profile of another colour space", withProfile(photo, displayP3.profile(true)), fine, "the same")
	add("JPEG with an EXIF that goes in a circle", withEXIFBlock(photo, slices.Concat([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08"), be32(8))), fine, "the orientation is unknown, so upright")
	add("JPEG with an EXIF of 4 billion values", withEXIFBlock(photo, []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\xff\xff\xff\xff\x00\x00\x00\x08")), fine, "the same")
	add("JPEG turned by 77", withEXIF(photo, 77), fine, "the same")
	text := deflate(t, make([]byte, 80<<20))
	plain := encodePNG(t, quad(20, 20))
	add("PNG with a text bomb", slices.Concat(plain[:33], pngChunk("zTXt", append([]byte("k\x00\x00"), text...)), plain[33:]), either(fine, damaged), "texts are not kept")
	bomb := pngChunk("zTXt", append([]byte("k\x00\x00"), deflate(t, make([]byte, 7900<<10))...))
	add("PNG with 900 text bombs", slices.Concat(plain[:33], bytes.Repeat(bomb, 900), plain[33:]), fine, "texts are not kept: libpng would have 7 GB of them")
	add("PNG with a profile bomb", slices.Concat(plain[:33], pngChunk("iCCP", append([]byte("k\x00\x00"), text...)), plain[33:]), either(fine, damaged), "the same")
	add("PNG of 100,000 empty chunks", slices.Concat(plain[:33], bytes.Repeat(pngChunk("teSt", nil), 100_000), plain[33:]), fine, "")

	// Strips.
	add("strip of 10000x1", encodePNG(t, image.NewGray(image.Rect(0, 0, 10000, 1))), fine, "")
	add("strip of 1x10000", encodePNG(t, image.NewGray(image.Rect(0, 0, 1, 10000))), fine, "")

	// What only decoding finds out.
	flat := pngWith(t, 5000, 5000, 8, 0, make([]byte, 5001*5000))
	decoded("PNG with too few rows", pngWith(t, 5000, 5000, 8, 0, make([]byte, 5001*4000)), damaged, "", flat)
	decoded("PNG zip bomb behind its rows", pngWith(t, 5000, 5000, 8, 0, make([]byte, 5001*5000+100<<20)), either(fine, damaged), "libpng inflates what follows the last row, to its end or the deadline", flat)
	progressive := testdata(t, "quad-progressive.jpg")
	decoded("progressive JPEG with 3000 scans", jpegOfScans(t, progressive, 3000), damaged, "libvips allows 100", progressive)
	decoded("progressive JPEG with 50 scans", jpegOfScans(t, progressive, 50), either(fine, damaged), "below the limit", progressive)
	decoded("JPEG with noise in its scan", slices.Concat(photo[:len(photo)/2], bytes.Repeat([]byte{0xa5, 0x17}, 2000), photo[len(photo)/2+4000:]), either(damaged, fine), "noise may be a valid code", photo)
	decoded("JPEG that is twice as high as its data", jpegSized(t, photo, 1200, 1800), damaged, "", photo)
	var lzw bytes.Buffer
	blank := image.NewPaletted(image.Rect(0, 0, 3000, 3000), color.Palette{color.Black, color.White})
	if err := gif.Encode(&lzw, blank, nil); err != nil {
		t.Fatal(err)
	}
	decoded("GIF with an invalid code", patched(t, lzw.Bytes(), lzw.Bytes()[len(lzw.Bytes())/2:len(lzw.Bytes())/2+20], bytes.Repeat([]byte{0xff}, 20)), either(damaged, fine), "LZW has few invalid codes", lzw.Bytes())

	// Truncations of every format.
	kinds := map[string][]byte{"jpeg": photo, "png": encodePNG(t, scenery(400, 300, false)), "gif": lzw.Bytes(), "webp": webp, "tiff": tiffOf(newRaster(400, 300, 1, 8, func(x, y int) []uint32 { return []uint32{uint32(x)} }), blackIsZero), "heic": heic, "avif": avif, "progressive jpeg": progressive}
	for kind, whole := range kinds {
		for _, percent := range []int{1, 10, 50, 99} {
			cut := whole[:len(whole)*percent/100]
			want := truncated
			if len(cut) < 16 {
				want = []Code{CodeSourceTruncated, CodeSourceEmpty, CodeSourceUnsupported}
			}
			decoded(fmt.Sprintf("%s cut to %d %%", kind, percent), cut, want, "", whole)
		}
	}
	return all
}

// intricate are files of at most 40 MB whose structure takes long to be read: what the
// comments say is CPU time of the header alone, before it was judged first.
func intricate(t *testing.T) map[string][]byte {
	const most = 39 << 20
	repeated := func(part []byte) []byte { return bytes.Repeat(part, most/len(part)) }
	photo := encodeJPEG(t, scenery(120, 90, false))
	webp := stripWebP(testdata(t, "quad.webp"))
	riff := func(chunks ...[]byte) []byte {
		body := bytes.Join(chunks, nil)
		return slices.Concat([]byte("RIFF"), le32(len(body)+4), []byte("WEBP"), body)
	}
	w, h := le32(127)[:3], le32(95)[:3]
	canvas := func(flags byte) []byte { return slices.Concat([]byte("VP8X"), le32(10), []byte{flags, 0, 0, 0}, w, h) }
	frame := slices.Concat(make([]byte, 6), w, h, []byte{10, 0, 0, 0}, webp[12:])
	heic := testdata(t, "quad.heic")
	tags := [][4]int{{256, 4, 1, 16}, {257, 4, 1, 1}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1}, {273, 4, 1, 8}, {277, 3, 1, 1}, {278, 4, 1, 1}, {279, 4, 1, 16}}
	for tag := range 4000 {
		tags = append(tags, [4]int{40000 + tag, 4, 1, 1})
	}
	full := func(rest []byte) []byte { // a frame with something behind its picture
		return riff(canvas(2), []byte("ANIM"), le32(6), make([]byte, 6), []byte("ANMF"), le32(len(frame)+len(rest)), frame, rest)
	}
	return map[string][]byte{
		"JPEG of 4 million segments":                    slices.Concat(photo[:2], repeated([]byte("\xff\xe1\x00\x08Exif\x00\x00")), photo[2:]),                                       // minutes
		"JPEG of 2 million profiles":                    slices.Concat(photo[:2], repeated([]byte("\xff\xe2\x00\x10ICC_PROFILE\x00\x01\xff")), photo[2:]),                            // minutes
		"JPEG of segments in its end":                   slices.Concat(photo[:len(photo)-2], repeated([]byte("\xff\xe1\x00\x08Exif\x00\x00")), photo[len(photo)-2:]),                 // not read
		"WebP of 220,000 frames":                        riff(canvas(2), []byte("ANIM"), le32(6), make([]byte, 6), repeated(slices.Concat([]byte("ANMF"), le32(len(frame)), frame))), // 52 s
		"WebP of 5 million chunks":                      riff(canvas(0), repeated(slices.Concat([]byte("JUNK"), le32(0))), webp[12:]),                                                // 0.7 s, 390 MB
		"WebP of 220,000 frames in its first one":       full(repeated(slices.Concat([]byte("ANMF"), le32(len(frame)), frame))),
		"WebP of 5 million chunks in a frame":           full(repeated(slices.Concat([]byte("JUNK"), le32(0)))),
		"HEIC of 5 million boxes":                       slices.Concat(heic, repeated(box("free"))), // 3.1 s, 700 MB
		"HEIC of boxes in boxes":                        slices.Concat(heic, fullBox("meta", bytes.Repeat(box("iprp", bytes.Repeat(box("free"), 10_000)), 100))),
		"TIFF of 340,000 directories":                   tiffChain(340_000, false, 1),           // 1.6 s
		"BigTIFF of 190,000 directories":                tiffChain(190_000, true, 1),            // 0.9 s
		"TIFF of 900 directories of one list of strips": tiffChain(900, false, 2_000_000),       // 27 s
		"TIFF of 4000 unknown tags":                     littleTIFF(0, tags, make([]byte, 100)), // 1.2 s
	}
}

// Files whose structure alone takes up to minutes were handed to the libraries, which
// nothing can stop. Pictures that are many pages, or full of metadata, are right.
func TestStructureIsJudgedFirst(t *testing.T) {
	limits := DefaultLimits()
	for name, source := range intricate(t) {
		kind, ok := Sniff(source)
		if !ok || len(source) > limits.SourceBytes {
			t.Errorf("%s: kind %v, %d bytes", name, ok, len(source))
		}
		var e *Error
		if err := limits.checkStructure(source, kind); !errors.As(err, &e) || e.Code != CodeSourceTooLarge {
			t.Errorf("%s: %v, want %s", name, err, CodeSourceTooLarge)
		}
		if _, err := (Renderer{Limits: limits}).ReadHeader(source); !errors.As(err, &e) || !strings.Contains(e.Message, "more than") {
			t.Errorf("%s: the header says %v", name, err)
		}
	}
	photo := encodeJPEG(t, scenery(120, 90, false))
	segment := slices.Concat([]byte{0xff, 0xe1}, be16(60002), make([]byte, 60000))
	for name, source := range map[string][]byte{
		"JPEG with 36 MB of metadata": slices.Concat(photo[:2], bytes.Repeat(segment, 600), photo[2:]), "TIFF of 1000 pages": tiffChain(1000, false, 1),
		"BigTIFF of 1000 pages": tiffChain(1000, true, 1), "TIFF in a circle": greyTIFF(10, 10, 130, 100, 8), "TIFF of many strips": tiffChain(1, false, 2_000_000),
		"HEIC": testdata(t, "quad.heic"), "AVIF": testdata(t, "quad.avif"), "WebP": testdata(t, "quad.webp"), "progressive JPEG": testdata(t, "quad-progressive.jpg"),
	} {
		kind, _ := Sniff(source)
		if err := limits.checkStructure(source, kind); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := countSegments(photo, 1000); n < 3 || n > 20 {
		t.Errorf("%d segments in a plain JPEG", n)
	}
	if n := eachBox(testdata(t, "quad.heic"), 0, 1000, func(string, []byte) {}); n < 10 || n > 60 {
		t.Errorf("%d boxes in a HEIC", n)
	}
}

// libheif has had overflows in items that point to others or are masks; what cameras
// write has none of these.
func TestDerivedItemsAreNotRead(t *testing.T) {
	tried := 0
	for _, file := range []string{"quad.heic", "quad.avif"} {
		whole := testdata(t, file)
		for item := range refusedItems {
			for _, kind := range []string{"hvc1", "av01"} {
				at := bytes.Index(whole, []byte("infe"))
				if at < 0 || !bytes.Contains(whole[at:at+40], []byte(kind)) {
					continue
				}
				tried++
				source := slices.Concat(whole[:at], bytes.Replace(whole[at:], []byte(kind), []byte(item), 1))
				var e *Error
				if _, err := (Renderer{Limits: DefaultLimits()}).ReadHeader(source); !errors.As(err, &e) || e.Code != CodeSourceUnsupported || !strings.Contains(e.Message, item) {
					t.Errorf("%s with %s: %v", file, item, err)
				}
			}
		}
	}
	if tried != 2*len(refusedItems) {
		t.Errorf("%d files tried", tried)
	}
	if got := itemType("infe", slices.Concat([]byte{3, 0, 0, 0}, be32(70000), be16(0), []byte("iden"))); got != "iden" {
		t.Errorf("of a long number: %q", got)
	}
}

// deepBoxes nests meta boxes.
func deepBoxes(n int) []byte {
	inner := []byte{}
	for range n {
		inner = fullBox("meta", inner)
	}
	return append(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), inner...)
}

func withEXIFBlock(source, tiff []byte) []byte {
	return slices.Concat(source[:2], []byte{0xff, 0xe1}, be16(len(tiff)+8), []byte("Exif\x00\x00"), tiff, source[2:])
}

// Every hostile file comes to its typed error, or to a good picture where that is
// right, for little, and no process dies of one.
func TestHostileFiles(t *testing.T) {
	skipRaced(t)
	all := hostiles(t)
	if len(all) < 60 {
		t.Fatalf("%d files", len(all))
	}
	limits := DefaultLimits()
	limits.MemoryBytes = 1075 << 20 // 60 % of 1792 MB
	folder := t.TempDir()
	costs := map[string]measurement{} // of the good files
	run := func(t *testing.T, source []byte) measurement {
		file := filepath.Join(folder, "source")
		if err := os.WriteFile(file, source, 0o600); err != nil {
			t.Fatal(err)
		}
		return inChild(t, rendering{File: file, Width: 288, Height: 264, Format: thumburl.JPEG, Limits: limits})
	}
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			m := run(t, h.source)
			if !slices.Contains(h.want, m.Code) {
				t.Errorf("%q (%s), want %q; %s", m.Code, m.Detail, h.want, h.why)
			}
			if m.Code == "" && (m.Width != 288 || m.Height != 264) {
				t.Errorf("a picture of %dx%d", m.Width, m.Height)
			}
			if testing.Short() {
				return // CPU and memory are for make measure
			}
			// Bounds of sanity: a machine under load takes its time.
			most := measurement{CPU: 200 * time.Millisecond, Whole: 150 << 20}
			if h.whole != nil {
				whole, ok := costs[string(h.whole)]
				if !ok {
					whole = run(t, h.whole)
					if whole.Code != "" {
						t.Fatalf("the good file: %s", whole.Detail)
					}
					costs[string(h.whole)] = whole
				}
				most = measurement{CPU: whole.CPU*12/10 + 30*time.Millisecond, Whole: whole.Whole*12/10 + 4<<20}
			}
			if m.CPU > most.CPU && h.name != "PNG zip bomb behind its rows" || m.Whole > most.Whole {
				t.Errorf("%v of CPU and %d MB, at most %v and %d MB are right", m.CPU, m.Whole>>20, most.CPU, most.Whole>>20)
			}
		})
	}
}
