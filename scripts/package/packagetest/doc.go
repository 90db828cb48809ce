// Package packagetest runs the thumbnail function's package as Lambda gets it: its
// bootstrap alone in an empty root, with no shell, no libc, no /etc and no /tmp.
// `make package-test` tells it the zip; without one its tests are skipped.
package packagetest
