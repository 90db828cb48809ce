package thumbnail

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"github.com/thumbfront/thumbfront/pkg/render"
)

// FaceDetector is the one call of Amazon Rekognition that faces are found by.
type FaceDetector interface {
	DetectFaces(ctx context.Context, in *rekognition.DetectFacesInput, options ...func(*rekognition.Options)) (*rekognition.DetectFacesOutput, error)
}

// FacesBy finds the faces in a JPEG, the surest first, as Rekognition gives them.
func FacesBy(detector FaceDetector) func(ctx context.Context, jpeg []byte) ([]render.Face, error) {
	return func(ctx context.Context, jpeg []byte) ([]render.Face, error) {
		out, err := detector.DetectFaces(ctx, &rekognition.DetectFacesInput{Image: &types.Image{Bytes: jpeg}})
		if err != nil {
			return nil, fmt.Errorf("looking for faces: %w", err)
		}
		var faces []render.Face
		for _, detail := range out.FaceDetails {
			if box := detail.BoundingBox; box != nil {
				share := func(v *float32) float64 { return float64(aws.ToFloat32(v)) }
				faces = append(faces, render.Face{Left: share(box.Left), Top: share(box.Top), Width: share(box.Width), Height: share(box.Height)})
			}
		}
		return faces, nil
	}
}
