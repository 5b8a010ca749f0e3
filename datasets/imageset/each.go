package imageset

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/wavekin/wavekin/raster"
)

// ahead is how many images each worker may be ahead of what is consumed.
const ahead = 4

// Each reads every image with that many workers (below 1: one per processor) and calls f with them one after the other, in order,
// from the calling goroutine. No more than a few images per worker are in memory at a time; m is valid until f returns. The first
// error, of reading or of f, ends it, as does the end of ctx.
func (s *Set) Each(ctx context.Context, workers int, f func(i int, m *raster.Image) error) error {
	return s.each(ctx, workers, func(i int, m *raster.Image, err error) error {
		if err != nil {
			return err
		}
		return f(i, m)
	})
}

// Check reads every image and returns those whose content is bad, in order; [Set.Subset] of the others is a set without them. An
// error that is not about one image ends it. progress, if it is not nil, is told how many images of how many are done.
func (s *Set) Check(ctx context.Context, workers int, progress func(done, total int)) ([]*ImageError, error) {
	var bad []*ImageError
	err := s.each(ctx, workers, func(i int, _ *raster.Image, err error) error {
		var one *ImageError
		if errors.As(err, &one) {
			bad, err = append(bad, one), nil
		}
		if progress != nil && err == nil {
			progress(i+1, s.Len())
		}
		return err
	})
	return bad, err
}

// place is an image on its way from a worker.
type place struct {
	m     raster.Image
	err   error
	ready chan struct{}
}

// each gives f every image, or the error of reading it, in order.
func (s *Set) each(ctx context.Context, workers int, f func(i int, m *raster.Image, err error) error) error {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	n := s.Len()
	workers = min(workers, n)
	places := make([]place, ahead*workers)
	for i := range places {
		places[i].ready = make(chan struct{}, 1)
	}
	// As many images are asked for as there are places, so that sending never waits.
	wanted := make(chan int, len(places))
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(wanted)
	defer stop()
	for range workers {
		wg.Go(func() {
			for i := range wanted {
				if ctx.Err() != nil {
					continue
				}
				p := &places[i%len(places)]
				p.err = s.Read(i, &p.m)
				p.ready <- struct{}{}
			}
		})
	}
	for i := range min(len(places), n) {
		wanted <- i
	}
	for i := range n {
		p := &places[i%len(places)]
		select {
		case <-p.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := f(i, &p.m, p.err); err != nil {
			return err
		}
		if next := i + len(places); next < n {
			wanted <- next
		}
	}
	return ctx.Err()
}
