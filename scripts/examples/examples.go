package main

// example is one edit of a picture.
type example struct {
	edit   string // its name
	source string // its name among the book's sources
	edits  string // JSON; canonical
	format string // of the answer
}

// examples show each edit at least once, in the order of the README's table.
var examples = []example{
	{"resize", "scene", `{"resize":{"height":108,"width":108}}`, "webp"},
	{"resize", "scene", `{"resize":{"background":"#2d3748","fit":"contain","height":108,"width":108}}`, "webp"},
	{"resize", "scene", `{"resize":{"fit":"fill","height":108,"width":108}}`, "webp"},
	{"resize", "scene", `{"resize":{"height":108,"position":"left","width":72}}`, "webp"},
	{"resize", "scene", `{"resize":{"focus":[0.7,0.6],"height":108,"width":72}}`, "webp"},
	{"crop", "scene", `{"crop":{"height":72,"left":96,"top":48,"width":72}}`, "webp"},
	{"extract", "scene", `{"crop":{"height":96,"width":96},"extract":{"height":60,"left":12,"top":36,"width":60}}`, "webp"},
	{"cropTo", "scene", `{"cropTo":{"height":"75%","position":"right bottom","width":"50%"}}`, "webp"},
	{"smartCrop", "scene", `{"smartCrop":true}`, "webp"},
	{"roundCrop", "scene", `{"roundCrop":{"rx":80,"ry":60}}`, "webp"},
	{"trim", "framed", `{"trim":true}`, "webp"},
	{"extend", "scene", `{"extend":{"background":"#ecc94b","bottom":12,"left":12,"right":12,"top":12}}`, "webp"},
	{"extend", "scene", `{"extend":{"extendWith":"mirror","left":24,"right":24}}`, "webp"},
	{"canvas", "scene", `{"canvas":{"background":"#2d3748","height":168,"width":216}}`, "webp"},
	{"rotate", "scene", `{"rotate":90}`, "webp"},
	{"rotate", "scene", `{"rotate":{"angle":12,"background":"#ecc94b"}}`, "webp"},
	{"flip", "scene", `{"flip":true}`, "webp"},
	{"flop", "scene", `{"flop":true}`, "webp"},
	{"affine", "scene", `{"affine":{"background":"#2d3748","matrix":[1,0.3,0,1]}}`, "webp"},
	{"autoOrient", "lying", `{"autoOrient":false,"extend":{"background":"#ecc94b","top":18}}`, "webp"},
	{"grayscale", "scene", `{"grayscale":true}`, "webp"},
	{"tint", "scene", `{"tint":"#c05621"}`, "webp"},
	{"negate", "scene", `{"negate":true}`, "webp"},
	{"normalise", "dull", `{"normalise":true}`, "webp"},
	{"gamma", "scene", `{"gamma":{"gamma":1,"gammaOut":2}}`, "webp"},
	{"modulate", "scene", `{"modulate":{"hue":120,"saturation":1.5}}`, "webp"},
	{"linear", "scene", `{"linear":{"a":0.6,"b":80}}`, "webp"},
	{"recomb", "scene", `{"recomb":[[0.393,0.769,0.189],[0.349,0.686,0.168],[0.272,0.534,0.131]]}`, "webp"},
	{"threshold", "scene", `{"threshold":true}`, "webp"},
	{"toColourspace", "scene", `{"toColourspace":"b-w"}`, "webp"},
	{"pipelineColourspace", "scene", `{"pipelineColourspace":"b-w"}`, "webp"},
	{"blur", "scene", `{"blur":4}`, "webp"},
	{"sharpen", "scene", `{"sharpen":{"m2":20,"sigma":2}}`, "webp"},
	{"median", "scene", `{"median":9}`, "webp"},
	{"clahe", "dull", `{"clahe":{"height":48,"maxSlope":8,"width":48}}`, "webp"},
	{"convolve", "scene", `{"convolve":{"height":3,"kernel":[-1,-1,-1,-1,8,-1,-1,-1,-1],"width":3}}`, "webp"},
	{"pixelate", "scene", `{"pixelate":12}`, "webp"},
	{"flatten", "masked", `{"flatten":{"background":"#ecc94b"}}`, "webp"},
	{"unflatten", "framed", `{"unflatten":true}`, "webp"},
	{"removeAlpha", "masked", `{"removeAlpha":true}`, "webp"},
	{"ensureAlpha", "scene", `{"ensureAlpha":0.4}`, "webp"},
	{"extractChannel", "scene", `{"extractChannel":"blue"}`, "webp"},
	{"bandbool", "scene", `{"bandbool":"and"}`, "webp"},
	{"overlayWith", "scene", `{"overlayWith":{"alpha":20,"key":"logo.png","left":"-5%","top":"-5%","wRatio":30}}`, "webp"},
	{"watermark", "scene", `{"watermark":{"key":"logo.png","opacity":0.4,"replicate":true,"scale":0.2}}`, "webp"},
	{"boolean", "scene", `{"boolean":{"key":"turned","operator":"eor"}}`, "webp"},
	{"jpeg", "scene", `{"jpeg":{"quality":10}}`, "jpeg"},
	{"webp", "scene", `{"webp":{"quality":5}}`, "webp"},
	{"avif", "scene", `{"avif":{"quality":20}}`, "avif"},
	{"png", "scene", `{"png":{"colours":8}}`, "png"},
	{"gif", "moving", `{"gif":{"colours":16,"delay":400}}`, "gif"},
	{"tiff", "small", `{"tiff":{"compression":"lzw"}}`, "tiff"},
	{"animated", "moving", `{"animated":false}`, "webp"},
	{"turnFrames", "moving", `{"turnFrames":false,"rotate":90}`, "webp"},
	{"autoquality", "scene", `{"autoquality":40}`, "jpeg"},
	{"maxBytes", "scene", `{"maxBytes":2500}`, "jpeg"},
}
