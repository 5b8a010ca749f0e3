package detect

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/knn"
)

// ApproximateFormat is [ReferenceFormat] for a detector with [Config.Approximate], whose file has codes in place of rows.
const ApproximateFormat = "3"

// searcher finds the nearest normal rows.
type searcher interface {
	Dim() int
	SearchExcept(q []float32, k int, skip func(i int) (lo, hi int)) ([][]knn.Hit, error)
}

// Lists says how an approximate detector searches.
type Lists struct {
	// Lists is how many there are, and Probes how many of them a window is compared with.
	Lists  int `json:"lists"`
	Probes int `json:"probes"`
	// Recall is the share of normal windows whose nearest one, but for those that overlap, was found; nil where none was to be found.
	Recall *float64 `json:"recall,omitempty"`
	// Bytes is what the encodings take in memory.
	Bytes int64 `json:"bytes"`
}

// Lists are those of an approximate detector; nil for an exact one.
func (d *Detector) Lists() *Lists {
	x, ok := d.index.(*knn.Inverted)
	if !ok {
		return nil
	}
	l := &Lists{Lists: x.Lists(), Probes: x.Probes(), Bytes: x.Bytes()}
	if r := x.Recall(); !math.IsNaN(r) {
		l.Recall = &r
	}
	return l
}

// keep adds the row of a normal window: in memory, or in a file where an approximate index is made of it.
func (d *Detector) keep(row []float32) (err error) {
	if !d.config.Approximate {
		d.rows = append(d.rows, row...)
		return nil
	}
	if d.spool == nil {
		if d.spool, err = knn.NewSpool(d.config.Scratch, len(row)); err != nil {
			return err
		}
	}
	return d.spool.Add(row)
}

// all are the rows of the normal windows, while it is learnt from them.
func (d *Detector) all() knn.Rows {
	if d.spool != nil {
		return d.spool
	}
	return knn.Memory(d.rows, len(d.rows)/len(d.places))
}

// makeIndex makes the index of the rows.
func (d *Detector) makeIndex(ctx context.Context) (err error) {
	all := d.all()
	if !d.config.Approximate {
		d.index, err = knn.New(d.rows, all.Dim(), d.config.Metric)
		return err
	}
	c := knn.InvertedConfig{Metric: d.config.Metric, Except: func(i int) (int, int) { return d.around(d.places[i]) }}
	d.index, err = knn.NewInverted(ctx, all, c)
	return err
}

// forget removes the file of the rows.
func (d *Detector) forget() error {
	if d.spool == nil {
		return nil
	}
	err := d.spool.Close()
	d.spool = nil
	return err
}

// apartBlock is how many numbers of rows are scored at once, between which a run may end.
const apartBlock = 1 << 20

// apart scores windows at places without the rows around them; NaN where that leaves nothing to compare with.
func (d *Detector) apart(ctx context.Context, rows knn.Rows, places []place) ([]float64, error) {
	scores := make([]float64, 0, len(places))
	block := make([]float32, min(rows.Len(), max(1, apartBlock/rows.Dim()))*rows.Dim())
	for len(scores) < len(places) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from := len(scores)
		part := block[:min(len(block), (len(places)-from)*rows.Dim())]
		if err := rows.Read(part, from); err != nil {
			return nil, err
		}
		hits, err := d.index.SearchExcept(part, d.config.K, func(i int) (lo, hi int) { return d.around(places[from+i]) })
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			scores = append(scores, meanDistance(h))
		}
	}
	return scores, nil
}

// mostScored is how many normal windows of an approximate reference are scored at most: more would not tell p-values better, and take
// longer than all the rest where there are many millions.
var mostScored = 1 << 18

// leastRun is how many windows in succession are scored at least, in windows without overlap: time stamps at both ends of a stretch are
// covered by fewer windows than others.
const leastRun = 64

