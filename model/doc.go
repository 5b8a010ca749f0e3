// Package model is a trained encoder: its file, and everything that needs no gradient.
//
//	m, err := model.Load("line3.safetensors")
//	h, err := m.Encode(ctx, series.Windows(readings, m.Settings.Window, m.Settings.Stride)) // [N, m.Dim()]
//
// A model knows how its input is prepared (channels by name, window, normalisation; size and colours of images), so that a
// caller hands it raw values. [Model.Stream] encodes input of any length in bounded memory. Training makes models: see
// package train.
package model
