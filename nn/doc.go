// Package nn holds the layers and operations that encoders and losses are made of.
//
// A network is described once, as a [Graph] of [Node] values for one fixed
// batch size and length, and compiled into a [Program]:
//
//	w := nn.NewWeights(1)
//	layer := nn.NewLinear(w, "fc", 3, 2, true)
//	g := nn.NewGraph(true)
//	x := g.Input("x", 8, 3)
//	loss := nn.Mean(nn.Square(layer.Apply(x)))
//	prog, err := g.Compile(loss)
//	...
//	prog.Set("x", data)   // 24 numbers
//	prog.Run()            // the loss, and the gradient of every parameter
//
// Parameters live outside the graphs, in [Weights], so that several programs
// (another batch size, another length, evaluation) share them. Gorgonia carries
// the expression graph and derives the gradient symbolically; the operations,
// their kernels and the executor with its memory plan are this package's own.
//
// [Apply] adds an operation that is not here, by what it computes and by its gradient.
//
// Sequences are [N, C, T]: batch, channel, time. Images are [N, C, H, W]: batch,
// channel, height, width. Everything is float32 and row
// major. Building functions do not return errors: the first mistake is kept by
// the graph and returned by [Graph.Compile]. What is built after it does nothing;
// a size to compute with is [Node.Dim], which is 1 then.
package nn
