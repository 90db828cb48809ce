package thumburl

// FramesUnturned leaves out Rotate, RoundCrop and SmartCrop where the answer moves;
// "turnFrames":false in JSON. The Serverless Image Handler does so.
type FramesUnturned struct{}

func (FramesUnturned) name() string { return "turnFrames" }
func (*FramesUnturned) form() form  { return switchForm(false) }
