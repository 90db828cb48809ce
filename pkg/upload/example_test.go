package upload_test

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/upload"
)

// A backend answers a browser, which then sends the file straight to S3.
func ExampleSigner_Put() {
	client := s3.New(s3.Options{
		Region: "eu-central-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "example"}, nil
		}),
	})
	signer := upload.Signer{Client: s3.NewPresignClient(client), Bucket: "originals", Expires: 5 * time.Minute}

	// Browsers that do not know HEIC give no type.
	request, err := signer.Put(context.Background(), upload.File{Name: "IMG 0042.HEIC", Size: 1156706})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(request.Method, path.Base(request.Key), request.Headers)

	_, err = signer.Put(context.Background(), upload.File{Name: "notes.txt", Size: 12, Type: "text/plain"})
	fmt.Println(err)
	// Output:
	// PUT IMG-0042.heic map[Content-Type:image/heic If-None-Match:*]
	// type: got "text/plain", want one of image/jpeg, image/png, image/webp, image/heic, image/heif, image/avif, image/gif, image/tiff
}
