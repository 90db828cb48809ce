package sih

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/pkg/language"
)

// What each edit becomes, by its value: its canonical JSON, nothing, or its mistake,
// which is what stands before ", want" in it.
var editsBecome = []struct{ name, value, canonical string }{
	{"affine", `[1,0,0.5,1]`, `"affine":{"matrix":[1,0,0.5,1]}`},
	{"affine", `[[1,0],[0.5,1]]`, `"affine":{"matrix":[1,0,0.5,1]}`},
	{"affine", `[1,0,0]`, `edits.affine: got a list of 3`},
	{"affine", `[1,"a",0,1]`, `edits.affine: got a list of 4`},
	{"affine", `true`, `edits.affine: got true`},
	{"animated", `true`, ``},
	{"animated", `false`, `"animated":false`},
	{"animated", `0`, `"animated":false`},
	{"avif", `{"quality":50,"lossless":true,"effort":9,"chromaSubsampling":"4:2:0"}`, `"avif":{"effort":9,"lossless":true,"quality":50} as avif`},
	{"avif", `true`, ` as avif`},
	{"avif", `{"quality":0}`, `edits.avif.quality: got 0`},
	{"avif", `{"force":false,"quality":50}`, `"avif":{"quality":50}`},
	{"avif", `{"effort":10}`, `edits.avif.effort: got 10`},
	{"bandbool", `"and"`, `"bandbool":"and"`},
	{"bandbool", `"eor"`, `"bandbool":"eor"`},
	{"bandbool", `"nand"`, `edits.bandbool: got "nand"`},
	{"bandbool", `1`, `edits.bandbool: got 1`},
	{"bandbool", `""`, `edits.bandbool: got ""`},
	{"blur", `true`, `"blur":true`},
	{"blur", `false`, ``},
	{"blur", `null`, `"blur":true`},
	{"blur", `5`, `"blur":5`},
	{"blur", `{"sigma":0.3}`, `"blur":0.3`},
	{"blur", `0.2`, `edits.blur.sigma: got 0.2`},
	{"blur", `{}`, `edits.blur.sigma: got null`},
	{"blur", `"5"`, `edits.blur: got "5"`},
	{"boolean", `{"bucket":"others","key":"b","operator":"or"}`, `"boolean":{"bucket":"others","key":"b","operator":"or"}`},
	{"boolean", `{"bucket":"secret","key":"b","operator":"or"}`, `ImageBucket::CannotAccessBucket: bucket: got "secret"`},
	{"boolean", `{"bucket":"ours","key":"b","operator":"xor"}`, `edits.boolean.operator: got "xor"`},
	{"boolean", `{"bucket":"ours","operator":"or"}`, `edits.boolean.key: got null`},
	{"boolean", `true`, `edits.boolean: got true`},
	{"clahe", `{"width":8,"height":9}`, `"clahe":{"height":9,"width":8}`},
	{"clahe", `{"width":8,"height":9,"maxSlope":0}`, `"clahe":{"height":9,"maxSlope":0,"width":8}`},
	{"clahe", `{"width":8}`, `edits.clahe: got an object`},
	{"clahe", `{"width":8,"height":0}`, `edits.clahe.height: got 0`},
	{"clahe", `{"width":8,"height":9,"maxSlope":101}`, `edits.clahe.maxSlope: got 101`},
	{"clahe", `3`, `edits.clahe: got 3`},
	{"contentModeration", `true`, `edits.contentModeration: got true`},
	{"contentModeration", `null`, `edits.contentModeration: got null`},
	{"contentModeration", `{}`, `edits.contentModeration: got an object`},
	{"contentModeration", `false`, ``},
	{"contentModeration", `1`, ``},
	{"convolve", `{"width":3,"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1]}`, `"convolve":{"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1],"width":3}`},
	{"convolve", `{"width":3,"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1],"scale":0,"offset":9}`, `"convolve":{"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1],"offset":9,"width":3}`},
	{"convolve", `{"width":3,"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1],"scale":2}`, `"convolve":{"height":3,"kernel":[1,2,1,0,0,0,-1,-2,-1],"scale":2,"width":3}`},
	{"convolve", `{"width":3,"height":3,"kernel":[1]}`, `edits.convolve: got an object`},
	{"convolve", `{"width":2,"height":3,"kernel":[1,2,3,4,5,6]}`, `edits.convolve.width: got 2`},
	{"convolve", `{"kernel":[]}`, `edits.convolve: got an object`},
	{"crop", `{"left":1,"top":2,"width":3,"height":4}`, `"crop":{"height":4,"left":1,"top":2,"width":3}`},
	{"crop", `{"left":1,"top":2,"width":0,"height":4}`, `Crop::AreaOutOfBounds: edits.crop: got 0`},
	{"crop", `{"left":-1,"top":2,"width":3,"height":4}`, `Crop::AreaOutOfBounds: edits.crop: got -1`},
	{"crop", `{"left":1,"top":2,"width":3}`, `Crop::AreaOutOfBounds: edits.crop: got null`},
	{"crop", `9`, `Crop::AreaOutOfBounds: edits.crop: got 9`},
	{"ensureAlpha", `null`, `"ensureAlpha":true`},
	{"ensureAlpha", `0.5`, `"ensureAlpha":0.5`},
	{"ensureAlpha", `1.5`, `edits.ensureAlpha: got 1.5`},
	{"ensureAlpha", `"1"`, `edits.ensureAlpha: got "1"`},
	{"ensureAlpha", `true`, `edits.ensureAlpha: got true`},
	{"extend", `7`, `"extend":{"bottom":7,"left":7,"right":7,"top":7}`},
	{"extend", `{"top":1,"left":2,"background":"red","extendWith":"mirror"}`, `"extend":{"background":"#ff0000","extendWith":"mirror","left":2,"top":1}`},
	{"extend", `0`, ``},
	{"extend", `{"top":-1}`, `edits.extend.top: got -1`},
	{"extend", `{"top":1,"extendWith":"tile"}`, `edits.extend.extendWith: got "tile"`},
	{"extend", `"7"`, `edits.extend: got "7"`},
	{"extract", `{"left":1,"top":2,"width":3,"height":4}`, `"extract":{"height":4,"left":1,"top":2,"width":3}`},
	{"extract", `{"left":1}`, `Crop::AreaOutOfBounds: edits.extract: got null`},
	{"extractChannel", `2`, `"extractChannel":"blue"`},
	{"extractChannel", `"alpha"`, `"extractChannel":"alpha"`},
	{"extractChannel", `4`, `edits.extractChannel: got 4`},
	{"extractChannel", `"violet"`, `edits.extractChannel: got "violet"`},
	{"extractChannel", `true`, `edits.extractChannel: got true`},
	{"flatten", `true`, `"flatten":true`},
	{"flatten", `false`, ``},
	{"flatten", `{"background":"#00ff00"}`, `"flatten":{"background":"#00ff00"}`},
	{"flatten", `{"background":"nocolour"}`, `edits.flatten.background: got "nocolour"`},
	{"flatten", `null`, `"flatten":true`},
	{"flip", `true`, `"flip":true`},
	{"flip", `false`, ``},
	{"flip", `null`, `"flip":true`},
	{"flip", `0`, `"flip":true`},
	{"flop", `true`, `"flop":true`},
	{"flop", `false`, ``},
	{"gamma", `null`, `"gamma":true`},
	{"gamma", `2.2`, `"gamma":true`},
	{"gamma", `0.9`, `edits.gamma: got 0.9`},
	{"gamma", `3.1`, `edits.gamma: got 3.1`},
	{"gamma", `true`, `edits.gamma: got true`},
	{"gif", `{"colors":16,"effort":3,"dither":0.5,"delay":[100,200],"loop":2}`, `"gif":{"colours":16,"delay":[100,200],"dither":0.5,"effort":3,"loop":2} as gif`},
	{"gif", `{"delay":70}`, `"gif":{"delay":70} as gif`},
	{"gif", `{"delay":[]}`, `edits.gif.delay: got a list of 0`},
	{"gif", `{"delay":[1.5]}`, `edits.gif.delay: got a list of 1`},
	{"gif", `{"colours":1}`, `edits.gif.colours: got 1`},
	{"gif", `true`, ` as gif`},
	{"grayscale", `true`, `"grayscale":true`},
	{"grayscale", `false`, ``},
	{"greyscale", `true`, `"grayscale":true`},
	{"greyscale", `false`, ``},
	{"heif", `{"compression":"av1","quality":40}`, `"avif":{"quality":40} as avif`},
	{"heif", `{"compression":"hevc"}`, `edits.heif: got an object`},
	{"heif", `true`, `edits.heif: got true`},
	{"joinChannel", `"/etc/passwd"`, `edits.joinChannel: got "/etc/passwd"`},
	{"jpeg", `{"quality":80,"progressive":false,"chromaSubsampling":"4:4:4"}`, `"jpeg":{"chromaSubsampling":"4:4:4","progressive":false,"quality":80} as jpeg`},
	{"jpeg", `{"progressive":true}`, ` as jpeg`},
	{"jpeg", `{"quality":101}`, `edits.jpeg.quality: got 101`},
	{"jpeg", `{"quality":80,"force":false}`, `"jpeg":{"quality":80}`},
	{"jpeg", `{"chromaSubsampling":"4:1:1"}`, `edits.jpeg.chromaSubsampling: got "4:1:1"`},
	{"jpeg", `{"quality":"80"}`, `edits.jpeg.quality: got "80"`},
	{"linear", `2`, `"linear":{"a":2}`},
	{"linear", `1`, ``},
	{"linear", `-1000`, `"linear":{"a":-1000}`},
	{"linear", `1001`, `edits.linear: got 1001`},
	{"linear", `[1,2]`, `edits.linear: got a list of 2`},
	{"median", `null`, `"median":true`},
	{"median", `5`, `"median":5`},
	{"median", `51`, `"median":51`},
	{"median", `52`, `edits.median: got 52`},
	{"median", `2.5`, `edits.median: got 2.5`},
	{"median", `0`, `edits.median: got 0`},
	{"median", `true`, `edits.median: got true`},
	{"modulate", `{"brightness":2,"saturation":0.5,"hue":-90,"lightness":5}`, `"modulate":{"brightness":2,"hue":270,"lightness":5,"saturation":0.5}`},
	{"modulate", `{"brightness":1}`, ``},
	{"modulate", `{"hue":360}`, ``},
	{"modulate", `{"hue":1.5}`, `edits.modulate.hue: got 1.5`},
	{"modulate", `{"brightness":-1}`, `edits.modulate.brightness: got -1`},
	{"modulate", `2`, `edits.modulate: got 2`},
	{"negate", `true`, `"negate":true`},
	{"negate", `false`, ``},
	{"negate", `{"alpha":false}`, `"negate":{"alpha":false}`},
	{"negate", `{"alpha":true}`, `"negate":true`},
	{"negate", `{"alpha":1}`, `edits.negate.alpha: got 1`},
	{"negate", `null`, `"negate":true`},
	{"normalise", `true`, `"normalise":true`},
	{"normalise", `false`, `"normalise":true`},
	{"normalise", `{"lower":5,"upper":95}`, `"normalise":{"lower":5,"upper":95}`},
	{"normalise", `{"lower":100}`, `edits.normalise.lower: got 100`},
	{"normalize", `true`, `"normalise":true`},
	{"overlayWith", `{"bucket":"ours","key":"b"}`, `"overlayWith":{"key":"b"}`},
	{"overlayWith", `{"bucket":"ours","key":"b","alpha":0,"wRatio":"50","hRatio":100}`, `"overlayWith":{"hRatio":100,"key":"b","wRatio":50}`},
	{"overlayWith", `{"bucket":"ours","key":"b","wRatio":0}`, `edits.overlayWith.wRatio: got 0`},
	{"overlayWith", `{"bucket":"ours","key":"b","options":{"left":5}}`, `edits.overlayWith.options: got an object`},
	{"overlayWith", `{"bucket":"ours","key":"b","options":{"gravity":"northwest","blend":"multiply","tile":true}}`, `"overlayWith":{"blend":"multiply","key":"b","position":"left top","tile":true}`},
	{"overlayWith", `{"bucket":"ours","key":"b","options":{"gravity":"attention"}}`, `edits.overlayWith.options.gravity: got "attention"`},
	{"overlayWith", `{"bucket":"ours","key":"b","options":{"left":"x","top":1}}`, `edits.overlayWith.options.left: got "x"`},
	{"overlayWith", `{"bucket":"ours","key":"b","options":{"left":"101p","top":1}}`, `edits.overlayWith.options.left: got "101p"`},
	{"overlayWith", `{"bucket":"secret","key":"b"}`, `ImageBucket::CannotAccessBucket: bucket: got "secret"`},
	{"overlayWith", `{"bucket":"ours","key":""}`, `edits.overlayWith.key: got ""`},
	{"overlayWith", `true`, `edits.overlayWith: got true`},
	{"pipelineColorspace", `"lab"`, `"pipelineColourspace":"lab"`},
	{"pipelineColourspace", `"rgb16"`, `"pipelineColourspace":"rgb16"`},
	{"pipelineColourspace", `"srgb"`, ``},
	{"pipelineColourspace", `"none"`, ``},
	{"pipelineColourspace", `5`, `edits.pipelineColourspace: got 5`},
	{"png", `{"quality":80,"palette":true,"dither":0,"compressionLevel":9,"progressive":true,"colours":16}`, `"png":{"colours":16,"compressionLevel":9,"dither":0,"palette":true,"progressive":true,"quality":80} as png`},
	{"png", `{"effort":11}`, `edits.png.effort: got 11`},
	{"png", `{}`, ` as png`},
	{"recomb", `[[1,0,0],[0,1,0],[0,0,1]]`, `"recomb":[[1,0,0],[0,1,0],[0,0,1]]`},
	{"recomb", `[[1,0],[0,1]]`, `edits.recomb: got a list of 2`},
	{"recomb", `true`, `edits.recomb: got true`},
	{"removeAlpha", `true`, `"removeAlpha":true`},
	{"removeAlpha", `false`, `"removeAlpha":true`},
	{"resize", `{"width":9,"height":8,"ratio":2}`, `"resize":{"decoderRounding":true,"fit":"inside","height":16,"width":18}`},
	{"resize", `{"width":9,"height":8,"ratio":2,"fit":"cover"}`, `"resize":{"decoderRounding":true,"height":16,"width":18}`},
	{"resize", `{"width":1,"height":1,"ratio":0.1}`, `InvalidResizeException: The image size is invalid: got width 1 height 1 ratio 0.1`},
	{"resize", `{"ratio":-1}`, `InvalidResizeException: The image size is invalid: got ratio -1`},
	{"resize", `{"fit":"inside"}`, ``},
	{"resize", `{"width":9,"fit":"fill"}`, `"resize":{"decoderRounding":true,"fit":"fill","keepSide":true,"width":9}`},
	{"resize", `{"width":9,"height":8,"position":16}`, `"resize":{"decoderRounding":true,"height":8,"position":"entropy","width":9}`},
	{"resize", `{"width":9,"height":8,"position":9}`, `edits.resize.position: got 9`},
	{"resize", `{"width":9,"height":8,"fit":"inside","position":"top"}`, `"resize":{"decoderRounding":true,"fit":"inside","height":8,"width":9}`},
	{"resize", `{"width":9,"kernel":"mks2013"}`, `"resize":{"decoderRounding":true,"kernel":"mitchell","width":9}`},
	{"resize", `{"width":9,"kernel":"nearest"}`, `"resize":{"decoderRounding":true,"kernel":"nearest","width":9}`},
	{"resize", `{"width":9,"kernel":"linea"}`, `edits.resize.kernel: got "linea"`},
	{"resize", `{"width":0}`, `InvalidResizeException: The image size is invalid: got width 0`},
	{"resize", `{"width":-5}`, `InvalidResizeException: The image size is invalid: got width -5`},
	{"resize", `{"width":"a"}`, `InvalidResizeException: The image size is invalid: got width "a"`},
	{"resize", `9`, `edits.resize: got 9`},
	{"rotate", `-90`, `"turnFrames":false,"rotate":270`},
	{"rotate", `360`, ``},
	{"rotate", `null`, `upright `},
	{"rotate", `30`, `"turnFrames":false,"rotate":30`},
	{"rotate", `"90"`, `edits.rotate: got "90"`},
	{"roundCrop", `true`, `"turnFrames":false,"roundCrop":true`},
	{"roundCrop", `{"rx":20,"ry":"30","left":5,"top":6}`, `"turnFrames":false,"roundCrop":{"left":5,"rx":20,"ry":30,"top":6}`},
	{"roundCrop", `{"rx":0.2}`, `edits.roundCrop.rx: got 0.2`},
	{"roundCrop", `null`, `edits.roundCrop: got null`},
	{"roundCrop", `1`, ``},
	{"sharpen", `true`, `"sharpen":true`},
	{"sharpen", `false`, ``},
	{"sharpen", `null`, `"sharpen":true`},
	{"sharpen", `2`, `"sharpen":2`},
	{"sharpen", `5000`, `"sharpen":10`},
	{"sharpen", `10001`, `edits.sharpen.sigma: got 10001`},
	{"sharpen", `{"sigma":2,"m1":0,"m2":3,"x1":2,"y2":10,"y3":20}`, `"sharpen":{"m1":0,"m2":3,"sigma":2}`},
	{"sharpen", `{"m1":1}`, `edits.sharpen.sigma: got null`},
	{"sharpen", `{"sigma":0}`, `edits.sharpen.sigma: got 0`},
	{"smartCrop", `true`, `"turnFrames":false,"smartCrop":true`},
	{"smartCrop", `{"faceIndex":2,"padding":10}`, `"turnFrames":false,"smartCrop":{"faceIndex":2,"padding":10}`},
	{"smartCrop", `false`, ``},
	{"smartCrop", `null`, `edits.smartCrop: got null`},
	{"smartCrop", `{"faceIndex":-1}`, `edits.smartCrop.faceIndex: got -1`},
	{"smartCrop", `{"padding":-1}`, `edits.smartCrop.padding: got -1`},
	{"stripExif", `true`, `upright `},
	{"stripExif", `false`, ``},
	{"stripIcc", `true`, `upright `},
	{"stripIcc", `1`, ``},
	{"threshold", `null`, `"threshold":true`},
	{"threshold", `true`, `"threshold":true`},
	{"threshold", `false`, ``},
	{"threshold", `0`, ``},
	{"threshold", `100`, `"threshold":100`},
	{"threshold", `256`, `edits.threshold: got 256`},
	{"threshold", `1.5`, `edits.threshold: got 1.5`},
	{"threshold", `"100"`, `edits.threshold: got "100"`},
	{"tiff", `{"quality":80,"compression":"lzw"}`, `"tiff":{"compression":"lzw"} as tiff`},
	{"tiff", `true`, `"tiff":{"compression":"jpeg"} as tiff`},
	{"tiff", `{"compression":"zip"}`, `edits.tiff.compression: got "zip"`},
	{"tint", `"#f00"`, `"tint":"#ff0000"`},
	{"tint", `{"r":1,"g":2,"b":3,"alpha":0.5}`, `"tint":"#010203"`},
	{"tint", `"nocolour"`, `edits.tint: got "nocolour"`},
	{"tint", `7`, `edits.tint: got 7`},
	{"toColorspace", `"b-w"`, `"toColourspace":"b-w"`},
	{"toColourspace", `"b-w"`, `"toColourspace":"b-w"`},
	{"toColourspace", `"srgb"`, ``},
	{"toColourspace", `"nonsense"`, ``},
	{"toColourspace", `true`, `edits.toColourspace: got true`},
	{"toFormat", `"webp"`, ` as webp`},
	{"toFormat", `""`, `UnsupportedOutputImageFormatException: edits.toFormat: got ""`},
	{"toFormat", `null`, `UnsupportedOutputImageFormatException: edits.toFormat: got null`},
	{"toFormat", `"nonsense"`, `UnsupportedOutputImageFormatException: edits.toFormat: got "nonsense"`},
	{"trim", `true`, `"trim":true`},
	{"trim", `false`, ``},
	{"trim", `null`, `"trim":true`},
	{"trim", `10`, `"trim":true`},
	{"trim", `256`, `edits.trim.threshold: got 256`},
	{"trim", `{"threshold":5,"background":"#fff","lineArt":true,"margin":3}`, `"trim":{"background":"#ffffff","lineArt":true,"margin":3,"threshold":5}`},
	{"trim", `{"margin":-1}`, `edits.trim.margin: got -1`},
	{"trim", `"10"`, `edits.trim: got "10"`},
	{"unflatten", `true`, `"unflatten":true`},
	{"unflatten", `false`, `"unflatten":true`},
	{"webp", `{"quality":80,"lossless":true,"nearLossless":true,"alphaQuality":0,"effort":6,"smartSubsample":true,"delay":100,"loop":0}`, `"webp":{"alphaQuality":0,"delay":100,"effort":6,"loop":0,"lossless":true,"nearLossless":true,"quality":80} as webp`},
	{"webp", `{"effort":7}`, `edits.webp.effort: got 7`},
	{"webp", `{"smartSubsample":1}`, `edits.webp.smartSubsample: got 1`},
}

