package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/thumbfront/thumbfront/pkg/upload"
)

const maxSignBody = 4 << 10 // bytes of JSON

// sign answers with the request by which a browser uploads a file.
func (p page) sign(w http.ResponseWriter, r *http.Request) {
	var file upload.File
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSignBody)).Decode(&file); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "BodyTooLarge", fmt.Sprintf("got a longer body, want at most %d bytes of JSON", maxSignBody))
			return
		}
		refuse(w, http.StatusBadRequest, "InvalidJSON", `got a body that does not parse, want JSON such as {"name":"photo.jpg","size":12345,"type":"image/jpeg"}`)
		return
	}
	request, err := p.Uploads.Put(r.Context(), file)
	var mistake *upload.Error
	switch {
	case errors.As(err, &mistake):
		status := http.StatusBadRequest
		if mistake.Code == upload.CodeUploadTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(w, status, string(mistake.Code), mistake.Error())
	case err != nil:
		p.fail(w, err)
	default:
		w.Header().Set("Cache-Control", "no-store")
		answer(w, http.StatusOK, request)
	}
}
