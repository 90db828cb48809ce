package thumbor

import (
	"errors"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/language/sih"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func dialect() *sih.Dialect {
	return &sih.Dialect{Config: sih.Config{SourceBuckets: []string{"ours", "others"}}, DefaultBucket: "ours"}
}

func read(t *testing.T, d *sih.Dialect, asked language.Asked) (language.Reading, error) {
	t.Helper()
	asked.Now = time.Unix(1_800_000_000, 0)
	return Language{d}.Read(t.Context(), asked)
}

func canonical(t *testing.T, r language.Reading) string {
	t.Helper()
	payload, err := thumburl.Encode(r.Request)
	if err != nil {
		t.Fatal(err)
	}
	json, err := thumburl.Decode(payload)
	if err != nil {
		t.Fatal(err)
	}
	return string(json)
}

func TestPaths(t *testing.T) {
	const resize = `"resize":{"decoderRounding":true,`
	edits := func(key, edits, format string) string {
		return `{"key":"` + key + `","edits":{"autoOrient":false` + edits + `},"outputFormat":"` + format + `"}`
	}
	for path, want := range map[string]string{
		"/a.jpg":                                                      edits("a.jpg", "", "input"),
		"/dir/a%20b.jpg":                                              edits("dir/a b.jpg", "", "input"),
		"/30x40/a.jpg":                                                edits("a.jpg", `,`+resize+`"height":40,"width":30}`, "input"),
		"/0x40/a.jpg":                                                 edits("a.jpg", `,`+resize+`"fit":"inside","height":40}`, "input"),
		"/0x0/a.jpg":                                                  edits("a.jpg", "", "input"),
		"/fit-in/30x40/a.jpg":                                         edits("a.jpg", `,`+resize+`"fit":"inside","height":40,"width":30}`, "input"),
		"/1x2:11x22/5x5/a.jpg":                                        edits("a.jpg", `,"crop":{"height":20,"left":1,"top":2,"width":10},`+resize+`"height":5,"width":5}`, "input"),
		"/5x5/dir/6x6/7x7.jpg":                                        edits("dir/7x7.jpg", `,`+resize+`"height":5,"width":5}`, "input"),
		"/s3:others/a.jpg":                                            `{"bucket":"others",` + edits("a.jpg", "", "input")[1:],
		"/s3:evil/a.jpg":                                              edits("s3:evil/a.jpg", "", "input"),
		"/filters:grayscale()/a.jpg":                                  edits("a.jpg", `,"grayscale":true`, "input"),
		"/filters:autojpg()/a.png":                                    edits("a.png", "", "jpeg"),
		"/filters:quality(40)/a.png":                                  edits("a.png", `,"png":{"quality":40}`, "png"),
		"/filters:quality(40):format(webp)/a.png":                     edits("a.png", `,"webp":{"quality":40}`, "webp"),
		"/filters:format(JPG)/filters:quality(40)/a":                  edits("a", `,"jpeg":{"quality":40}`, "jpeg"),
		"/filters:format(bogus)/a.png":                                edits("a.png", "", "input"),
		"/filters:rotate(90)/a.jpg":                                   edits("a.jpg", `,"turnFrames":false,"rotate":90`, "input"),
		"/filters:rotate()/a.jpg":                                     `{"key":"a.jpg","outputFormat":"input"}`,
		"/filters:strip_icc()/a.jpg":                                  `{"key":"a.jpg","outputFormat":"input"}`,
		"/filters:rgb(100,0,50)/a.jpg":                                edits("a.jpg", `,"tint":"#ff0080"`, "input"),
		"/filters:blur(4)/a.jpg":                                      edits("a.jpg", `,"blur":2`, "input"),
		"/filters:blur(4,1.5)/a.jpg":                                  edits("a.jpg", `,"blur":1.5`, "input"),
		"/filters:sharpen(1,4,true)/a.jpg":                            edits("a.jpg", `,"sharpen":3`, "input"),
		"/filters:equalize()/a.jpg":                                   edits("a.jpg", `,"normalise":true`, "input"),
		"/filters:proportion(0.5)/a.jpg":                              edits("a.jpg", `,`+resize+`"ratio":0.5}`, "input"),
		"/9x9/filters:proportion(2)/a.jpg":                            edits("a.jpg", `,`+resize+`"height":18,"width":18}`, "input"),
		"/9x9/filters:fill(f00)/a.jpg":                                edits("a.jpg", `,"resize":{"background":"#ff0000","decoderRounding":true,"fit":"contain","height":9,"width":9}`, "input"),
		"/9x9/filters:stretch()/a.jpg":                                edits("a.jpg", `,`+resize+`"fit":"fill","height":9,"width":9}`, "input"),
		"/9x9/filters:no_upscale()/a.jpg":                             edits("a.jpg", `,`+resize+`"height":9,"noUpscale":true,"width":9}`, "input"),
		"/filters:background_color(red)/a.jpg":                        edits("a.jpg", `,"flatten":{"background":"#ff0000"}`, "input"),
		"/filters:animated(False)/a.gif":                              edits("a.gif", `,"animated":false`, "input"),
		"/filters:smart_crop(1,20)/a.jpg":                             edits("a.jpg", `,"turnFrames":false,"smartCrop":{"faceIndex":1,"padding":20}`, "input"),
		"/filters:unknown(1)/a.jpg":                                   edits("a.jpg", "", "input"),
		"/filters:convolution(1;2;1;2;4;2;1;2;1,3,true)/a.jpg":        edits("a.jpg", `,"convolve":{"height":3,"kernel":[1,2,1,2,4,2,1,2,1],"width":3}`, "input"),
		"/filters:watermark(others, b/c.png ,-10,50p,30,20,10)/a.jpg": edits("a.jpg", `,"overlayWith":{"alpha":30,"bucket":"others","hRatio":10,"key":"b/c.png","left":-10,"top":"50%","wRatio":20}`, "input"),
	} {
		r, err := read(t, dialect(), language.Asked{Path: path})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := canonical(t, r); got != want {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for path, code := range map[string]string{
		"/a.bmp": sih.CodeRequestType, "/a.heic": sih.CodeRequestType, "/": sih.CodeRequestType, "/30x40/": sih.CodeRequestType, "/%zz": sih.CodeRequestType,
		"/9x9:1x1/a.jpg": sih.CodeCropOutside, "/filters:blur()/a.jpg": sih.CodeCannotParseEdits, "/filters:quality(x)/a.jpg": sih.CodeCannotParseEdits,
		"/filters:fill(nocolour)/a.jpg": sih.CodeCannotParseEdits, "/filters:)/a.jpg": sih.CodeCannotParseEdits, "/filters:rgb(1)/a.jpg": sih.CodeCannotParseEdits,
		"/filters:smart_crop(x)/a.jpg": sih.CodeCannotParseEdits, "/filters:format(heic)/a.jpg": sih.CodeUnsupported,
		"/99999999999999999999x1/a.jpg": sih.CodeInvalidResize,
	} {
		_, err := read(t, dialect(), language.Asked{Path: path})
		var e *language.Error
		if !errors.As(err, &e) || e.Status != 400 || e.Code != code {
			t.Errorf("%s: %v, want 400 %s", path, err, code)
		}
	}
}

func TestRewriteComesFirst(t *testing.T) {
	d := dialect()
	var err error
	if d.Config.Rewrite, err = sih.NewRewrite(`/^\/old\/(\d+)/`, "/$1x0"); err != nil {
		t.Fatal(err)
	}
	r, err := read(t, d, language.Asked{Path: "/old/30/a.bmp"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := canonical(t, r), `{"key":"a.bmp","edits":{"autoOrient":false,"resize":{"decoderRounding":true,"fit":"inside","width":30}},"outputFormat":"input"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever a path says, it is read, or refused as the client's mistake.
func FuzzRead(f *testing.F) {
	for _, path := range []string{"/fit-in/1x2:3x4/5x6/filters:quality(1):format(webp)/s3:others/a.jpg", "/filters:watermark(a,b,1,2,3,4,5)/a", "/filters:(()))/a", "/0x0/%E4%B8%AD.png"} {
		f.Add(path, "image/webp")
	}
	f.Fuzz(func(t *testing.T, path, width string) {
		r, err := read(t, dialect(), language.Asked{Path: path, Query: map[string]string{"width": width}})
		var mistake *language.Error
		if err != nil {
			if !errors.As(err, &mistake) || mistake.Status < 400 || mistake.Status > 499 {
				t.Fatalf("%q: %v", path, err)
			}
			return
		}
		payload, err := thumburl.Encode(r.Request)
		var wrong *thumburl.Error
		if errors.As(err, &wrong) {
			return // such as a key that no object can have: refused by its field
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := thumburl.Parse(payload); err != nil {
			t.Fatalf("%q: not canonical: %v", path, err)
		}
	})
}
