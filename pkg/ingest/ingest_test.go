package ingest

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// picture is a PNG of one colour.
func picture(t *testing.T, width, height int, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var red, blue = color.NRGBA{200, 30, 40, 255}, color.NRGBA{20, 30, 200, 255}

const key = "uploads/a b+ü.png"

// As S3 writes the key into an event.
const eventKey = "uploads/a+b%2B%C3%BC.png"

func TestArrival(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(event("ObjectCreated:Put", eventKey, "0055"))
	e, ok := f.entity(key)
	if !ok {
		t.Fatalf("there is no entity among %s", f.keys())
	}
	want := Entity{Key: key, ETag: strings.Trim(etagOf(f.bucket.objects[key]), `"`), Bytes: len(f.bucket.objects[key]), Format: "png",
		Width: 60, Height: 40, Orientation: 1, Frames: 1, Color: "#c81e28", ThumbHash: e.ThumbHash, Uploaded: noon, Sequencer: "0055"}
	e.Alpha = false // of the channel, which a PNG of one colour may have or not
	if e != want || e.ThumbHash == "" {
		t.Errorf("got %+v\nwant %+v", e, want)
	}
	var presets []string
	for _, r := range []struct {
		preset  string
		variant thumburl.Format
	}{{"card", thumburl.AVIF}, {"card", thumburl.WebP}, {"card", thumburl.JPEG}, {"dot", thumburl.Source}} {
		payload, err := thumburl.Encode(thumburl.Request{Key: key, Preset: r.preset})
		if err != nil {
			t.Fatal(err)
		}
		presets = append(presets, thumburl.Path{Epoch: 1, Payload: payload, Variant: r.variant}.String())
	}
	if !slices.Equal(f.thumbnails.asked, presets) {
		t.Errorf("made were %q, want %q", f.thumbnails.asked, presets)
	}
	if len(f.later) != 0 || len(f.invalidated) != 0 {
		t.Errorf("a new picture is purged: %v, %v", f.later, f.invalidated)
	}
}

func TestTurnedPictureIsMeasuredUpright(t *testing.T) {
	for _, file := range []string{"quad-p3.jpg", "quad-p3.heic"} {
		f := start(t)
		body, err := os.ReadFile("../render/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		f.bucket.objects["uploads/a"] = body
		header, err := f.Ingester.Renderer.ReadHeader(body)
		if err != nil {
			t.Fatal(err)
		}
		f.well(event("ObjectCreated:Put", "uploads/a", "1"))
		e, _ := f.entity("uploads/a")
		width, height := header.Width, header.Height
		if header.Orientation >= 5 {
			width, height = height, width
		}
		if e.Width != width || e.Height != height || e.Orientation != max(1, header.Orientation) || e.Format != string(header.Kind) {
			t.Errorf("%s: %+v of %+v", file, e, header)
		}
	}
}

func TestWhatIsNoPictureIsQuarantined(t *testing.T) {
	whole := picture(t, 300, 300, red)
	noisy := noise(t, 300)
	for reason, body := range map[string][]byte{
		"SourceEmpty":       {},
		"SourceUnsupported": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"SourceTruncated":   noisy[:len(noisy)/2],
		"SourceTooLarge":    make([]byte, 2<<20), // bytes
		"SourceTooLarge ":   picture(t, 1100, 1100, red),
	} {
		f := start(t)
		f.bucket.objects[key] = whole
		f.well(event("ObjectCreated:Put", eventKey, "1"))
		f.bucket.objects[key] = body
		f.well(event("ObjectCreated:Put", eventKey, "2"))
		if got := f.keys(); got != "quarantine/"+key || f.bucket.reasons[key] != strings.TrimSpace(reason) {
			t.Errorf("%s: left are %s, for the reason %q", reason, got, f.bucket.reasons[key])
		}
		if f.stored(key) != 0 || len(f.invalidated) != 1 || len(f.later) != 1 {
			t.Errorf("%s: %d thumbnails, %v, %v", reason, f.stored(key), f.invalidated, f.later)
		}
	}
}

// noise is a JPEG of many bytes.
func noise(t *testing.T, side int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	m := image.NewGray(image.Rect(0, 0, side, side))
	for i := range m.Pix {
		m.Pix[i] = byte(random.Uint32())
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDeletedOriginalLeavesNothing(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.bucket.objects["uploads/a"] = picture(t, 60, 40, blue)
	f.well(event("ObjectCreated:Put", eventKey, "1"), event("ObjectCreated:Put", "uploads/a", "2"))
	delete(f.bucket.objects, key)
	f.well(event("ObjectRemoved:Delete", eventKey, "3"))
	if f.stored(key) != 0 || f.keys() != "entities/uploads/a.json uploads/a" || f.stored("uploads/a") != 4 {
		t.Errorf("left are %s, %d thumbnails, and %d of another", f.keys(), f.stored(key), f.stored("uploads/a"))
	}
	if len(f.invalidated) != 1 || len(f.invalidated[0]) != 2 || len(f.later) != 1 {
		t.Fatalf("invalidated %v, later %v", f.invalidated, f.later)
	}
	// A render that was under way has stored it again.
	f.thumbnails.keys[f.thumbnails.asked[0]] = noon
	f.well(f.later[0])
	if f.stored(key) != 0 || len(f.invalidated) != 2 || len(f.later) != 1 || f.stored("uploads/a") != 4 {
		t.Errorf("after the second purge: %d thumbnails, invalidated %v, later %v", f.stored(key), f.invalidated, f.later)
	}
}

func TestOverwrittenOriginal(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	f.bucket.objects[key] = picture(t, 20, 90, blue)
	f.thumbnails.now = noon.Add(time.Hour)
	f.well(event("ObjectCreated:Put", eventKey, "2"))
	if e, _ := f.entity(key); e.Width != 20 || e.Height != 90 || e.Color != "#141ec8" {
		t.Errorf("%+v", e)
	}
	for stored, at := range f.thumbnails.keys {
		if !at.Equal(f.thumbnails.now) {
			t.Errorf("%s is the old picture's", stored)
		}
	}
	if f.stored(key) != 4 || len(f.invalidated) != 1 || len(f.later) != 1 {
		t.Fatalf("%d thumbnails, invalidated %v, later %v", f.stored(key), f.invalidated, f.later)
	}
	// The second purge cannot tell whose a thumbnail is, and has the presets made again.
	f.thumbnails.now = noon.Add(2 * time.Hour)
	f.well(f.later[0])
	if f.stored(key) != 4 || len(f.invalidated) != 2 {
		t.Errorf("%d thumbnails, invalidated %v", f.stored(key), f.invalidated)
	}
}

// Before there was an ingest, nobody recorded what a key held: what was rendered
// before its object was written cannot be of it.
func TestOverwrittenBeforeItWasKnown(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	payload, _ := thumburl.Encode(thumburl.Request{Key: key, OutputFormat: thumburl.JPEG})
	f.thumbnails.keys["1/"+payload] = noon.Add(-time.Second)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	if _, still := f.thumbnails.keys["1/"+payload]; still || len(f.invalidated) != 1 || len(f.later) != 1 {
		t.Errorf("still there: %v, invalidated %v, later %v", still, f.invalidated, f.later)
	}
}

// Two uploads in a row: when the event of the first is looked at, the second is there
// already. A render of the first may be under way all the same, and is purged again.
func TestOverwrittenBeforeItWasLookedAt(t *testing.T) {
	for name, bodies := range map[string][]string{
		"in order":     {created("1", "first"), created("2", "second")},
		"out of order": {created("2", "second"), created("1", "first")},
	} {
		f := start(t)
		f.bucket.objects[key] = picture(t, 60, 40, red)
		second := strings.Trim(etagOf(f.bucket.objects[key]), `"`)
		for i := range bodies {
			bodies[i] = strings.Replace(bodies[i], "second", second, 1)
		}
		f.well(bodies...)
		if len(f.later) != 1 || !strings.Contains(f.later[0], key) {
			t.Errorf("%s: put off are %v", name, f.later)
		}
	}
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(created("1", strings.Trim(etagOf(f.bucket.objects[key]), `"`)))
	if len(f.later) != 0 {
		t.Errorf("a first arrival is purged again: %v", f.later)
	}
}

// make torture killed the process while it made the presets of a picture that had
// overwritten another: the entity was written already, the message that came again found
// nothing stale, and the CDN was never told. By then the second purge has to be put off.
func TestProcessThatEndsBehindAnOverwrittenPicture(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	f.bucket.objects[key] = picture(t, 20, 90, blue)
	f.thumbnails.now = noon.Add(time.Hour)
	overwritten := event("ObjectCreated:Put", eventKey, "2")
	presets := f.Ingester.Warmer.Handler
	f.Ingester.Warmer.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the process ends") })
	func() {
		defer func() { _ = recover() }()
		f.handle(overwritten)
		t.Error("the process did not end")
	}()
	f.Ingester.Warmer.Handler = presets
	f.well(overwritten)
	if len(f.later) != 1 {
		t.Fatalf("put off are %v", f.later)
	}
	f.well(f.later[0])
	if len(f.invalidated) != 1 {
		t.Errorf("invalidated %v", f.invalidated)
	}
}

// A second purge that can't be put off is no reason to write down that the picture was seen:
// the message that comes again has to find it overwritten.
func TestOverwrittenPictureWhosePurgeCannotBePutOff(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	f.bucket.objects[key] = picture(t, 20, 90, blue)
	overwritten := event("ObjectCreated:Put", eventKey, "2")
	later := f.Later
	f.Later = func(context.Context, string) error { return errors.New("the queue can't be reached") }
	if failed := f.handle(overwritten); len(failed) != 1 {
		t.Errorf("failed are %v", failed)
	}
	f.Later = later
	f.well(overwritten)
	if e, _ := f.entity(key); e.Width != 20 || len(f.later) != 1 || len(f.invalidated) != 1 {
		t.Errorf("%+v, later %v, invalidated %v", e, f.later, f.invalidated)
	}
}

// created is an event that names what arrived.
func created(sequencer, etag string) string {
	return strings.Replace(event("ObjectCreated:Put", eventKey, sequencer), `"sequencer"`, `"eTag":"`+etag+`","sequencer"`, 1)
}

func TestEventsAgainAndOutOfOrder(t *testing.T) {
	f := start(t)
	created, overwritten := event("ObjectCreated:Put", eventKey, "0055"), event("ObjectCreated:Put", eventKey, "00556")
	f.bucket.objects[key] = picture(t, 20, 90, blue)
	f.well(overwritten)
	after := f.keys()
	asked := len(f.thumbnails.asked)
	f.well(created, overwritten, created, event("ObjectRemoved:Delete", eventKey, "0054"))
	if e, _ := f.entity(key); e.Sequencer != "00556" || f.keys() != after || len(f.thumbnails.asked) != asked || len(f.later) != 0 || len(f.invalidated) != 0 {
		t.Errorf("%+v, %s, made %q, later %v", e, f.keys(), f.thumbnails.asked[asked:], f.later)
	}
	// The deletion of an earlier object of the key comes late, and this one is there.
	f.well(event("ObjectRemoved:Delete", eventKey, "00557"))
	if e, ok := f.entity(key); !ok || e.Sequencer != "00557" || f.stored(key) != 4 {
		t.Errorf("%+v, %d thumbnails", e, f.stored(key))
	}
	// The last event of a deleted object was its creation, for all we know.
	delete(f.bucket.objects, key)
	f.well(event("ObjectCreated:Put", eventKey, "00558"))
	if f.keys() != "" || f.stored(key) != 0 {
		t.Errorf("left are %q, %d thumbnails", f.keys(), f.stored(key))
	}
}

// A replay has no sequencer: it takes over the one that is known.
func TestReplay(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	message, err := ReplayMessage(bucketName, key)
	if err != nil {
		t.Fatal(err)
	}
	f.well(message)
	if e, ok := f.entity(key); !ok || e.Sequencer != "" {
		t.Errorf("%+v", e)
	}
	f.well(event("ObjectCreated:Put", eventKey, "5"))
	f.bucket.objects[key] = picture(t, 61, 40, red) // its event was lost
	f.well(message)
	if e, _ := f.entity(key); e.Width != 61 || e.Sequencer != "5" {
		t.Errorf("%+v", e)
	}
	delete(f.bucket.objects, key)
	f.well(message)
	if f.keys() != "" {
		t.Errorf("left are %q", f.keys())
	}
}

// Another look, a little faster, writes its entity while this one decodes.
func TestLookThatLostARaceIsTakenAgain(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.bucket.beforeWrite = func() { f.bucket.objects[storage.EntityKey(key)] = []byte(`{"key":"x","sequencer":"9"}`) }
	if failed := f.handle(event("ObjectCreated:Put", eventKey, "5")); !slices.Equal(failed, []int{0}) {
		t.Errorf("failed are %v", failed)
	}
	f.well(event("ObjectCreated:Put", eventKey, "5"))
	if e, _ := f.entity(key); e.Sequencer != "9" {
		t.Errorf("the later look's entity is lost: %+v", e)
	}
}

func TestOneOfABatchFails(t *testing.T) {
	f := start(t)
	f.bucket.objects["uploads/a"] = picture(t, 60, 40, red)
	failed := f.handle("no JSON", event("ObjectCreated:Put", "uploads/a", "1"), `{"Records":[]}`, `{"Service":"Amazon S3","Event":"s3:TestEvent"}`,
		event("ReducedRedundancyLostObject", "uploads/a", "1"), event("ObjectCreated:Put", "uploads/%zz", "1"), event("ObjectCreated:Put", "", "1"))
	if !slices.Equal(failed, []int{0, 2, 4, 5, 6}) {
		t.Errorf("failed are %v", failed)
	}
	if _, ok := f.entity("uploads/a"); !ok {
		t.Error("the good one of the batch is lost")
	}
}

// What is of another place never starts the function again.
func TestOtherPlacesAreIgnored(t *testing.T) {
	f := start(t)
	for _, other := range []string{"entities/uploads/a.json", "quarantine/uploads/a", "a", "uploads/folder/", "uploads/" + strings.Repeat("a", 1000)} {
		f.bucket.objects[other] = []byte("x")
		before := f.keys()
		f.well(event("ObjectCreated:Put", other, "1"))
		if f.keys() != before {
			t.Errorf("%s: %s", other, f.keys())
		}
	}
	f.well(`{"Records":[{"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"theirs"},"object":{"key":"uploads/a"}}}]}`)
	if len(f.later) != 0 {
		t.Errorf("later %v", f.later)
	}
}

// One invalidation for all of a batch; where it fails, all that needed it come again.
func TestInvalidationIsBatched(t *testing.T) {
	f := start(t)
	f.bucket.objects["uploads/new"] = picture(t, 9, 9, red)
	f.failing = errors.New("too many invalidations in progress")
	batch := []string{event("ObjectRemoved:Delete", "uploads/a", "1"), event("ObjectCreated:Put", "uploads/new", "1"), event("ObjectRemoved:Delete", "uploads/b", "1")}
	if failed := f.handle(batch...); !slices.Equal(failed, []int{0, 2}) || len(f.invalidated) != 1 || len(f.invalidated[0]) != 4 {
		t.Errorf("failed are %v, invalidated %v", failed, f.invalidated)
	}
	f.failing = nil
	f.well(batch...)
	if len(f.invalidated) != 2 || len(f.later) != 2 || !strings.Contains(f.later[1], "uploads/a") || !strings.Contains(f.later[1], "uploads/b") {
		t.Errorf("invalidated %v, later %v", f.invalidated, f.later)
	}
}

// A logo that is gone is seen in no picture that it was laid on, also where the CDN
// could not be told at once: the message that comes again tells it.
func TestWhatADeletedOverlayIsSeenInIsForgotten(t *testing.T) {
	f := start(t)
	payload, err := thumburl.Encode(thumburl.Request{Key: "uploads/beach.jpg", Edits: thumburl.Edits{
		thumburl.Watermark{Original: thumburl.Original{Key: "uploads/logo.png"}}}})
	if err != nil {
		t.Fatal(err)
	}
	f.thumbnails.keys["1/"+payload] = noon
	f.thumbnails.marks = map[string][]string{"ours/uploads/logo.png": {"1/" + payload}}
	f.failing = errors.New("too many invalidations in progress")
	removed := event("ObjectRemoved:Delete", "uploads/logo.png", "1")
	if failed := f.handle(removed); len(failed) != 1 || len(f.thumbnails.keys) != 0 {
		t.Errorf("failed are %v, %v is left", failed, f.thumbnails.keys)
	}
	f.failing = nil
	f.well(removed)
	if last := f.invalidated[len(f.invalidated)-1]; !slices.Contains(last, "/"+payload+"*") || !slices.Contains(last, "/1/"+payload+"*") {
		t.Errorf("invalidated %v", f.invalidated)
	}
}

// S3 does not tell a caller without permission whether there is an object: that is
// no reason to forget it.
func TestRefusalIsNoDeletion(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	f.bucket.err = errors.Join(storage.ErrNotFound, storage.ErrRefused)
	if failed := f.handle(event("ObjectCreated:Put", eventKey, "2")); len(failed) != 1 {
		t.Error("a refusal is a success")
	}
	if _, ok := f.entity(key); !ok || f.stored(key) != 4 {
		t.Errorf("forgotten: %s, %d thumbnails", f.keys(), f.stored(key))
	}
}

// The first viewer has rendered a preset already.
func TestOnlyMissingPresetsAreMade(t *testing.T) {
	f := start(t)
	f.bucket.objects[key] = picture(t, 60, 40, red)
	payload, _ := thumburl.Encode(thumburl.Request{Key: key, Preset: "card"})
	f.thumbnails.keys["1/"+payload+"/webp"] = noon.Add(time.Second)
	f.well(event("ObjectCreated:Put", eventKey, "1"))
	if len(f.thumbnails.asked) != 3 || slices.Contains(f.thumbnails.asked, "1/"+payload+"/webp") {
		t.Errorf("made were %q", f.thumbnails.asked)
	}
}

// A picture that cannot be made is no failure of its arrival.
func TestWarmingMayFail(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"aborted":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		f := start(t)
		f.Ingester.Warmer.Handler = handler
		f.bucket.objects[key] = picture(t, 60, 40, red)
		f.well(event("ObjectCreated:Put", eventKey, "1"))
		if _, ok := f.entity(key); !ok {
			t.Errorf("%s: no entity", name)
		}
	}
}

// A batch that ran out of time would come again as a whole.
func TestNothingIsBegunThatMightNotEnd(t *testing.T) {
	f := start(t)
	f.Ingester.RenderTimeout, f.Ingester.Warmer.RenderTimeout = 20*time.Second, 20*time.Second
	f.bucket.objects["uploads/a"], f.bucket.objects["uploads/b"] = picture(t, 9, 9, red), picture(t, 9, 9, red)
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	response, err := f.Handle(ctx, events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "first", Body: event("ObjectCreated:Put", "uploads/a", "1")}, {MessageId: "second", Body: event("ObjectCreated:Put", "uploads/b", "1")}}})
	if err != nil || len(response.BatchItemFailures) != 1 || response.BatchItemFailures[0].ItemIdentifier != "second" {
		t.Errorf("failed are %v, %v", response.BatchItemFailures, err)
	}
	if _, ok := f.entity("uploads/a"); !ok || len(f.thumbnails.asked) != 0 {
		t.Errorf("the first has an entity: %v; made were %q", ok, f.thumbnails.asked)
	}
}

func TestCompareSequencers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "01", -1}, {"0055AED6DCD90281E5", "0055AED6DCD90281E6", -1}, {"0055", "00550", 0},
		{"0055", "00551", -1}, {"0056", "00551", 1}, {"00ab", "00AB", 0},
	} {
		if got := compareSequencers(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d", c.a, c.b, got)
		}
		if got := compareSequencers(c.b, c.a); got != -c.want {
			t.Errorf("%q and %q: %d", c.b, c.a, got)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(event("ObjectCreated:Put", eventKey, "1"))
	f.Add(`{"purge":[{"bucket":"b","key":"k"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		changes, _, err := parseMessage(body)
		for _, c := range changes {
			if err == nil && (c.Key == "" || c.Bucket == "") {
				t.Errorf("%s: %+v", body, c)
			}
		}
	})
}
