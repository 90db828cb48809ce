// Package server serves thumbnails over HTTP where there is no CloudFront and no Lambda:
// one process does what edge, failover and function do together. It refuses and rewrites
// a viewer's path as the edge does, looks into the thumbnails bucket, and hands what is
// not there to the function's own handler: a few lookups and a few renders at once, equal
// ones once, and what is beyond is refused at once ([Bounds]).
package server
