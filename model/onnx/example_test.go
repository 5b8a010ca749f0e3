package onnx_test

import (
	"bytes"
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model/onnx"
	"github.com/wavekin/wavekin/train"
)

// A model of two channels becomes a file for ONNX Runtime and others; series of any length can be given to it.
func ExampleWrite() {
	m, err := train.Untrained(waves(4, 2, 64), train.Config{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 16}, Window: 64, Stride: 64})
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	s, err := onnx.Write(&file, m, onnx.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Type, s.InputShape, "to", s.OutputShape)
	// Output:
	// float64 [batch 2 length] to [batch 16]
}
