package render

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"
)

// Writers of sources that Go's library does not write: any sample of a PNG or a
// TIFF, and colour profiles whose every number is known, so that a test can
// compute what a picture has to look like.

// A raster is a picture as a file stores it: rows of samples, packed as the
// format packs them.
type raster struct {
	width, height int
	samples, bits int // a pixel; a sample
	data          []byte
	profile       []byte // ICC
}

// rowBytes of the packed samples.
func (r raster) rowBytes() int { return (r.width*r.samples*r.bits + 7) / 8 }

// newRaster calls at for each pixel; it gives the pixel's samples.
func newRaster(width, height, samples, bits int, at func(x, y int) []uint32) raster {
	r := raster{width: width, height: height, samples: samples, bits: bits}
	r.data = make([]byte, r.rowBytes()*height)
	for y := range height {
		row := r.data[y*r.rowBytes():]
		for x := range width {
			for i, v := range at(x, y) {
				n := x*samples + i
				switch bits {
				case 32:
					binary.BigEndian.PutUint32(row[n*4:], v)
				case 16:
					binary.BigEndian.PutUint16(row[n*2:], uint16(v))
				case 8:
					row[n] = byte(v)
				default:
					row[n*bits/8] |= byte(v) << (8 - bits - n*bits%8)
				}
			}
		}
	}
	return r
}

func pngChunk(name string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, name...), body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

