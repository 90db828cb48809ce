// Package upload signs uploads of originals: a client says what it wants to
// send, its backend signs exactly that, and the bytes go straight to S3. Signing
// does no I/O.
package upload
