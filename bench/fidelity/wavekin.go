package main

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// config is the recipe as wavekin is told it.
func (r recipe) config(s system, seed int) (train.Config, error) {
	c := train.Config{Encoder: imageenc.ResNet18{Width: r.Width, Stem: r.Stem}, Batch: r.Batch, Steps: r.Steps, Optimizer: s.Optimizer, LR: s.LR,
		Decay: s.Decay, Warmup: r.Warmup, Clip: -1, Space: "rgb", Seed: uint64(seed)}
	if s.Method == untrained {
		s.Method, c.Optimizer = "simclr", "sgd"
	}
	var err error
	if c.Method, err = methods.ByName(s.Method, s.Settings); err != nil {
		return c, err
	}
	j := r.Jitter
	c.ImageViews, err = imageaug.Parse(fmt.Sprintf("crop(%g,%g)|flip(0.5)|color-jitter(%g,%g,%g,%g,%g)|gray(%g)",
		r.Crop[0], r.Crop[1], j[0], j[1], j[2], j[3], r.JitterShare, r.GreyShare))
	return c, err
}

// ours trains wavekin as the peer was trained.
func (o options) ours(ctx context.Context, r recipe, s system, seed int) (result, error) {
	learn, err := open(o.images, "train", r.PerClass)
	if err != nil {
		return result{}, err
	}
	defer learn.Close()
	test, err := open(o.images, "test", 0)
	if err != nil {
		return result{}, err
	}
	defer test.Close()
	c, err := r.config(s, seed)
	if err != nil {
		return result{}, err
	}
	out := result{Side: "wavekin", Library: "wavekin", Method: s.Method, Seed: seed, Steps: c.Steps}
	var losses []float64
	c.Hooks = []train.Hook{train.HookFunc(func(s train.Step) error {
		losses = append(losses, s.Loss)
		return nil
	})}
	train.SetThreads(o.threads)
	if s.Method == untrained {
		trained, err := train.Untrained(train.Images(learn), c)
		if err != nil {
			return out, err
		}
		out.Steps = 0
		out.Accuracy, err = nearest(ctx, trained, learn, test, r)
		return out, err
	}
	start := time.Now()
	trained, _, err := train.Pretrain(ctx, train.Images(learn), c)
	if err != nil {
		return out, err
	}
	out.Seconds = time.Since(start).Seconds()
	tenth := max(1, len(losses)/10)
	out.FirstLoss, out.Loss = average(losses[:tenth]), average(losses[len(losses)-tenth:])
	out.Accuracy, err = nearest(ctx, trained, learn, test, r)
	return out, err
}

func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// open opens a part of the tar; of each class only the images numbered below perClass, or all of them where that is 0.
func open(tar, part string, perClass int) (*imageset.Set, error) {
	set, err := imageset.Open("images:"+tar+"#"+part, imageset.Options{})
	if err != nil || perClass == 0 {
		return set, err
	}
	var ids []int
	for i := range set.Len() {
		name := path.Base(set.Name(i))
		n, err := strconv.Atoi(name[:len(name)-len(path.Ext(name))])
		if err != nil {
			return nil, fmt.Errorf("%s: image %q, want a number for a name", tar, name)
		}
		if n < perClass {
			ids = append(ids, i)
		}
	}
	return set.Subset(ids)
}

// nearest is the accuracy of the nearest neighbours by cosine, weighted, on frozen encodings.
func nearest(ctx context.Context, trained *model.Model, learn, test *imageset.Set, r recipe) (float64, error) {
	probe := &evaluate.KNN{K: r.K, Metric: knn.Cosine, Tau: r.Temperature, Raw: true}
	found, err := evaluate.Measure(ctx, trained, probe, evaluate.Set{Images: learn}, evaluate.Set{Images: test})
	return found.Accuracy, err
}
