package aws_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go"

	"github.com/thumbfront/thumbfront/scripts/local/aws"
)

func credentials(id, secret string) sdk.CredentialsProvider {
	return sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
		return sdk.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestCreateInvalidation(t *testing.T) {
	var evicted []string
	may := true
	server := &aws.Server{
		Invalidations: &aws.Invalidations{Distribution: "EDIST", ARN: "arn:dist", Evict: func(paths []string) { evicted = append(evicted, paths...) }},
		May: func(id, action, resource string) bool {
			return may && id == keyID && action == "cloudfront:CreateInvalidation" && resource == "arn:dist"
		},
		OnUnknown: func(call string) { t.Errorf("unknown call %s", call) },
	}
	url := serve(t, server)
	client := cloudfront.New(cloudfront.Options{Region: "us-east-1", BaseEndpoint: &url, RetryMaxAttempts: 1, Credentials: credentials(keyID, keySecret)})
	answered := map[string]string{} // ids by caller reference
	create := func(id, reference string, paths ...string) error {
		out, err := client.CreateInvalidation(t.Context(), &cloudfront.CreateInvalidationInput{DistributionId: &id, InvalidationBatch: &types.InvalidationBatch{
			CallerReference: &reference, Paths: &types.Paths{Items: paths, Quantity: sdk.Int32(int32(len(paths)))}}})
		if err == nil && (out.Invalidation == nil || sdk.ToString(out.Invalidation.Id) == "") {
			t.Errorf("answered %+v", out)
		}
		if err == nil && answered[reference] == "" {
			answered[reference] = *out.Invalidation.Id
		} else if err == nil && answered[reference] != *out.Invalidation.Id {
			t.Errorf("%s is %s, and was %s", reference, *out.Invalidation.Id, answered[reference])
		}
		return err
	}
	for range 2 { // a caller that repeats itself changes nothing
		if err := create("EDIST", "one", "/a*", "/1/a*"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(evicted, []string{"/a*", "/1/a*"}) {
		t.Errorf("evicted %q", evicted)
	}
	// Nor when there was another one in between.
	if err := errors.Join(create("EDIST", "other", "/c"), create("EDIST", "one", "/a*", "/1/a*")); err != nil {
		t.Fatal(err)
	}
	if err := create("EDIST", "one", "/b*"); code(err) != "InvalidArgument" {
		t.Errorf("another meaning of a reference: %v", err)
	}
	if err := create("EOTHER", "two", "/b*"); code(err) != "NoSuchDistribution" {
		t.Errorf("another distribution: %v", err)
	}
	if err := create("EDIST", "three", "/*/b"); code(err) != "InvalidArgument" {
		t.Errorf("a wildcard in the middle: %v", err)
	}
	var many []string
	for i := range 16 {
		many = append(many, "/"+strings.Repeat("x", i+1)+"*")
	}
	if err := create("EDIST", "four", many...); code(err) != "TooManyInvalidationsInProgress" {
		t.Errorf("16 wildcards: %v", err)
	}
	may = false
	if err := create("EDIST", "five", "/b*"); code(err) != "AccessDenied" {
		t.Errorf("without permission: %v", err)
	}
	if len(evicted) != 3 {
		t.Errorf("evicted %q", evicted)
	}
}
