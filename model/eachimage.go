package model

import (
	"context"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/raster"
)

// ImageSet is a set of images that can be read in any order, by several goroutines.
type ImageSet interface {
	// Len is the number of images.
	Len() int
	// Read fills m with image i.
	Read(i int, m *raster.Image) error
	// Label is the class of an image, or "" where it has none.
	Label(i int) string
}

// readBatch is how many images are held at once.
const readBatch = 256

// EachImages reads a set in batches, in order and in parallel, and calls f with the images and their numbers, which are valid
// until it returns. An image that cannot be read ends it, or is left out where corrupt is not nil and returns nil for its error.
func EachImages(ctx context.Context, set ImageSet, corrupt func(error) error, f func(images []*raster.Image, ids []int) error) error {
	all, errs := make([]*raster.Image, readBatch), make([]error, readBatch)
	for i := range all {
		all[i] = &raster.Image{}
	}
	for from := 0; from < set.Len(); from += readBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(readBatch, set.Len()-from)
		kernel.Parallel(n, 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				errs[i] = set.Read(from+i, all[i])
			}
		})
		var images []*raster.Image
		var ids []int
		for i, err := range errs[:n] {
			if err != nil && corrupt != nil {
				if err := corrupt(err); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			images, ids = append(images, all[i]), append(ids, from+i)
		}
		if err := f(images, ids); err != nil {
			return err
		}
	}
	return nil
}
