package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/thumbfront/thumbfront/infra/settings"
)

func makesCertificate(s settings.Settings) bool { return s.DomainName != "" && s.CertificateARN == "" }

// newCertificate gives the certificate of the host name, or nil where that is
// CloudFront's own.
func newCertificate(stack awscdk.Stack, s settings.Settings) awscertificatemanager.ICertificate {
	switch {
	case s.DomainName == "":
		return nil
	case !makesCertificate(s):
		return awscertificatemanager.Certificate_FromCertificateArn(stack, jsii.String("Certificate"), &s.CertificateARN)
	}
	return awscertificatemanager.NewCertificate(stack, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
		DomainName: &s.DomainName, Validation: awscertificatemanager.CertificateValidation_FromDns(nil)})
}
