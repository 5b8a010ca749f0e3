// Package ecg holds five minutes of a real electrocardiogram, and injects faults
// into it.
//
// The recording is the first channel of record 208 of the MIT-BIH Arrhythmia
// Database, 360 samples a second (see NOTICE for source and licence).
package ecg

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/series"
)

//go:embed ecg.dat
var archive []byte

// Hz is the sampling rate.
const Hz = 360

// samples is the length of the recording, five minutes.
const samples = 5 * 60 * Hz

// Load returns the recording, one channel in millivolt, without time stamps.
func Load() (*series.Series, error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(z.File) != 1 {
		return nil, fmt.Errorf("ecg: embedded archive: %d files, %w", len(z.File), err)
	}
	f, err := z.File[0].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, err
	}
	// A .npy of unsigned 16-bit counts: the values are the last bytes, whatever the header's length.
	if len(raw) < 2*samples {
		return nil, fmt.Errorf("ecg: embedded recording has %d bytes, want %d", len(raw), 2*samples)
	}
	raw = raw[len(raw)-2*samples:]
	mv := make([]float32, samples)
	for i := range mv {
		// 200 counts per millivolt around 1024, as the database documents.
		mv[i] = (float32(binary.LittleEndian.Uint16(raw[2*i:])) - 1024) / 200
	}
	return &series.Series{ID: "mitbih-208", Channels: []string{"ECG (mV)"}, Values: [][]float32{mv}}, nil
}

// Fault is one injected fault, from Start (inclusive) to End (exclusive).
type Fault struct {
	Kind       string
	Start, End int
}

// kinds are the faults in the order in which they are injected, with their length in seconds.
var kinds = []struct {
	name    string
	seconds float64
	apply   func(x []float32, rng *rand.Rand)
}{
	{"spike", 0.05, spike},
	{"dropout", 2, dropout},
	{"drift", 8, drift},
	{"stuck value", 3, stuck},
	{"noise burst", 3, noiseBurst},
	{"changed rhythm", 6, rhythm},
}

// Inject returns a copy of s with every kind of fault twice in its second half, at
// places drawn from the seed that do not touch, and PointLabels 1 where a fault is.
func Inject(s *series.Series, seed uint64) (*series.Series, []Fault) {
	rng := rand.New(rand.NewPCG(seed, 0xecf))
	out := *s
	x := append([]float32(nil), s.Values[0]...)
	out.Values = [][]float32{x}
	out.PointLabels = make([]float32, len(x))
	half := len(x) / 2
	slot := half / (2 * len(kinds))
	var faults []Fault
	for i, k := range append(rng.Perm(len(kinds)), rng.Perm(len(kinds))...) {
		n := max(2, int(kinds[k].seconds*Hz))
		if n >= slot-2 {
			continue
		}
		at := half + i*slot + slot/8 + rng.IntN(max(1, slot-n-slot/4))
		kinds[k].apply(x[at:at+n], rng)
		for j := at; j < at+n; j++ {
			out.PointLabels[j] = 1
		}
		faults = append(faults, Fault{kinds[k].name, at, at + n})
	}
	return &out, faults
}

// spike adds a triangle of 6 mV, about three times a heart beat.
func spike(x []float32, _ *rand.Rand) {
	for i := range x {
		x[i] += float32(6 * (1 - math.Abs(2*float64(i)/float64(len(x)-1)-1)))
	}
}

// dropout sets the signal to 0 mV, as a loose electrode does.
func dropout(x []float32, _ *rand.Rand) { clear(x) }

// drift adds half a sine of 2.5 mV, up or down.
func drift(x []float32, rng *rand.Rand) {
	sign := float64(2*rng.IntN(2) - 1)
	for i := range x {
		x[i] += float32(sign * 2.5 * math.Sin(math.Pi*float64(i)/float64(len(x))))
	}
}

// stuck repeats the first value.
func stuck(x []float32, _ *rand.Rand) {
	for i := range x {
		x[i] = x[0]
	}
}

// noiseBurst adds white noise of 0.6 mV.
func noiseBurst(x []float32, rng *rand.Rand) {
	for i := range x {
		x[i] += float32(0.6 * rng.NormFloat64())
	}
}

// rhythm plays the stretch at 2.5 times its speed, over and over.
func rhythm(x []float32, _ *rand.Rand) {
	src := append([]float32(nil), x...)
	for i := range x {
		at := math.Mod(float64(i)*2.5, float64(len(src)-1))
		j := int(at)
		w := float32(at - float64(j))
		x[i] = (1-w)*src[j] + w*src[j+1]
	}
}
