package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// set is a labelled set with its two parts, in memory and as plain text files for the peer.
type set struct {
	name                string
	train, test         []*series.Series
	dir                 string
	trainPath, testPath string
}

// load reads the two parts of the set in a folder.
func load(dir string) (*set, error) {
	s := &set{name: filepath.Base(dir)}
	classes := map[string]int{} // by label, in the order in which they are met
	var err error
	if s.train, s.test, err = sets.Load(dir); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "peers"); err != nil {
		return nil, err
	}
	s.trainPath, s.testPath = filepath.Join(s.dir, "train.tsv"), filepath.Join(s.dir, "test.tsv")
	return s, errors.Join(text(s.trainPath, s.train, classes), text(s.testPath, s.test, classes))
}

func (s *set) remove() { _ = os.RemoveAll(s.dir) }

// text writes series as a UCR file: the class, then the values, of one channel.
func text(path string, all []*series.Series, classes map[string]int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, s := range all {
		if s.NumChannels() != 1 || s.Len() != all[0].Len() {
			return fmt.Errorf("the peers take one channel and equal lengths; %q has %d channels, length %d", s.ID, s.NumChannels(), s.Len())
		}
		if _, ok := classes[s.Label]; !ok {
			classes[s.Label] = len(classes)
		}
		var b strings.Builder
		b.WriteString(strconv.Itoa(classes[s.Label]))
		for _, v := range s.Values[0] {
			fmt.Fprintf(&b, "\t%g", v)
		}
		if _, err := io.WriteString(f, b.String()+"\n"); err != nil {
			return err
		}
	}
	return f.Close()
}

// ours trains wavekin as the peer was trained.
func (o options) ours(ctx context.Context, s system, set *set, seed int) (one, error) {
	method, err := methods.ByName(s.name, []byte(s.settings))
	if err != nil {
		return one{}, err
	}
	views, err := augment.Parse(s.views)
	if err != nil {
		return one{}, err
	}
	train.SetThreads(1)
	start := time.Now()
	model, _, err := train.Pretrain(ctx, train.Series(set.train), train.Config{Method: method, Encoder: encoders.Conv{Depth: o.depth}, Views: views,
		Batch: s.batch, Steps: o.steps, LR: s.lr, Normalize: series.ModeNone, Seed: uint64(seed)})
	if err != nil {
		return one{}, err
	}
	took := time.Since(start).Seconds()
	found, err := evaluate.Measure(ctx, model, &evaluate.KNN{Metric: knn.Euclidean, Raw: true}, evaluate.Set{Series: set.train}, evaluate.Set{Series: set.test})
	return one{Accuracy: found.Accuracy, Seconds: took}, err
}
