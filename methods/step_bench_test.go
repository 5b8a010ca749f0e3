//go:build unix

package methods_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// cpuTime is what the process has used of the processor, which other processes disturb less than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStep is the forward and backward pass of a step of SimCLR on one thread: 32 windows of 128 time stamps.
func BenchmarkStep(b *testing.B) {
	defer kernel.SetThreads(0)
	kernel.SetThreads(1)
	for _, enc := range []encoders.Encoder{encoders.Conv{}, encoders.ResNet1D{}, encoders.Transformer{}} {
		b.Run(enc.Name(), func(b *testing.B) {
			w := nn.NewWeights(0)
			net, err := enc.New(w.Scope("encoder"), 1)
			if err != nil {
				b.Fatal(err)
			}
			obj, err := methods.SimCLR{}.New(methods.Setup{Weights: w.Scope("method"), Encoder: enc, Net: net, Channels: 1, Length: 128,
				Samples: make([]methods.Sample, 64), Batch: 32, Steps: 100})
			if err != nil {
				b.Fatal(err)
			}
			g := nn.NewGraph(true)
			views := []*nn.Node{g.Input("a", 32, 1, 128), g.Input("b", 32, 1, 128)}
			p, err := g.Compile(obj.Build(methods.Batch{Views: views}).Value)
			if err != nil {
				b.Fatal(err)
			}
			for i, v := range views {
				for k := range p.Data(v) {
					p.Data(v)[k] = float32((k*(i+3))%17) / 17
				}
			}
			if err := p.Run(); err != nil { // the first run fills the kernels' buffers
				b.Fatal(err)
			}
			b.ReportAllocs()
			before, steps := cpuTime(b), 0
			for b.Loop() {
				steps++
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime(b)-before)/1e6/float64(steps), "cpu-ms/op")
		})
	}
}
