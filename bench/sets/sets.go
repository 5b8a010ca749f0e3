// Package sets reads the labelled sets that the programs of bench and docs measure on: folders with one set of a public archive
// each, such as UCR/GunPoint.
//
//	learn, test, err := sets.Load("UCR/GunPoint")
package sets

import (
	"context"
	"fmt"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/series"
)

// Load reads both parts of the set in a folder.
func Load(dir string) (learn, test []*series.Series, err error) {
	found, err := archive.Find(dir, archive.Options{Task: archive.Classify})
	if err != nil {
		return nil, nil, err
	}
	if len(found) != 1 {
		return nil, nil, fmt.Errorf("%s: %d sets, want a folder with one", dir, len(found))
	}
	d, err := found[0].Read(context.Background(), datasets.Options{})
	if err != nil {
		return nil, nil, err
	}
	return d.Train, d.Test, nil
}
