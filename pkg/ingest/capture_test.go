package ingest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image/jpeg"
	"strings"
	"testing"
)

// exifBlock has a camera's directories: a maker, the place, the time.
func exifBlock(order binary.AppendByteOrder, taken, zone string) []byte {
	mark := "II*\x00"
	if order.String() == "BigEndian" {
		mark = "MM\x00*"
	}
	b := order.AppendUint32([]byte(mark), 8)
	entry := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag), kind), count), value)
	}
	b = order.AppendUint16(b, 2)
	entry(tagExifIFD, typeLong, 1, 38)
	entry(0x8825, typeLong, 1, 92) // the place
	b = order.AppendUint32(b, 0)   // at 34: no more directories
	b = order.AppendUint16(b, 2)   // at 38
	entry(tagDateTimeOriginal, typeASCII, uint32(len(taken)+1), 112)
	entry(tagOffsetTimeOriginal, typeASCII, uint32(len(zone)+1), 140)
	b = order.AppendUint32(b, 0)
	for len(b) < 92 {
		b = append(b, 0)
	}
	b = order.AppendUint16(b, 1) // at 92
	entry(1, typeASCII, 2, 0x4e004e00)
	for len(b) < 112 {
		b = append(b, 0)
	}
	b = append(b, taken+"\x00"...)
	for len(b) < 140 {
		b = append(b, 0)
	}
	return append(b, zone+"\x00GPS-SECRET"...)
}

func TestCaptureTime(t *testing.T) {
	for _, c := range []struct{ taken, zone, want string }{
		{"2024:05:10 09:30:15", "+02:00", "2024-05-10T09:30:15+02:00"},
		{"2024:05:10 09:30:15", "", "2024-05-10T09:30:15"},
		{"2024:05:10 09:30:15", "CEST!!", "2024-05-10T09:30:15"},
		{"0000:00:00 00:00:00", "", ""},
		{"0001:01:01 00:00:00", "", ""},
		{"2024-05-10 09:30:15", "", ""},
		{"", "", ""},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, prefix := range []string{"", "Exif\x00\x00"} {
				if got := captureTime(append([]byte(prefix), exifBlock(order, c.taken, c.zone)...)); got != c.want {
					t.Errorf("%s %q, %s: got %q, want %q", c.taken, c.zone, order, got, c.want)
				}
			}
		}
	}
	for _, bad := range []string{"", "II*\x00", "Exif\x00\x00", "II*\x00\xff\xff\xff\xff", "II*\x00\x08\x00\x00\x00\xff\xff"} {
		if got := captureTime([]byte(bad)); got != "" {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

// No entity says where a picture was taken.
func TestPlaceStaysInTheOriginal(t *testing.T) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, filled(40, 30, gray), nil); err != nil {
		t.Fatal(err)
	}
	segment := append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, "2024:05:10 09:30:15", "+02:00")...)
	body := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	body = append(append(body, segment...), plain.Bytes()[2:]...)
	f := start(t)
	f.bucket.objects["uploads/a"] = body
	f.well(event("ObjectCreated:Put", "uploads/a", "1"))
	e, ok := f.entity("uploads/a")
	if !ok || e.CapturedAt != "2024-05-10T09:30:15+02:00" {
		t.Errorf("%+v", e)
	}
	text, err := json.Marshal(e)
	if err != nil || strings.Contains(string(text), "GPS") || strings.Contains(string(text), "SECRET") {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzCaptureTime(f *testing.F) {
	f.Add(exifBlock(binary.LittleEndian, "2024:05:10 09:30:15", "+02:00"))
	f.Add(exifBlock(binary.BigEndian, "2024:05:10 09:30:15", ""))
	f.Fuzz(func(t *testing.T, block []byte) {
		if got := captureTime(block); len(got) > 25 || got != "" && len(got) < 19 {
			t.Errorf("%q", got)
		}
	})
}
