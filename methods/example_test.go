package methods_test

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// A method adds what it needs to the weights, and turns the views of a batch into a loss.
func Example() {
	enc, w := encoders.Conv{Width: 8, Depth: 2, Out: 16}, nn.NewWeights(0)
	net, err := enc.New(w.Scope("encoder"), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	obj, err := methods.SimCLR{Out: 32}.New(methods.Setup{Weights: w.Scope("method"), Encoder: enc, Net: net,
		Channels: 1, Length: 64, Samples: make([]methods.Sample, 100), Batch: 16, Steps: 600})
	if err != nil {
		fmt.Println(err)
		return
	}
	g := nn.NewGraph(true)
	loss := obj.Build(methods.Batch{Views: []*nn.Node{g.Input("a", 16, 1, 64), g.Input("b", 16, 1, 64)}})
	fmt.Printf("embeddings %v, telling nothing apart %.2f\n", loss.Embeddings.Shape(), obj.Uniform(16))
	// Output: embeddings [32 32], telling nothing apart 3.43
}
