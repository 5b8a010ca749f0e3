package cli

import (
	"errors"
	"path/filepath"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/ondisk"
	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

const (
	// keptBytes is what the values of series may take in memory without --memory; more go into a temporary file.
	keptBytes = 64 << 20
	// keptShare is that share of --memory: values in memory take up to twice their size while they are read.
	keptShare = 1. / 8
)

// keptFlags bound what training keeps in memory.
type keptFlags struct {
	Memory  size   `help:"Keep to about so much memory, such as 512MB or 2GiB, whatever the size of the inputs, beside what the training itself takes." placeholder:"SIZE"`
	Scratch string `help:"Folder for a temporary file, in which the values of series are kept where they are many; default that of --out." placeholder:"DIR"`
}

// keeping says how many bytes values may take in memory, and the folder for more of them; the zero value keeps all in memory.
type keeping struct {
	most    int64
	scratch string
}

// kept applies the flags to reading, for a command that writes to a file.
func (k keptFlags) kept(f inputFlags, out string) (inputFlags, error) {
	if err := k.Memory.limit(); err != nil {
		return f, err
	}
	f.keep = keeping{keptBytes, k.Scratch}
	if k.Scratch == "" {
		f.keep.scratch = filepath.Dir(out)
	}
	if k.Memory > 0 {
		f.keep.most = int64(keptShare * float64(k.Memory))
		f.budget.file, f.budget.held = min(f.keep.most, 64<<20), f.keep.most
	}
	return f, nil
}

// each hands out the series of files, by chunks, and returns what the files were read as.
func (f inputFlags) each(e *env, paths []string, m *model.Model, add func(*series.Series) error) (told []*datasets.Reading, err error) {
	in, err := f.inputs(e, paths, m)
	if err != nil {
		return nil, err
	}
	for i := range in.Files() {
		r, err := in.open(i)
		if err != nil {
			return nil, err
		}
		r.watch = true
		err = series.Each(r, add)
		told = append(told, datasets.Readings(r.Reader)...)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// read loads whole files.
func (f inputFlags) read(e *env, paths []string, m *model.Model) ([]*series.Series, error) {
	all, _, err := f.readTold(e, paths, m)
	return all, err
}

// readTold is read, and returns what the files were read as.
func (f inputFlags) readTold(e *env, paths []string, m *model.Model) (all []*series.Series, told []*datasets.Reading, err error) {
	told, err = f.each(e, paths, m, func(s *series.Series) error {
		all = series.Append(all, s)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return all, told, nil
}

// record reads whole files for training, which reads their values in any order: they stay in memory as long as they take no more
// than they may, and else in a temporary file, which is nil where there is none.
func (f inputFlags) record(e *env, paths []string) ([]*series.Series, *ondisk.Set, error) {
	g := gathering{keeping: f.keep}
	if _, err := f.each(e, paths, nil, g.add); err != nil {
		if g.file != nil {
			err = errors.Join(err, g.file.Abort())
		}
		return nil, nil, err
	}
	if g.file == nil {
		return g.all, nil, nil
	}
	set, err := g.file.Set()
	if err != nil {
		return nil, nil, err
	}
	e.detail("the values take %v; they are kept in a temporary file in %s", size(set.Bytes()), f.keep.scratch)
	return nil, set, nil
}

// gathering are series of which some have been read.
type gathering struct {
	keeping
	all   []*series.Series // in memory
	bytes int64            // of their values
	file  *ondisk.Writer   // nil as long as they are
}

func (g *gathering) add(s *series.Series) error {
	if g.file != nil {
		return g.file.Add(s)
	}
	g.all = series.Append(g.all, s)
	if g.bytes += 8 * int64(s.Len()) * int64(s.NumChannels()); g.most == 0 || g.bytes <= g.most {
		return nil
	}
	var err error
	if g.file, err = ondisk.New(g.scratch, 0); err != nil {
		return err
	}
	for _, s := range g.all {
		if err := g.file.Add(s); err != nil {
			return err
		}
	}
	g.all = nil
	return nil
}

// recorded is a leading share of every series of a material, as it is trained on.
func (m *material) recorded(share float64) train.Recorded {
	if m.file != nil {
		return train.Recorded{Recordings: m.file.First(share)}
	}
	return train.Recorded{Recordings: train.Series(subset.First(m.series, share))}
}
