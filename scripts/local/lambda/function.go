package lambda

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultMemorySize  = 128
	defaultTimeout     = 3 * time.Second
	defaultInitTimeout = 10 * time.Second
	defaultConcurrency = 10
	defaultRegion      = "us-east-1"

	minMemorySize, maxMemorySize = 128, 10240
	maxTimeout                   = 15 * time.Minute

	// accountID is the one that AWS's documentation uses.
	accountID = "123456789012"
)

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Function is what runs, named after CloudFormation's AWS::Lambda::Function
// where that has a word for it.
type Function struct {
	// Name is told to the function and is part of its ARN: 1 to 64 letters,
	// digits, - and _. Required.
	Name string
	// Bootstrap is the path of the executable, a custom runtime such as
	// aws-lambda-go makes. Required.
	Bootstrap string
	// Environment is the function's variables. The process gets these and the
	// ones that Lambda defines, and nothing of this process's environment but
	// LD_LIBRARY_PATH where it is set. AWS_REGION (us-east-1 when absent) and
	// the credentials are given here as well; a name that Lambda reserves for
	// anything else is an error.
	Environment map[string]string
	// MemorySize is in MB, 128 to 10240, 128 when 0. The function is told it;
	// nothing enforces it.
	MemorySize int
	// Timeout is the longest an invocation may take, until the function asks
	// for the next one; then its environment is killed. 3 s when 0, at most
	// 15 minutes.
	Timeout time.Duration
	// ReservedConcurrentExecutions is the most environments at once; a request
	// over it is answered with 429. 10 when 0.
	ReservedConcurrentExecutions int
	// InitTimeout is the longest a new process may take until it asks for its
	// first invocation; 10 s when 0.
	InitTimeout time.Duration
}

// normalized fills in the defaults and reports all mistakes at once.
func (f Function) normalized() (Function, error) {
	var errs []error
	if !functionName.MatchString(f.Name) {
		errs = append(errs, fmt.Errorf("bad Name %q: want 1 to 64 letters, digits, - and _", f.Name))
	}
	if f.Bootstrap == "" {
		errs = append(errs, errors.New("bad Bootstrap: there is none"))
	} else if path, err := executable(f.Bootstrap); err != nil {
		errs = append(errs, fmt.Errorf("bad Bootstrap: %w", err))
	} else {
		f.Bootstrap = path
	}
	for _, name := range slices.Sorted(maps.Keys(f.Environment)) {
		if reserved(name) {
			errs = append(errs, fmt.Errorf("bad Environment: Lambda sets %s itself", name))
		}
	}
	f.Environment = maps.Clone(f.Environment)
	if f.MemorySize == 0 {
		f.MemorySize = defaultMemorySize
	}
	if f.MemorySize < minMemorySize || f.MemorySize > maxMemorySize {
		errs = append(errs, fmt.Errorf("bad MemorySize %d: want %d to %d MB", f.MemorySize, minMemorySize, maxMemorySize))
	}
	if f.Timeout == 0 {
		f.Timeout = defaultTimeout
	}
	if f.Timeout < 0 || f.Timeout > maxTimeout {
		errs = append(errs, fmt.Errorf("bad Timeout %v: want more than 0 and at most %v", f.Timeout, maxTimeout))
	}
	if f.ReservedConcurrentExecutions == 0 {
		f.ReservedConcurrentExecutions = defaultConcurrency
	}
	if f.ReservedConcurrentExecutions < 0 {
		errs = append(errs, fmt.Errorf("bad ReservedConcurrentExecutions %d: want 0 or more", f.ReservedConcurrentExecutions))
	}
	if f.InitTimeout == 0 {
		f.InitTimeout = defaultInitTimeout
	}
	if f.InitTimeout < 0 {
		errs = append(errs, fmt.Errorf("bad InitTimeout %v: want more than 0", f.InitTimeout))
	}
	return f, errors.Join(errs...)
}

// executable makes the path absolute, since the process gets a directory of
// its own.
func executable(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return "", fmt.Errorf("%s is not an executable file", path)
	}
	return path, nil
}

func reserved(name string) bool {
	switch name {
	case "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "AWS_DEFAULT_REGION", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR":
		return true
	}
	return strings.HasPrefix(name, "AWS_LAMBDA_")
}

func (f Function) region() string {
	if region := f.Environment["AWS_REGION"]; region != "" {
		return region
	}
	return defaultRegion
}

func (f Function) arn() string {
	return "arn:aws:lambda:" + f.region() + ":" + accountID + ":function:" + f.Name
}

// variables are the environment of one process, in the form of os.Environ.
// dir is its private directory.
func (f Function) variables(runtimeAPI, dir, logStream string) []string {
	// A function's own variables may replace these.
	variables := map[string]string{
		"LANG":   "en_US.UTF-8",
		"PATH":   "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"TMPDIR": dir,
		"TZ":     ":UTC",
	}
	if path, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		variables["LD_LIBRARY_PATH"] = path
	}
	maps.Copy(variables, f.Environment)
	maps.Copy(variables, map[string]string{
		"_HANDLER":                        "bootstrap",
		"AWS_DEFAULT_REGION":              f.region(),
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemorySize),
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      logStream,
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_REGION":                      f.region(),
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"LAMBDA_TASK_ROOT":                filepath.Dir(f.Bootstrap),
	})
	list := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list
}
