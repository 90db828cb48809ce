// Package js holds the JavaScript package, for programs that serve it.
package js

import _ "embed"

// Upload is the source of the module thumbfront/upload.
//
//go:embed upload.js
var Upload []byte
