package sih

import (
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func (t *translation) flatten(name string, value any) error {
	if value == false {
		return nil
	}
	e := thumburl.Flatten{}
	if o, ok := value.(*Object); ok {
		r := members(name, o, "")
		if e.Background = r.background(); r.err != nil {
			return r.err
		}
	}
	t.add(e)
	return nil
}

func (t *translation) ensureAlpha(name string, value any) error {
	if value == nil {
		t.add(thumburl.EnsureAlpha{})
		return nil
	}
	alpha, ok := value.(float64)
	if !ok || alpha < 0 || alpha > 1 {
		return badEdit(name, value, "a number from 0 to 1")
	}
	t.add(thumburl.EnsureAlpha{Alpha: thumburl.Some(alpha)})
	return nil
}

func (t *translation) extractChannel(name string, value any) error {
	if n, ok := value.(float64); ok {
		if n != 0 && n != 1 && n != 2 && n != 3 {
			return badEdit(name, value, "a number from 0 to 3, or red, green, blue or alpha")
		}
		t.add(thumburl.ExtractChannel{Channel: thumburl.Channel(n)})
		return nil
	}
	channel, err := parseNamed(name, value, thumburl.ParseChannel)
	if err == nil {
		t.add(thumburl.ExtractChannel{Channel: channel})
	}
	return err
}

func (t *translation) bandbool(name string, value any) error {
	operator, err := parseNamed(name, value, thumburl.ParseBitwise)
	if err == nil {
		t.add(thumburl.Bandbool{Operator: operator})
	}
	return err
}

// joinChannel takes a file of the server in the original.
func (t *translation) joinChannel(name string, value any) error {
	return badEdit(name, value, "no such edit: it would read a file of the server")
}

// contentModeration is not done here, and its request is not answered as if it were.
func (t *translation) contentModeration(name string, value any) error {
	if _, ok := value.(*Object); ok || value == true || value == nil {
		return badEdit(name, value, "no such edit: pictures are not moderated here")
	}
	return nil
}
