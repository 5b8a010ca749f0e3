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
	if err != nil {
		return nil, fmt.Errorf("embedded archive: %w", err)
	}
	if len(z.File) != 1 {
		return nil, fmt.Errorf("embedded archive has %d files, want 1", len(z.File))
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
		return nil, fmt.Errorf("embedded recording has %d bytes, want %d", len(raw), 2*samples)
	}
	raw = raw[len(raw)-2*samples:]
	mv := make([]float64, samples)
	for i := range mv {
		// 200 counts per millivolt around 1024, as the database documents.
		mv[i] = (float64(binary.LittleEndian.Uint16(raw[2*i:])) - 1024) / 200
	}
	return &series.Series{ID: "mitbih-208", Channels: []string{"ECG (mV)"}, Values: [][]float64{mv}}, nil
}
