package model

import (
	"context"
	"encoding/binary"
	"math"
	"sync"

	"github.com/wavekin/wavekin/series"
)

// How many encodings of pieces are remembered: those of the windows of some streams, each of which has a piece that begins at every time
// stamp where windows do.
const (
	leastRemembered   = 1 << 12
	rememberedWindows = 16
)

// memory holds encodings of pieces by their values, the latest ones. It is safe for concurrent use.
type memory struct {
	mu sync.Mutex
	// What was met since late began is in it, and what was met before in early; when late is full it becomes early.
	late, early map[string][]float32
	most        int
}

func newMemory(most int) *memory { return &memory{late: map[string][]float32{}, most: most} }

// get returns an encoding, nil where there is none.
func (m *memory) get(key []byte) []float32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if z, ok := m.late[string(key)]; ok {
		return z
	}
	z, ok := m.early[string(key)]
	if ok {
		m.add(string(key), z)
	}
	return z
}

// put keeps an encoding.
func (m *memory) put(key string, z []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(key, z)
}

func (m *memory) add(key string, z []float32) {
	if len(m.late) >= m.most {
		m.late, m.early = map[string][]float32{}, m.late
	}
	m.late[key] = z
}

// byPieces makes predictions from encodings of pieces, of which those that are not remembered are made.
func (f *Predictor) byPieces(ctx context.Context, ws []*series.Window) ([]float32, error) {
	m := f.m
	matched, err := m.match(ws)
	if err != nil || len(ws) == 0 {
		return nil, err
	}
	length, dim := m.Settings.Window, m.predictor.PieceDim()
	n, _, _, _, _ := m.predictor.Pieces(length)
	x := make([]float32, len(ws)*m.Settings.Channels*length)
	m.normalise(x, matched)
	found, err := f.encodings(ctx, x)
	if err != nil {
		return nil, err
	}
	out, err := m.apply(ctx, len(ws), shape{first: n, second: dim, to: guesses}, func(dst []float32, from, to int) error {
		for i, z := range found[from*n : to*n] {
			copy(dst[i*dim:(i+1)*dim], z)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, m.finite(out, ws, guesses)
}

// encodings are those of the pieces of windows x [N, C, T], window by window.
func (f *Predictor) encodings(ctx context.Context, x []float32) ([][]float32, error) {
	m := f.m
	c, length, dim := m.Settings.Channels, m.Settings.Window, m.predictor.PieceDim()
	n, first, hop, shown, _ := m.predictor.Pieces(length)
	found := make([][]float32, len(x)/(c*length)*n)
	missing := map[string][]int{} // where a piece is wanted that is not remembered
	var keys []string             // of missing, in their order
	var values []float32          // of the same pieces, [C, shown] each
	piece, key := make([]float32, c*shown), make([]byte, 4*c*shown)
	for i := range found {
		for j := range c {
			at := (i/n*c+j)*length + first + i%n*hop
			copy(piece[j*shown:], x[at:at+shown])
		}
		for k, v := range piece {
			binary.LittleEndian.PutUint32(key[4*k:], math.Float32bits(v))
		}
		if found[i] = f.seen.get(key); found[i] != nil {
			continue
		}
		if _, ok := missing[string(key)]; !ok {
			keys, values = append(keys, string(key)), append(values, piece...)
		}
		missing[string(key)] = append(missing[string(key)], i)
	}
	z, err := m.apply(ctx, len(keys), shape{first: shown, to: pieces}, func(dst []float32, from, to int) error {
		copy(dst, values[from*c*shown:to*c*shown])
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k, key := range keys {
		one := z[k*dim : (k+1)*dim : (k+1)*dim]
		for _, i := range missing[key] {
			found[i] = one
		}
		f.seen.put(key, one)
	}
	return found, nil
}
