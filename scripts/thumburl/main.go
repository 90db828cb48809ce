// Command thumburl prints the signed path of a thumbnail, or with -decode the
// request inside a path.
//
//	go run ./scripts/thumburl -key uploads/photo.jpg -width 288 -height 264
//	go run ./scripts/thumburl -decode /eyJrZXkiOiJ1cGxvYWRzL3Bob3RvLmpwZyJ9
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func main() {
	if err := run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "thumburl:", err)
		}
		os.Exit(2)
	}
}

func run(args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("thumburl", flag.ContinueOnError)
	flags.SetOutput(stderr)
	secret := getenv("THUMBFRONT_SECRET")
	if secret == "" {
		secret = thumburl.DevelopmentSecret
	}
	var (
		r       thumburl.Request
		resize  thumburl.Resize
		edits   = flags.String("edits", "", "edits as JSON, such as `{\"rotate\":90}`; instead of the flags of resize")
		quality = flags.Int("quality", 0, "`quality` of JPEG, PNG, WebP or AVIF, 1 to 100")
		expires = flags.Duration("expires", 0, "the URL stops working after this `time`, rounded up to a whole UTC day; 0 is never")
		base    = flags.String("base", "", "`URL` to put in front, such as https://cdn.example.com")
		decode  = flags.String("decode", "", "print the JSON of the request inside this `path` or URL, and nothing else")
		noSign  = flags.Bool("unsigned", false, "print no signature")
	)
	flags.StringVar(&r.Key, "key", "", "S3 `key` of the original, in full")
	flags.StringVar(&r.Source, "source", "", "`URL` of an original on the web, instead of key and bucket")
	flags.StringVar(&r.Bucket, "bucket", "", "`bucket` of the original, if not the default one")
	flags.StringVar(&r.Preset, "preset", "", "`name` of a preset, instead of edits")
	flags.StringVar(&r.Version, "version", "", "`ETag` of the original, if known")
	flags.IntVar(&r.Effort, "effort", 0, "`effort` of the encoder, 1 to 6")
	flags.IntVar(&resize.Width, "width", 0, "`pixels`")
	flags.IntVar(&resize.Height, "height", 0, "`pixels`")
	fit := flags.String("fit", "", "cover, contain, fill, inside, outside or auto (default cover)")
	position := flags.String("position", "", "what cover keeps: centre, top, …, entropy, attention (default centre)")
	background := flags.String("background", "", "`#rrggbb[aa]` of contain's margins")
	flags.BoolVar(&resize.WithoutEnlargement, "without-enlargement", false, "never enlarge")
	format := flags.String("format", "auto", "auto, jpeg, png, webp, avif, gif, tiff or input; source keeps the original's")
	flags.StringVar(&secret, "secret", secret, "signing `secret`; THUMBFRONT_SECRET and then the development secret are the default")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got the argument %q, want flags alone; see -help", flags.Arg(0))
	}
	if *decode != "" {
		return printDecoded(stdout, *decode)
	}

	var err error
	if resize.Fit, err = thumburl.ParseFit(*fit); err != nil {
		return err
	}
	if resize.Position, err = thumburl.ParsePosition(*position); err != nil {
		return err
	}
	resize.Background = thumburl.Color(strings.ToLower(*background))
	formatGiven := false
	flags.Visit(func(f *flag.Flag) { formatGiven = formatGiven || f.Name == "format" })
	// A preset has a format of its own, which only an explicit one overrides.
	if *format != "source" && (r.Preset == "" || formatGiven) {
		if r.OutputFormat, err = thumburl.ParseFormat(*format); err != nil {
			return err
		}
	}
	if *edits != "" {
		parsed, err := thumburl.ParseJSON([]byte(`{"edits":` + *edits + `}`))
		if err != nil {
			return err
		}
		r.Edits = parsed.Edits
		if parsed.OutputFormat != thumburl.Source {
			if formatGiven && r.OutputFormat != parsed.OutputFormat {
				return errors.New("got -format and another toFormat in -edits, want one of them")
			}
			r.OutputFormat = parsed.OutputFormat
		}
	}
	if resize != (thumburl.Resize{}) {
		if *edits != "" {
			return errors.New("got -edits and flags of resize, want one of them")
		}
		r.Edits = thumburl.Edits{resize}
	}
	if *quality != 0 {
		if r.OutputFormat == thumburl.GIF || r.OutputFormat == thumburl.TIFF {
			return fmt.Errorf("-quality: got it with -format %s, want a format that has one", r.OutputFormat)
		}
		r.Edits = append(r.Edits, options(r.OutputFormat, *quality)...)
	}
	if *expires < 0 {
		return fmt.Errorf("-expires: got %s, want a time to come", *expires)
	}
	if *expires != 0 {
		r.Expires = time.Now().Add(*expires).Unix()
	}
	client := thumburl.Client{Base: *base}
	if !*noSign {
		client.Secret = []byte(secret)
	}
	url, err := client.URL(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, url)
	return err
}

// options say the quality to each format that the answer may have.
func options(format thumburl.Format, quality int) thumburl.Edits {
	switch format {
	case thumburl.JPEG:
		return thumburl.Edits{thumburl.JPEGOptions{Quality: quality}}
	case thumburl.PNG:
		return thumburl.Edits{thumburl.PNGOptions{Quality: quality}}
	case thumburl.WebP:
		return thumburl.Edits{thumburl.WebPOptions{Quality: quality}}
	case thumburl.AVIF:
		return thumburl.Edits{thumburl.AVIFOptions{Quality: quality}}
	}
	return thumburl.Edits{thumburl.JPEGOptions{Quality: quality}, thumburl.WebPOptions{Quality: quality}, thumburl.AVIFOptions{Quality: quality}}
}

// printDecoded finds the payload in a viewer's path, a stored path or a URL.
func printDecoded(stdout io.Writer, given string) error {
	payload := ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(path.Clean(given), "/"), "/") {
		if candidate, _, _ := strings.Cut(segment, "."); len(candidate) > len(payload) && !strings.Contains(segment, ":") {
			payload = candidate
		}
	}
	payload = thumburl.Normalize(payload)
	data, err := thumburl.Decode(payload)
	if err != nil {
		return err
	}
	if !json.Valid(data) {
		return errors.New("the payload is not JSON")
	}
	if _, err := fmt.Fprintln(stdout, string(data)); err != nil {
		return err
	}
	// The JSON is shown in any case; what is wrong with it is said beside.
	if _, err := thumburl.Parse(payload); err != nil {
		return fmt.Errorf("this request would be refused: %w", err)
	}
	return nil
}
