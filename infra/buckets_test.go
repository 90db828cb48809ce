package main

import "testing"

func TestUploads(t *testing.T) {
	for want, stack := range map[string]template{`["*"]`: defaultStack(t), `["https://example.com"]`: fullAssembly(t).stacks["thumbfront"]} {
		originals := stack.ofType("AWS::S3::Bucket")["Originals"]
		rule := at(originals.Properties, "CorsConfiguration", "CorsRules", 0)
		if got := text(at(rule, "AllowedOrigins")); got != want {
			t.Errorf("origins: got %s, want %s", got, want)
		}
		if got := text(at(rule, "ExposedHeaders")); got != `["ETag"]` {
			t.Errorf("exposed headers: got %s; a multipart upload of a browser needs the ETag", got)
		}
	}
	full := fullAssembly(t).stacks["thumbfront"].ofType("AWS::S3::Bucket")["Originals"]
	if got := at(full.Properties, "AccelerateConfiguration", "AccelerationStatus"); got != "Enabled" {
		t.Errorf("acceleration: got %v, want Enabled", got)
	}
}

func TestImportedOriginals(t *testing.T) {
	stack := importedStack(t)
	if _, ok := stack.ofType("AWS::S3::Bucket")["Originals"]; ok {
		t.Error("a bucket for originals is made beside the imported one")
	}
	variables := at(stack.ofType("AWS::Lambda::Function")["Thumbnail"].Properties, "Environment", "Variables")
	if at(variables, "ORIGINALS_BUCKET") != "photos" || at(variables, "ORIGINALS_PREFIXES") != "thumbs/,avatars/" {
		t.Errorf("got %s", text(variables))
	}
}