func deflate(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngOf writes a PNG; colour is its colour type, palette the bytes of a PLTE.
func pngOf(t testing.TB, r raster, colour byte, palette []byte) []byte {
	t.Helper()
	out := []byte("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(r.width))
	header = binary.BigEndian.AppendUint32(header, uint32(r.height))
	out = append(out, pngChunk("IHDR", append(header, byte(r.bits), colour, 0, 0, 0))...)
	if r.profile != nil {
		out = append(out, pngChunk("iCCP", append([]byte("p\x00\x00"), deflate(t, r.profile)...))...)
	}
	if palette != nil {
		out = append(out, pngChunk("PLTE", palette)...)
	}
	var rows []byte
	for y := range r.height {
		rows = append(append(rows, 0), r.data[y*r.rowBytes():(y+1)*r.rowBytes()]...)
	}
	out = append(out, pngChunk("IDAT", deflate(t, rows))...)
	return append(out, pngChunk("IEND", nil)...)
}

// The photometric interpretations of TIFF 6.0.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	paletted    = 3
	separated   = 5
	cieLab      = 8
)

// A tag of a TIFF; its values are LONGs where they do not fit into SHORTs, or
// bytes.
type tag struct {
	id     uint16
	values []uint32
	bytes  []byte
}

// tiffOf writes an uncompressed TIFF of one strip.
func tiffOf(r raster, photometric uint32, more ...tag) []byte {
	bits := make([]uint32, r.samples)
	for i := range bits {
		bits[i] = uint32(r.bits)
	}
	one := func(id uint16, v int) tag { return tag{id: id, values: []uint32{uint32(v)}} }
	tags := []tag{one(256, r.width), one(257, r.height), {id: 258, values: bits}, one(259, 1), {id: 262, values: []uint32{photometric}},
		one(273, 0), one(277, r.samples), one(278, r.height), one(279, len(r.data))}
	if r.profile != nil {
		tags = append(tags, tag{id: 34675, bytes: r.profile})
	}
	tags = append(tags, more...)
	for i := range tags { // sorted by number, as the format wants them
		for j := i; j > 0 && tags[j].id < tags[j-1].id; j-- {
			tags[j], tags[j-1] = tags[j-1], tags[j]
		}
	}
	order := binary.BigEndian
	at := 8 + 2 + len(tags)*12 + 4 // what does not fit into its entry
	var entries, outside []byte
	entry := func(id, kind uint16, count int, value []byte) {
		entries = order.AppendUint16(order.AppendUint16(entries, id), kind)
		entries = order.AppendUint32(entries, uint32(count))
		if len(value) <= 4 {
			entries = append(entries, append(value, 0, 0, 0, 0)[:4]...)
			return
		}
		entries = order.AppendUint32(entries, uint32(at+len(outside)))
		outside = append(outside, value...)
		if len(outside)%2 != 0 {
			outside = append(outside, 0)
		}
	}
	// The strip lies behind the values, whose length has to be known first.
	strip := at
	for _, g := range tags {
		size := len(g.bytes) + wide(g)*len(g.values)
		if size > 4 {
			strip += size + size%2
		}
	}
	for _, g := range tags {
		switch {
		case g.bytes != nil:
			entry(g.id, 7, len(g.bytes), bytes.Clone(g.bytes))
		default:
			if g.id == 273 {
				g.values = []uint32{uint32(strip)}
			}
			var value []byte
			for _, v := range g.values {
				if wide(g) == 2 {
					value = order.AppendUint16(value, uint16(v))
				} else {
					value = order.AppendUint32(value, v)
				}
			}
			kind := uint16(3)
			if wide(g) == 4 {
				kind = 4
			}
			entry(g.id, kind, len(g.values), value)
		}
	}
	out := append([]byte("MM\x00*\x00\x00\x00\x08"), byte(len(tags)>>8), byte(len(tags)))
	out = append(append(out, entries...), 0, 0, 0, 0)
	return append(append(out, outside...), r.data...)
}

// wide is the size of each value of a tag.
func wide(g tag) int {
	switch g.id {
	case 256, 257, 273, 278, 279: // sizes and places
		return 4
	}
	return 2
}

// withProfile puts an ICC profile into a JPEG, in as many segments as it takes.
func withProfile(jpeg, profile []byte) []byte {
	const most = 65519
	out := bytes.Clone(jpeg[:2])
	count := (len(profile) + most - 1) / most
	for i := range count {
		part := profile[i*most : min(len(profile), (i+1)*most)]
		out = append(out, 0xff, 0xe2)
		out = binary.BigEndian.AppendUint16(out, uint16(len(part)+16))
		out = append(append(out, "ICC_PROFILE\x00"...), byte(i+1), byte(count))
		out = append(out, part...)
	}
	return append(out, jpeg[2:]...)
}

// --- colour ------------------------------------------------------------------

// A space is a colour space of three primaries: their CIE XYZ under D50, one
// column for each, and its transfer function.
type space struct {
	toXYZ  [3][3]float64
	decode func(v float64) float64
}

func power(gamma float64) func(float64) float64 {
	return func(v float64) float64 { return math.Pow(v, gamma) }
}

func decodeSRGB(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func encodeSRGB(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// The spaces that pictures come in; the matrices are Lindbloom's, adapted to D50
// by Bradford, http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html,
// and Apple's for Display P3.
var (
	srgbSpace = space{[3][3]float64{{0.4360747, 0.3850649, 0.1430804}, {0.2225045, 0.7168786, 0.0606169}, {0.0139322, 0.0971045, 0.7141733}}, decodeSRGB}
	adobeRGB  = space{[3][3]float64{{0.6097559, 0.2052401, 0.1492240}, {0.3111242, 0.6256560, 0.0632197}, {0.0194811, 0.0608902, 0.7448387}}, power(563.0 / 256)}
	proPhoto  = space{[3][3]float64{{0.7976749, 0.1351917, 0.0313534}, {0.2880402, 0.7118741, 0.0000857}, {0, 0, 0.8252100}}, power(1.8)}
	displayP3 = space{[3][3]float64{{0.51512, 0.29198, 0.15710}, {0.24120, 0.69225, 0.06657}, {-0.00105, 0.04189, 0.78407}}, decodeSRGB}
)

// profile writes the space as an ICC profile of version 2, with matrix and curves
// (ICC.1:2001-04); without primaries it is one of grey.
func (s space) profile(grey bool) []byte {
	order := binary.BigEndian
	fixed := func(b []byte, v float64) []byte { return order.AppendUint32(b, uint32(int32(math.Round(v*65536)))) }
	xyz := func(x, y, z float64) []byte {
		return fixed(fixed(fixed([]byte("XYZ \x00\x00\x00\x00"), x), y), z)
	}
	curve := order.AppendUint32([]byte("curv\x00\x00\x00\x00"), 4096)
	for i := range 4096 {
		curve = order.AppendUint16(curve, uint16(math.Round(s.decode(float64(i)/4095)*65535)))
	}
	text := []byte("text\x00\x00\x00\x00none\x00\x00\x00\x00")
	desc := append(order.AppendUint32([]byte("desc\x00\x00\x00\x00"), 5), "test\x00"...)
	desc = append(desc, make([]byte, 4+4+2+1+67+2)...)
	type element struct {
		name string
		body []byte
	}
	elements := []element{{"desc", desc}, {"cprt", text}, {"wtpt", xyz(0.9642, 1, 0.8249)}}
	colours := "RGB "
	if grey {
		colours = "GRAY"
		elements = append(elements, element{"kTRC", curve})
	} else {
		for i, c := range []string{"r", "g", "b"} {
			elements = append(elements, element{c + "XYZ", xyz(s.toXYZ[0][i], s.toXYZ[1][i], s.toXYZ[2][i])}, element{c + "TRC", curve})
		}
	}
	table := order.AppendUint32(nil, uint32(len(elements)))
	var body []byte
	at := 128 + 4 + 12*len(elements)
	for _, e := range elements {
		table = append(table, e.name...)
		table = order.AppendUint32(order.AppendUint32(table, uint32(at+len(body))), uint32(len(e.body)))
		body = append(body, e.body...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	header := make([]byte, 128)
	order.PutUint32(header, uint32(at+len(body)))
	order.PutUint32(header[8:], 0x02400000)
	copy(header[12:], "mntr"+colours+"XYZ ")
	copy(header[24:], []byte{7, 228, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0})
	copy(header[36:], "acsp")
	fixed(header[:68], 0.9642)
	fixed(header[:72], 1)
	fixed(header[:76], 0.8249)
	return append(append(header, table...), body...)
}

// inSRGB is what a colour of the space, 0 to 1 each, is in sRGB, 0 to 255.
func (s space) inSRGB(c [3]float64) [3]float64 {
	var xyz, out [3]float64
	for i := range xyz {
		for j := range c {
			xyz[i] += s.toXYZ[i][j] * s.decode(c[j])
		}
	}
	inverse := invert(srgbSpace.toXYZ)
	for i := range out {
		for j := range xyz {
			out[i] += inverse[i][j] * xyz[j]
		}
		out[i] = 255 * encodeSRGB(min(1, max(0, out[i])))
	}
	return out
}

func invert(m [3][3]float64) (out [3][3]float64) {
	cofactor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	det := m[0][0]*cofactor(0, 0) + m[0][1]*cofactor(0, 1) + m[0][2]*cofactor(0, 2)
	for i := range 3 {
		for j := range 3 {
			out[j][i] = cofactor(i, j) / det
		}
	}
	return out
}

// labInSRGB is what a CIE L*a*b* colour under D50 is in sRGB, 0 to 255.
func labInSRGB(l, a, b float64) [3]float64 {
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 6 * 6 / 29.0 / 29 * (t - 4.0/29)
	}
	y := (l + 16) / 116
	xyz := [3]float64{0.9642 * f(y+a/500), f(y), 0.8249 * f(y-b/200)}
	inverse := invert(srgbSpace.toXYZ)
	var out [3]float64
	for i := range out {
		for j := range xyz {
			out[i] += inverse[i][j] * xyz[j]
		}
		out[i] = 255 * encodeSRGB(min(1, max(0, out[i])))
	}
	return out
}
