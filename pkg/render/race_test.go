//go:build race

package render

// The race detector multiplies memory and time: what is measured under it says
// nothing.
func init() { raced = true }
