// Package sih reads the requests of the Serverless Image Handler, versions 6 and 7
// (later named Dynamic Image Transformation for Amazon CloudFront): base64 of JSON
// in the path, edits and a signature in the query. Its thumbor paths are read by
// package thumbor, which translates them into the same edits.
//
// Its edits are the methods of sharp, and a value that sharp refuses is refused
// here. They apply in the order of the JSON. What the original does by itself is
// said by explicit edits: pictures are enlarged, and not turned by their EXIF
// orientation, which goes on to the answer.
package sih