// some is apart for all windows, or, for those of an approximate reference of very many, for stretches of them spread evenly; NaN elsewhere.
func (d *Detector) some(ctx context.Context, rows knn.Rows, places []place) ([]float64, error) {
	n := len(places)
	if !d.config.Approximate || n <= mostScored {
		return d.apart(ctx, rows, places)
	}
	out := slices.Repeat([]float64{math.NaN()}, n)
	blocks := max(1, mostScored/max(1024, leastRun*(d.config.Window/d.config.Stride+1)))
	length := mostScored / blocks
	for b := range blocks {
		from := int(int64(b) * int64(n-length) / int64(max(1, blocks-1)))
		found, err := d.apart(ctx, rowsFrom{rows, from, length}, places[from:from+length])
		if err != nil {
			return nil, err
		}
		copy(out[from:], found)
	}
	return out, nil
}

// rowsFrom are some of the rows.
type rowsFrom struct {
	knn.Rows
	from, n int
}

func (p rowsFrom) Len() int                           { return p.n }
func (p rowsFrom) Read(dst []float32, from int) error { return p.Rows.Read(dst, p.from+from) }

// searchSettings are kept of an index of codes beside its numbers.
type searchSettings struct {
	Probes int `json:"probes"`
	// Recall is absent where it was not measured.
	Recall *float64 `json:"recall,omitempty"`
}

// searchSettings returns nil for an exact detector.
func (d *Detector) searchSettings() *searchSettings {
	l := d.Lists()
	if l == nil {
		return nil
	}
	return &searchSettings{l.Probes, l.Recall}
}

// indexTensors are the numbers of an approximate index.
func indexTensors(x *knn.Inverted) ([]tensorfile.Tensor, error) {
	p, err := x.Parts()
	if err != nil {
		return nil, err
	}
	ids := make([]byte, 0, 4*len(p.IDs))
	for _, id := range p.IDs {
		ids = binary.LittleEndian.AppendUint32(ids, uint32(id))
	}
	lists := len(p.Sizes)
	return []tensorfile.Tensor{
		{Name: "base", Shape: []int{lists, p.Dim}, Data: p.Base},
		{Name: "centres", Shape: []int{lists, p.Dim}, Data: p.Centres},
		{Name: "mean", Shape: []int{p.Dim}, Data: p.Mean},
		{Name: "sizes", Shape: []int{lists, digits}, Data: pack(p.Sizes)},
		{Name: "step", Shape: []int{lists, p.Dim}, Data: p.Step},
		// Bytes come last, so that all numbers lie at multiples of four bytes.
		{Name: "ids", Shape: []int{len(p.IDs), 4}, Bytes: ids},
		{Name: "codes", Shape: []int{len(p.Codes) / p.Dim, p.Dim}, Bytes: p.Codes},
	}, nil
}

// restoreIndex takes what indexTensors has written.
func (d *Detector) restoreIndex(byName map[string]tensorfile.Tensor, s *searchSettings) error {
	if s == nil {
		return errors.New("settings: no search")
	}
	p := knn.InvertedParts{Metric: d.config.Metric, Dim: len(byName["mean"].Data), Probes: s.Probes, Recall: math.NaN(), Mean: byName["mean"].Data,
		Centres: byName["centres"].Data, Base: byName["base"].Data, Step: byName["step"].Data, Sizes: unpack(byName["sizes"].Data), Codes: byName["codes"].Bytes}
	if s.Recall != nil {
		p.Recall = *s.Recall
	}
	ids := byName["ids"].Bytes
	if len(ids) != 4*len(d.places) {
		return fmt.Errorf("%d bytes of row numbers for %d normal windows", len(ids), len(d.places))
	}
	p.IDs = make([]int32, len(d.places))
	for i := range p.IDs {
		p.IDs[i] = int32(binary.LittleEndian.Uint32(ids[4*i:]))
	}
	var err error
	d.index, err = knn.RestoreInverted(p)
	return err
}
