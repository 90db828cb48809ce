package upload

import "testing"

// A client that resolves dot segments on its way would ask for a key of somebody else.
func TestOwnerIsNotLeftByDotSegments(t *testing.T) {
	s := Signer{Owner: "users/42"}
	for _, key := range []string{"uploads/users/42/../43/a.jpg", "uploads/users/42/./a.jpg", "uploads/users/42/..", "uploads/users/42/a/../../43/b"} {
		if err := s.validateBelow(key); err == nil {
			t.Errorf("%s is below uploads/users/42/", key)
		}
	}
	for _, key := range []string{"uploads/users/42/a..b.jpg", "uploads/users/42/.../a", "uploads/users/42/a.jpg"} {
		if err := s.validateBelow(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}
