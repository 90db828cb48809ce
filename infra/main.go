// Command infra is the CDK app: it writes the CloudFormation templates of a
// deployment. `cdk synth`, `cdk diff` and `cdk deploy` run it, in this
// directory. Its settings are the CDK's context: see package settings.
package main

import (
	"fmt"
	"os"

	"github.com/aws/jsii-runtime-go"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	defer jsii.Close()
	app, err := newApp(options{packages: "../dist"})
	if err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}
