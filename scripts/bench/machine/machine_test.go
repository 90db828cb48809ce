package machine

import (
	"os"
	"testing"
)

func TestMemory(t *testing.T) {
	touched := make([]byte, 32<<20)
	for i := 0; i < len(touched); i += 4096 {
		touched[i] = 1
	}
	resident, err := ResidentMB(os.Getpid())
	if err != nil || resident < 33 || resident > 4096 {
		t.Errorf("%v MB resident (%v), after 33.6 MB were touched", resident, err)
	}
	peak, err := PeakMB(os.Getpid())
	if err != nil || peak < 33 {
		t.Errorf("%v MB at the peak (%v), %v resident", peak, err, resident)
	}
	if touched[0] != 1 {
		t.Error("never")
	}
	if _, err := PeakMB(1 << 30); err == nil {
		t.Error("a process that does not exist has a peak")
	}
}
