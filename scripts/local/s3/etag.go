package s3

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// S3's ETag of an object that was uploaded in parts is the MD5 of the parts' MD5s, and "-" and their
// number. gofakes3 knows ETags as the hex of a hash: there the number follows in 8 more digits.
var (
	externalETag = regexp.MustCompile(`\b([0-9a-f]{32})-([0-9]{1,5})\b`)
	internalETag = regexp.MustCompile(`\b([0-9a-f]{32})([0-9a-f]{8})\b`)
)

// partsHash is the hash that gofakes3 is told of an object in parts.
func partsHash(sum []byte, parts int) []byte {
	return binary.BigEndian.AppendUint32(sum, uint32(parts))
}

func toInternalETag(value string) string {
	return externalETag.ReplaceAllStringFunc(value, func(match string) string {
		found := externalETag.FindStringSubmatch(match)
		parts, err := strconv.Atoi(found[2])
		if err != nil { // at most five digits
			panic(err)
		}
		return fmt.Sprintf("%s%08x", found[1], parts)
	})
}

func toExternalETag(value string) string {
	return internalETag.ReplaceAllStringFunc(value, func(match string) string {
		found := internalETag.FindStringSubmatch(match)
		parts, err := strconv.ParseUint(found[2], 16, 32)
		if err != nil { // eight hex digits
			panic(err)
		}
		return found[1] + "-" + strconv.FormatUint(parts, 10)
	})
}

// conditions are the request headers that hold ETags.
var conditions = []string{"If-Match", "If-None-Match", "X-Amz-Copy-Source-If-Match", "X-Amz-Copy-Source-If-None-Match"}

func translateConditions(h http.Header) {
	for _, name := range conditions {
		for i, value := range h[name] {
			h[name][i] = toInternalETag(value)
		}
	}
}
