// Package render turns the bytes of an original, by a list of edits, into the
// bytes of a thumbnail. It is the only package that knows libvips and bimg.
//
// A render goes from header to pixels: the kind is sniffed from the first bytes,
// sizes and memory are checked from the header, and only then is a pixel
// decoded. A source that does not decode to its end is an error, never a
// picture with a grey rest.
package render
