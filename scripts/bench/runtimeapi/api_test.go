package runtimeapi

import (
	"net/http"
	"testing"
)

func TestParse(t *testing.T) {
	a, err := parse([]byte(`{"statusCode":200,"headers":{"content-type":"image/jpeg"}}` + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\xff\xd8\x00\x00\x00\x00\x00\x00\x00\x00\xff"))
	if err != nil || a.Status != 200 || a.Header["content-type"] != "image/jpeg" || len(a.Body) != 11 {
		t.Errorf("%+v (%v)", a, err)
	}
	for _, bad := range []string{"", `{"statusCode":200}`, "{\x00\x00\x00\x00\x00\x00\x00\x00"} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q is an answer", bad)
		}
	}
}

func TestTrailerError(t *testing.T) {
	if err := trailerError(http.Header{}); err != nil {
		t.Error(err)
	}
	if trailerError(http.Header{"Lambda-Runtime-Function-Error-Type": {"errorString"}}) == nil {
		t.Error("an answer that was broken off is taken for whole")
	}
}
