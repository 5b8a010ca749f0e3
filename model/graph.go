package model

import "github.com/wavekin/wavekin/nn"

// Graph builds the network for a batch of samples as it takes them, normalised and without gaps, [N, C, T] or [N, C, H, W], for
// programs that translate it: x is the input and h the output, the encodings [N, Dim]. A batch that the network does not take
// is an error.
func (m *Model) Graph(batch ...int) (x, h *nn.Node, err error) {
	compiling.Lock()
	defer compiling.Unlock()
	g := nn.NewGraph(false)
	x = g.Input("x", batch...)
	h = m.encode(x)
	return x, h, g.Err()
}
