package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// secretLength in letters and digits: 43 hold 256 bits.
const secretLength = 43

// newSecret makes the signing secret. Secrets Manager draws it, so that no
// template and no asset ever holds it.
func newSecret(stack awscdk.Stack) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(stack, jsii.String("SigningSecret"), &awssecretsmanager.SecretProps{
		Description: jsii.String("signs the URLs of thumbnails; its previous version stays valid"),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			PasswordLength: jsii.Number(secretLength), ExcludePunctuation: jsii.Bool(true)},
	})
}
