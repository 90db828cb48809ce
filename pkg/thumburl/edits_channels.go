package thumburl

// Flatten lays the picture on a colour, where it has alpha.
type Flatten struct{ Background Color } // empty is black

func (Flatten) name() string  { return "flatten" }
func (e *Flatten) form() form { return orTrue(field{"background", colour(&e.Background, "#000000")}) }

// Unflatten makes white transparent.
type Unflatten struct{}

func (Unflatten) name() string { return "unflatten" }
func (*Unflatten) form() form  { return switchForm(true) }

// RemoveAlpha drops alpha; the colours below it show.
type RemoveAlpha struct{}

func (RemoveAlpha) name() string { return "removeAlpha" }
func (*RemoveAlpha) form() form  { return switchForm(true) }

// EnsureAlpha adds alpha where there is none.
type EnsureAlpha struct {
	Alpha Optional // 0, transparent, to 1; 1
}

func (EnsureAlpha) name() string { return "ensureAlpha" }

func (e *EnsureAlpha) form() form {
	return objectForm{bare: true, short: "alpha", fields: []field{{"alpha", optional(&e.Alpha, 0, 1, 1)}}}
}

// ExtractChannel makes one channel a grey picture. Alpha of a picture that has none
// is an error; green and blue of a grey one are the grey.
type ExtractChannel struct{ Channel Channel }

func (ExtractChannel) name() string { return "extractChannel" }
func (e *ExtractChannel) form() form {
	return always[Channel]{nameForm[Channel]{at: &e.Channel, names: channelNames}}
}

// Bandbool combines all channels, bit by bit, to a grey picture.
type Bandbool struct{ Operator Bitwise }

func (Bandbool) name() string { return "bandbool" }
func (e *Bandbool) form() form {
	return always[Bitwise]{nameForm[Bitwise]{at: &e.Operator, names: bitwiseNames}}
}

// always is a name that is written also where it is the first one.
type always[T ~uint8] struct{ nameForm[T] }

func (always[T]) isDefault() bool { return false }
