// Package upload signs uploads of originals: a client says what it wants to
// send, its backend signs exactly that, and the bytes go straight to S3, which
// itself refuses anything larger or of another type. Signing does no I/O.
//
// A file is sent by one of three requests, each under a new key that the signer
// chooses: a PUT ([Signer.Put]), an HTML form ([Signer.Form]), or in parts
// ([Signer.Multipart]); [Signer.Sign] picks the first or the last by size.
package upload
