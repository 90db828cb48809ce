// Package js holds the JavaScript package, for programs that serve it.
package js

import "embed"

// Modules are what browsers import, by their file names: index.js is thumbfront, and
// upload.js thumbfront/upload.
//
//go:embed index.js upload.js placeholder.js element.js
var Modules embed.FS
