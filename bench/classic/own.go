package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/bench/clock"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// untrained are the encoders of wavekin that need no training.
var untrained = []string{"builtin", "rocket"}

// readouts are wavekin's own rows of the task classify: raw for values standardised by the part to learn from, or an encoder, and a probe; chosen is one
// of the four, see [evaluate.Chosen].
var readouts = []string{"raw 1-NN", "rocket 1-NN", "rocket ridge", "builtin 1-NN", "builtin ridge", "builtin SVM", "builtin logistic", "builtin chosen"}

// isOwn tells wavekin's methods from the peers'.
func isOwn(method string) bool {
	return slices.Contains(untrained, method) || slices.Contains(readouts, method)
}

// fitted is an encoder that has seen a set without its labels.
func fitted(encoder string, d *archive.Data) (*model.Model, error) {
	enc, err := encoders.ByName(encoder, nil)
	if err != nil {
		return nil, err
	}
	train.SetThreads(1)
	return train.Untrained(train.Series(d.Train), train.Config{Encoder: enc})
}

// encoded is both parts of a set by an encoder, or as they are, and the nearest neighbour for such rows.
func encoded(ctx context.Context, encoder string, d *archive.Data) (both [2]*evaluate.Encodings, nearest *evaluate.KNN, err error) {
	parts := [2][]*series.Series{d.Train, d.Test}
	if encoder == "raw" {
		norm, err := series.FitNormalizer(d.Train, series.ModeTrain)
		if err != nil {
			return both, nil, err
		}
		length := 0
		for _, s := range d.Train {
			length = max(length, s.Len())
		}
		for i, part := range parts {
			if both[i], err = (evaluate.Set{Series: part}).Raw(ctx, norm, length); err != nil {
				return both, nil, err
			}
		}
		return both, &evaluate.KNN{Metric: knn.Euclidean, Raw: true}, nil
	}
	m, err := fitted(encoder, d)
	if err != nil {
		return both, nil, err
	}
	for i, part := range parts {
		if both[i], err = (evaluate.Set{Series: part}).Encode(ctx, m); err != nil {
			return both, nil, err
		}
	}
	return both, evaluate.Nearest(m), nil
}

// readOut adds wavekin's own rows of a set with classes.
func (b *bench) readOut(ctx context.Context, name string, d *archive.Data) error {
	now, err := clock.New("cpu")
	if err != nil {
		return err
	}
	var of string
	var both [2]*evaluate.Encodings
	var nearest *evaluate.KNN
	for _, m := range readouts {
		if b.has(name, m) || !slices.Contains(b.methods, m) {
			continue
		}
		encoder, probe, _ := strings.Cut(m, " ")
		start := now()
		if encoder != of {
			if both, nearest, err = encoded(ctx, encoder, d); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			of = encoder
		}
		by := map[string]evaluate.Probe{"1-NN": nearest, "ridge": &evaluate.Ridge{}, "SVM": &evaluate.SVM{}, "logistic": &evaluate.Linear{}}
		by["chosen"] = &evaluate.Chosen{Of: []evaluate.Probe{by["1-NN"], by["ridge"], by["SVM"], by["logistic"]}}
		got, err := evaluate.Classify(by[probe], both[0], both[1])
		if err != nil {
			return fmt.Errorf("%s, %s: %w", name, m, err)
		}
		if err := b.add(row{Set: name, Method: m, Accuracy: &got.Accuracy, Seconds: (now() - start).Seconds()}); err != nil {
			return err
		}
	}
	return nil
}
