package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// assembly is what one synth wrote.
type assembly struct {
	dir    string
	stacks map[string]template // by stack name
}

// template is a CloudFormation template as far as the tests look at it.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type                string
	Properties          map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
	DependsOn           []string
}

// ofType gives the resources of a type by their construct's path in one word:
// the logical ID without the hash.
func (t template) ofType(kind string) map[string]resource {
	found := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			found[withoutHash(id)] = r
		}
	}
	return found
}

var hash = regexp.MustCompile(`([a-z])[0-9A-F]{8}\b`)

func withoutHash(text string) string { return hash.ReplaceAllString(text, "$1") }

// text writes a value of a template on one line, with ${X} for a Ref and
// ${X.Y} for a GetAtt, and without hashes.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return withoutHash(v)
	case map[string]any:
		if id, ok := v["Ref"].(string); ok {
			return "${" + withoutHash(id) + "}"
		}
		if parts, ok := v["Fn::GetAtt"].([]any); ok {
			return "${" + text(parts[0]) + "." + text(parts[1]) + "}"
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, part := range join[1].([]any) {
				parts = append(parts, text(part))
			}
			return strings.Join(parts, join[0].(string))
		}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // it came from JSON
	}
	return withoutHash(string(encoded))
}

// at follows names and indices into a value of a template; nil is not there.
func at(value any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := value.(map[string]any)
			value = m[s]
		case int:
			l, _ := value.([]any)
			if s >= len(l) {
				return nil
			}
			value = l[s]
		}
	}
	return value
}

// packages makes stand-ins for what make package builds: ELF files of both
// architectures, and nothing in them.
func packages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for architecture, machine := range machines {
		for _, function := range []string{"thumbnail", "ingest", "upload"} {
			writeBootstrap(t, filepath.Join(dir, function+"-"+string(architecture)), machine, 0o755)
		}
	}
	return dir
}

func writeBootstrap(t *testing.T, dir string, machine elf.Machine, mode os.FileMode) {
	t.Helper()
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA], header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	var file bytes.Buffer
	if err := binary.Write(&file, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	file.WriteString(filepath.Base(dir)) // each function's asset is its own
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bootstrap"), file.Bytes(), mode); err != nil {
		t.Fatal(err)
	}
}

func synth(t *testing.T, context map[string]any) assembly {
	t.Helper()
	return synthWith(t, context, nil)
}

// synthWith lets prepare see the app before it is written.
func synthWith(t *testing.T, context map[string]any, prepare func(awscdk.App)) assembly {
	t.Helper()
	out, err := os.MkdirTemp(outputs(t), "")
	if err != nil {
		t.Fatal(err)
	}
	app, err := newApp(options{packages: packages(t), context: context, out: out})
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(app)
	}
	app.Synth(nil)
	a := assembly{dir: out, stacks: map[string]template{}}
	files, err := filepath.Glob(filepath.Join(out, "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var parsed template
		if err := json.Unmarshal(data, &parsed); err != nil {
			t.Fatal(err)
		}
		a.stacks[strings.TrimSuffix(filepath.Base(file), ".template.json")] = parsed
	}
	return a
}

// outputDir outlives single tests: they share assemblies.
var outputDir string

func outputs(t *testing.T) string {
	t.Helper()
	if outputDir == "" {
		t.Fatal("TestMain has not run")
	}
	return outputDir
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if outputDir, err = os.MkdirTemp("", "thumbfront-infra"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(outputDir)
		defer jsii.Close() // the CDK's process and its files
		return m.Run()
	}())
}

// everything is every part that is off by default, outside the global region.
var everything = map[string]any{
	"region": "eu-central-1", "account": "123456789012", "domainName": "img.example.com", "waf": "true", "wafRate": "500",
	"alarmEmail": "ops@example.com", "originShieldRegion": "eu-central-1", "reservedConcurrency": "20", "uploadAcceleration": "true", "entitiesTable": "pictures",
	"allowedBuckets": "others,more", "thumbnailDays": "90", "architecture": "x86_64", "priceClass": "PriceClass_100",
	"corsOrigins": "https://example.com", "uploadOrigins": "https://example.com", "access": "presets", "epoch": "7",
	"memoryMB": "2048", "timeoutSeconds": "25", "renderTimeoutSeconds": "15", "logRetentionDays": "60", "profile": "fast", "space": "gamma",
	"languages": "sih,native,imgproxy,thumbor", "imgproxySecret": "imgproxy/key", "imgproxy": `{"QUALITY":"77"}`, "sourcePrefixes": "https://img.example.com/photos/", "foreignTTLSeconds": "600", "faceDetection": "true", "autoWebP": "Yes", "sourceBuckets": "others,more",
	"enableSignature": "Yes", "secretsManager": "sih/signing", "secretKey": "key", "sharpSizeLimit": "1000000", "rewriteMatchPattern": "/^\\/old\\//", "rewriteSubstitution": "/",
}

// Tests look at the same few assemblies: each costs seconds.
var (
	byDefault      assembly
	byDefaultOnce  sync.Once
	withEverything assembly
	everythingOnce sync.Once
	imported       assembly
	importedOnce   sync.Once
)

func defaultStack(t *testing.T) template {
	t.Helper()
	byDefaultOnce.Do(func() { byDefault = synth(t, nil) })
	if len(byDefault.stacks) != 1 {
		t.Fatalf("got %d stacks, want one", len(byDefault.stacks))
	}
	return byDefault.stacks["thumbfront"]
}

func fullAssembly(t *testing.T) assembly {
	t.Helper()
	everythingOnce.Do(func() { withEverything = synth(t, everything) })
	return withEverything
}

// importedStack has originals that were there before.
func importedStack(t *testing.T) template {
	t.Helper()
	importedOnce.Do(func() {
		imported = synth(t, map[string]any{"originalsBucket": "photos", "originalsPrefixes": "thumbs/,avatars/", "dev": "true"})
	})
	return imported.stacks["thumbfront"]
}

func only(t *testing.T, resources map[string]resource) resource {
	t.Helper()
	if len(resources) != 1 {
		t.Fatalf("got %d resources, want one", len(resources))
	}
	for _, r := range resources {
		return r
	}
	panic("not reached")
}
