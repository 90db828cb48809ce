// Command testfunction is the bootstrap that the tests of package lambda run.
// Its path says what it does; where it must wait, it asks the test's own server
// at $CONTROL.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

func main() {
	if file := os.Getenv("BROKEN_WHILE_EXISTS"); file != "" {
		control("/start")
		if _, err := os.Stat(file); err == nil {
			fmt.Fprintln(os.Stderr, "init fails")
			os.Exit(3)
		}
	}
	if os.Getenv("IGNORES_SIGTERM") != "" {
		signal.Ignore(syscall.SIGTERM)
	}
	if os.Getenv("REPORTS_INIT_ERROR") != "" {
		_, err := http.Post(runtimeAPI("/init/error"), "application/json", strings.NewReader(`{"errorType":"Init.AsAsked","errorMessage":"no"}`))
		fmt.Println(err)
		select {}
	}
	if os.Getenv("HANGS_IN_INIT") != "" {
		control("/start")
		select {}
	}
	handle := lambdaurl.Wrap(mux())
	lambda.StartHandlerFunc(func(ctx context.Context, event *events.LambdaFunctionURLRequest) (io.Reader, error) {
		// What the library itself reports, and what lambdaurl can't send.
		switch event.RawPath {
		case "/panic":
			panic("as asked")
		case "/error":
			return nil, errors.New("as asked")
		case "/event":
			text, err := json.Marshal(event)
			return &events.LambdaFunctionURLStreamingResponse{Body: bytes.NewReader(text)}, err
		case "/trailer":
			return &events.LambdaFunctionURLStreamingResponse{Body: io.MultiReader(strings.NewReader("half"), failing{})}, nil
		case "/status":
			code, err := strconv.Atoi(event.RawQueryString)
			return &events.LambdaFunctionURLStreamingResponse{StatusCode: code}, err
		case "/buffered":
			return strings.NewReader(event.Body), nil
		}
		return handle(ctx, event)
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("as asked") }

func mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("/pid", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getpid())
	})
	mux.HandleFunc("/hold", func(w http.ResponseWriter, r *http.Request) {
		control("/hold?pid=" + strconv.Itoa(os.Getpid()))
		fmt.Fprint(w, os.Getpid())
		control("/held")
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2; Path=/")
		w.Header().Add("X-Twice", "1")
		w.Header().Add("X-Twice", "2")
		w.Header().Set("Content-Type", "text/teapot")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "short and stout")
	})
	mux.HandleFunc("/length", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.URL.RawQuery)
		fmt.Fprint(w, "12345")
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "first ")
		control("/hold?pid=" + strconv.Itoa(os.Getpid()))
		fmt.Fprint(w, "second")
	})
	mux.HandleFunc("/exit", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getpid(), " ")
		control("/hold?pid=" + strconv.Itoa(os.Getpid()))
		os.Exit(7)
	})
	mux.HandleFunc("/exit-before", func(w http.ResponseWriter, r *http.Request) {
		os.Exit(7)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.RawQuery)
		w.Header().Set("Content-Length", r.URL.RawQuery)
		block := bytes.Repeat([]byte{0, 1, 2, 0xff}, 16<<10)
		for ; n > 0; n -= len(block) {
			_, _ = w.Write(block[:min(n, len(block))])
		}
	})
	mux.HandleFunc("/log", func(w http.ResponseWriter, r *http.Request) {
		fmt.Print("one ")
		fmt.Fprintln(os.Stderr, "line")
		fmt.Print("no end")
		os.Exit(0)
	})
	mux.HandleFunc("/environment", func(w http.ResponseWriter, r *http.Request) {
		dir, _ := os.Getwd()
		_ = json.NewEncoder(w).Encode(append(os.Environ(), "cwd="+dir))
	})
	mux.HandleFunc("/next", func(w http.ResponseWriter, r *http.Request) {
		// Out of turn: the runtime's own loop has not answered yet.
		response, err := http.Get(runtimeAPI("/invocation/next"))
		fmt.Println(response, err)
	})
	mux.HandleFunc("/grandchild", func(w http.ResponseWriter, r *http.Request) {
		cmd := exec.Command("sleep", "300")
		if err := cmd.Start(); err != nil {
			fmt.Fprint(w, err)
			return
		}
		fmt.Fprint(w, cmd.Process.Pid)
	})
	return mux
}

func runtimeAPI(path string) string {
	return "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime" + path
}

// control asks the test's server and waits for its answer.
func control(path string) {
	response, err := http.Get(os.Getenv("CONTROL") + path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "control:", err)
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
