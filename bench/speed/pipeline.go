package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/train"
)

// The settings of the pipeline on both sides: torch_images.py has the same.
const (
	pipelineBatch  = 64
	pipelineImages = 2048
	pipelineRate   = 1e-3
	pipelineViews  = "s-cifar"
)

// pipeline takes one step after the other of SimCLR's pretraining, each with the views of its images.
func pipeline(w workload, batch int, precision nn.Precision) (job, error) {
	if !w.images() {
		return job{}, fmt.Errorf("the pipeline wants a network of images")
	}
	views, err := imageaug.Parse(pipelineViews)
	if err != nil {
		return job{}, err
	}
	method := methods.SimCLR{Temperature: temperature}
	parameters, err := count(w, method, batch)
	if err != nil {
		return job{}, err
	}
	// Training runs beside, and waits for its turn before each step.
	turn, loss, end := make(chan struct{}), make(chan float64), make(chan error, 1)
	cfg := train.Config{Method: method, Encoder: w.encoder, ImageViews: views, Batch: batch, Steps: 1 << 20, LR: pipelineRate, Warmup: -1, Clip: -1, Precision: precision.String(),
		Run: train.Run{Hooks: []train.Hook{train.HookFunc(func(s train.Step) error {
			loss <- s.Loss
			<-turn
			return nil
		})}}}
	go func() {
		<-turn
		_, _, err := train.Pretrain(context.Background(), train.Images(newNoise(pipelineImages, w.shape)), cfg)
		end <- errors.Join(err, errors.New("the training is at its end"))
	}()
	return job{next: func() (float32, error) {
		turn <- struct{}{}
		select {
		case l := <-loss:
			return float32(l), nil
		case err := <-end:
			return 0, err
		}
	}, parameters: parameters}, nil
}

// count is the number of weights in training: the encoder's and the method's.
func count(w workload, m methods.Method, batch int) (int, error) {
	weights := nn.NewWeights(1)
	net, err := w.encoder.New(weights.Scope("encoder"), w.shape[0])
	if err != nil {
		return 0, err
	}
	_, err = m.New(methods.Setup{Weights: weights.Scope("method"), Encoder: w.encoder, Net: net, Channels: w.shape[0],
		Height: w.shape[1], Width: w.shape[2], Samples: make([]methods.Sample, pipelineImages), Batch: batch, Steps: 1})
	return weights.Count(), err
}

// noise is a set of images of random colours, held in memory.
type noise struct {
	shape []int
	pix   []uint8
}

func newNoise(images int, shape []int) noise {
	n := noise{shape, make([]uint8, images*shape[0]*shape[1]*shape[2])}
	rng := rand.NewPCG(1, 0)
	for i := range n.pix {
		n.pix[i] = uint8(rng.Uint64() >> 56)
	}
	return n
}

func (noise) Len() int         { return pipelineImages }
func (noise) Label(int) string { return "" }

// Read copies image i.
func (n noise) Read(i int, m *raster.Image) error {
	m.Reset(n.shape[0], n.shape[1], n.shape[2])
	copy(m.Pix, n.pix[i*len(m.Pix):])
	return nil
}
