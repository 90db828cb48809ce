// Package imgproxy reads the URLs of imgproxy:
//
//	/<signature>/<options>/plain/<source>@<extension>
//	/<signature>/<options>/<base64 of the source>.<extension>
//
// with the options of its open-source edition, its signatures and its presets, under
// the names of its own settings. What the options mean is as of imgproxy 3.30 and 4.0:
// https://docs.imgproxy.net/usage/processing
package imgproxy
