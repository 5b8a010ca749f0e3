// Package sets reads the labelled sets that the programs of bench measure on: folders with a file of series to learn from,
// NAME_TRAIN, and one to test on, NAME_TEST, in any format that wavekin reads.
//
//	learn, test, err := sets.Load("UCR/GunPoint")
package sets

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// Load reads both parts of the set in a folder.
func Load(dir string) (learn, test []*series.Series, err error) {
	if learn, err = part(dir, "_TRAIN."); err != nil {
		return nil, nil, err
	}
	test, err = part(dir, "_TEST.")
	return learn, test, err
}

// part reads the file of the folder whose name holds mark.
func part(dir, mark string) ([]*series.Series, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*"+mark+"*"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no file with %s in its name", dir, mark)
	}
	r, err := datasets.Open(found[0], datasets.Options{})
	if err != nil {
		return nil, err
	}
	all, err := series.ReadAll(r)
	return all, errors.Join(err, r.Close())
}
