package cli

import (
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/evaluate/suite"
)

// benchSet is one set of a folder, read when its turn comes: of series, or of images.
type benchSet struct {
	name   string
	series archive.Set
	images string
}

// sets lists the sets of a folder by their names, those that are chosen.
func (c *benchCmd) sets() ([]benchSet, error) {
	if c.Suite == "images" {
		return imageSets(c.Data)
	}
	o := archive.Options{Task: archive.Classify, Labels: c.Labels}
	if c.Suite == "anomaly" {
		o.Task = archive.Anomaly
	}
	found, err := archive.Find(c.Data, o)
	if err != nil {
		return nil, err
	}
	if found, err = archive.Choose(found, c.Sets); err != nil {
		return nil, usagef("--sets: %s: %w", c.Data, err)
	}
	var out []benchSet
	for _, s := range found {
		out = append(out, benchSet{name: s.Name, series: s})
	}
	return out, nil
}

// imageSets are those named with commas between them; each is its own name.
func imageSets(specs string) ([]benchSet, error) {
	var out []benchSet
	for _, s := range strings.Split(specs, ",") {
		if !imageset.IsSet(s) {
			return nil, usagef("%q is no set of images; it is written as in cifar10:DIR (wavekin list formats)", s)
		}
		name, _, _ := strings.Cut(s, ":")
		if name == "images" {
			name = datasets.Stem(s)
		}
		out = append(out, benchSet{name: name, images: s})
	}
	return out, nil
}

// read loads a set, the time stamps of its recordings in order.
func (c *benchCmd) read(e *env, b benchSet) (*archive.Data, error) {
	o := c.options()
	o.Sort = o.Sort || c.Suite == "anomaly" // the first part and the labels go by time
	return b.series.Read(e.ctx, o)
}

// anomaly does the recordings of one set. What is learnt from is --part where it is given, else what the collection says, else
// the first 15 %.
func (b *bench) anomaly(a suite.Anomaly) func(s benchSet) error {
	return func(s benchSet) error {
		d, err := b.cmd.read(b.e, s)
		if err != nil {
			return err
		}
		for i, one := range d.Test {
			name := s.name
			if len(d.Test) > 1 {
				name += "/" + one.ID
			}
			run := a
			if b.cmd.Part == nil && i < len(d.Train) && (len(d.Train) == 1 || d.Train[i].ID == one.ID) {
				run.Normal = d.Train[i]
			}
			rows, err := run.Series(b.e.ctx, name, one, b.journal)
			b.rows = append(b.rows, rows...)
			if err != nil {
				return err
			}
		}
		return nil
	}
}