// TestEditsBecomeCanonical has every edit that is known.
func TestEditsBecomeCanonical(t *testing.T) {
	tried := map[string]bool{}
	for _, e := range editsBecome {
		tried[e.name] = true
		if got := translated(t, e.name, e.value); got != e.canonical {
			t.Errorf("%s: %s\n got %s\nwant %s", e.name, e.value, got, e.canonical)
		}
	}
	for name := range translators {
		if !tried[name] {
			t.Errorf("no value of %s is tried", name)
		}
	}
}

// translated is the canonical JSON of one edit, less what the original does by itself.
func translated(t *testing.T, name, value string) string {
	t.Helper()
	r, err := read(t, dialect(), language.Asked{Path: pathOf(`{"key":"a","edits":{"` + name + `":` + value + `}}`)})
	if err != nil {
		mistake := &language.Error{}
		if !errors.As(err, &mistake) || mistake.Status/100 != 4 {
			t.Errorf("%s: %s: %v", name, value, err)
		}
		said, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), CodeCannotParseEdits+": "), ", want")
		return said
	}
	var request struct {
		Edits        json.RawMessage
		OutputFormat string
	}
	if err := json.Unmarshal([]byte(canonical(t, r)), &request); err != nil {
		t.Fatal(err)
	}
	edits := strings.TrimSuffix(strings.TrimPrefix(string(request.Edits), "{"), "}")
	edits, asStored := strings.CutPrefix(edits, `"autoOrient":false`)
	if edits = strings.TrimPrefix(edits, ","); !asStored {
		edits = "upright " + edits
	}
	if request.OutputFormat != "input" {
		edits += " as " + request.OutputFormat
	}
	return edits
}
