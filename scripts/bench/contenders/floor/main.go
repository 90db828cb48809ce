// Command floor does what no thumbnail of a JPEG can do without, on the bench's
// meter: libjpeg-turbo's entropy decoder with its coarsest scale, and encoding a
// picture of the size asked for. What it shows is an eighth, cut, not resized.
package main

// #cgo pkg-config: libjpeg
// #include <stdlib.h>
// #include "floor.h"
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"unsafe"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

func main() { contender.Main(render) }

func render(source []byte, j contender.Job) ([]byte, error) {
	if j.Format != "jpeg" || j.Height == 0 {
		return nil, fmt.Errorf("it only covers a box with a JPEG")
	}
	pixels := make([]byte, j.Width*j.Height*3)
	into := (*C.uchar)(&pixels[0])
	if C.floor_decode((*C.uchar)(&source[0]), C.size_t(len(source)), C.int(j.Width), C.int(j.Height), into) != 0 {
		return nil, errors.New("no JPEG, or an eighth of it is smaller than the box")
	}
	var out *C.uchar
	size := C.floor_encode(into, C.int(j.Width), C.int(j.Height), C.int(cmp.Or(j.Quality, 80)), &out)
	defer C.free(unsafe.Pointer(out))
	if size == 0 {
		return nil, errors.New("not encoded")
	}
	return C.GoBytes(unsafe.Pointer(out), C.int(size)), nil
}
