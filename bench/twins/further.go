package main

import (
	"context"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// learn is a run that a recorder watches.
type learn func(p *path, c train.Config, r *recorder) (*model.Model, error)

// pretrained is learning without labels.
func pretrained(p *path, c train.Config, _ *recorder) (*model.Model, error) {
	m, _, err := train.Pretrain(context.Background(), p.data, c)
	return m, err
}

// finetuned is learning from labels, from the first layer of SimCLR v2's projector.
func finetuned(p *path, c train.Config, _ *recorder) (*model.Model, error) { return classifier(p, c) }

func classifier(p *path, c train.Config) (*model.Model, error) {
	base, _, err := train.Pretrain(context.Background(), p.data, train.Config{Method: methods.SimCLRv2{Hidden: 24, Out: 16}, Encoder: p.encoder,
		Views: p.views, ImageViews: p.imageViews, Batch: p.batch, Steps: 4, Seed: p.seed})
	if err != nil {
		return nil, err
	}
	c.Method, c.Encoder = nil, nil
	m, _, err := train.Finetune(context.Background(), base, p.data, train.Finetuning{FromLayer: 1, Config: c})
	return m, err
}

// distilled is a student's learning from a fine-tuned model and, with a weight of 0.3, from labels.
func distilled(p *path, c train.Config, r *recorder) (*model.Model, error) {
	own := c
	own.Hooks, own.Steps = nil, 4
	teacher, err := classifier(p, own)
	if err != nil {
		return nil, err
	}
	for _, w := range teacher.Weights().All() {
		r.add("teacher."+w.Name, w.Shape, w.Data)
	}
	c.Method, c.Encoder = nil, nil
	m, _, err := train.Distill(context.Background(), teacher, p.data, train.Distillation{Temperature: 2, Alpha: 0.7, Config: c})
	return m, err
}
