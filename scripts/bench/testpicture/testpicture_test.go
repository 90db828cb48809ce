package testpicture

import "testing"

func TestZonePlate(t *testing.T) {
	plate := ZonePlate(400, 300)
	at := func(x, y int) int { return int(plate.GrayAt(x, y).Y) }
	if at(200, 150) < 250 {
		t.Errorf("the middle is %d, want white", at(200, 150))
	}
	// Neighbours at the edge differ by nearly all there is, those in the middle do not.
	if edge, middle := at(1, 150)-at(0, 150), at(201, 150)-at(200, 150); edge*edge < 200*200 || middle*middle > 10*10 {
		t.Errorf("steps of %d at the edge and %d in the middle", edge, middle)
	}
}

func TestPageIsMostlyWhiteWithSomeBlack(t *testing.T) {
	var black, white int
	p := Page(800, 600)
	for _, v := range p.Pix {
		switch {
		case v < 64:
			black++
		case v > 192:
			white++
		}
	}
	if black*100 < len(p.Pix) || white*2 < len(p.Pix) {
		t.Errorf("%d black and %d white of %d", black, white, len(p.Pix))
	}
}
