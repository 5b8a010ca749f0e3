// Command wavekin learns encoders of time series without labels, and lets
// nearest neighbours work on the encodings: classify, retrieve, find anomalies.
//
//	wavekin demo                                         # see it work on embedded ECG
//	wavekin pretrain --data line3.csv --out line3.safetensors --window 256
//	wavekin score --model line3.safetensors --normal quiet.csv --out scores.arrow today.csv
//
// A result goes to standard output, everything else to standard error.
package main

import "github.com/wavekin/wavekin/cli"

func main() { cli.Main() }
