package aws

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	distributionPath = "/2020-05-31/distribution/"
	invalidationPath = "/invalidation"

	actionInvalidate = "cloudfront:CreateInvalidation"

	// maxWildcards in progress at once, over all invalidations of a distribution
	// (documented). Here none takes any time.
	maxWildcards = 15
	maxPaths     = 3000
)

// Invalidations take the invalidations of one distribution.
type Invalidations struct {
	Distribution string // id
	// ARN is what permissions name it by.
	ARN string
	// Evict forgets what is cached of the paths, in which * stands for anything.
	Evict func(paths []string)

	mu   sync.Mutex
	seen map[string]invalidation // by caller reference
}

type invalidation struct {
	number int
	paths  []string
}

type invalidationBatch struct {
	XMLName         xml.Name `xml:"InvalidationBatch"`
	CallerReference string
	Paths           struct {
		Items    []string `xml:"Items>Path"`
		Quantity int
	}
}

func (s *Server) createInvalidation(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, distributionPath), invalidationPath)
	if s.Invalidations == nil || id != s.Invalidations.Distribution {
		xmlFail(w, http.StatusNotFound, "NoSuchDistribution", "the specified distribution does not exist: "+id)
		return
	}
	if !s.may(r, actionInvalidate, s.Invalidations.ARN) {
		xmlFail(w, http.StatusForbidden, "AccessDenied", "the caller has no permission for "+actionInvalidate)
		return
	}
	var batch invalidationBatch
	if err := xml.NewDecoder(r.Body).Decode(&batch); err != nil {
		xmlFail(w, http.StatusBadRequest, "MalformedXML", err.Error())
		return
	}
	number, status, code, message := s.Invalidations.take(batch)
	if status != 0 {
		xmlFail(w, status, code, message)
		return
	}
	type answered struct {
		XMLName    xml.Name `xml:"Invalidation"`
		ID         string   `xml:"Id"`
		Status     string
		CreateTime string
		Batch      invalidationBatch
	}
	w.Header().Set("Location", fmt.Sprintf("%s%s%s/I%d", distributionPath, id, invalidationPath, number))
	writeXML(w, http.StatusCreated, answered{ID: fmt.Sprintf("I%d", number), Status: "Completed",
		CreateTime: time.Now().UTC().Format(time.RFC3339), Batch: batch})
}

// take does an invalidation once for each caller reference.
func (v *Invalidations) take(batch invalidationBatch) (number, status int, code, message string) {
	paths := batch.Paths.Items
	wildcards := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "*") {
			wildcards++
		}
		if !strings.HasPrefix(path, "/") || strings.Contains(strings.TrimSuffix(path, "*"), "*") {
			return 0, http.StatusBadRequest, "InvalidArgument", fmt.Sprintf("the path %q; it begins with / and has no * but at its end", path)
		}
	}
	switch {
	case batch.CallerReference == "" || len(paths) == 0 || len(paths) != batch.Paths.Quantity:
		return 0, http.StatusBadRequest, "InvalidArgument", "a CallerReference, and as many Items as Quantity says, are needed"
	case len(paths) > maxPaths:
		return 0, http.StatusRequestEntityTooLarge, "BatchTooLarge", fmt.Sprintf("%d paths", len(paths))
	case wildcards > maxWildcards:
		return 0, http.StatusBadRequest, "TooManyInvalidationsInProgress", fmt.Sprintf("%d paths with a wildcard; at most %d at once", wildcards, maxWildcards)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[string]invalidation{}
	}
	if before, again := v.seen[batch.CallerReference]; again {
		if !slices.Equal(before.paths, paths) {
			return 0, http.StatusBadRequest, "InvalidArgument", "the CallerReference was used for other paths"
		}
		return before.number, 0, "", ""
	}
	number = len(v.seen) + 1
	v.seen[batch.CallerReference] = invalidation{number, paths}
	v.Evict(paths)
	return number, 0, "", ""
}

func xmlFail(w http.ResponseWriter, status int, code, message string) {
	type fault struct {
		Type, Code, Message string
	}
	writeXML(w, status, struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		Error   fault
	}{Error: fault{"Sender", code, message}})
}

func writeXML(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(document) // a caller that is gone is no fault
}
