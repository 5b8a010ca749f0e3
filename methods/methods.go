// Package methods holds the ways of learning without labels, one file each.
//
// A [Method] is a configuration, a struct whose zero value is the published
// setting fitted to sequences. [Method.New] adds the heads that the loss needs to
// an encoder's weights and returns an [Objective], which turns the views of a
// batch into a loss:
//
//	w := nn.NewWeights(0)
//	net, _ := encoders.Conv{}.New(w, 1)
//	obj, _ := methods.SimCLR{}.New(w, net)
//	g := nn.NewGraph(true)
//	loss := obj.Loss(g.Input("a", 16, 1, 256), g.Input("b", 16, 1, 256))
//
// What an objective owes its caller: it encodes both views with the network it was
// given, its loss is a scalar, and [Objective.Embeddings] returns what the last
// call of Loss compared, so that the trainer can watch for collapse.
package methods

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Method is the configuration of a way of learning.
type Method interface {
	// Name is the name on the command line and in a model file.
	Name() string
	// New declares what the method adds to the encoder's weights. It fails on settings out of range.
	New(w *nn.Weights, net encoders.Network) (Objective, error)
}

// Objective builds the loss of one batch.
type Objective interface {
	// Loss takes two views of the same N samples, [N, C, T] each, and returns a scalar.
	Loss(a, b *nn.Node) *nn.Node
	// Embeddings returns the unit vectors [2N, D] that the last Loss compared, first views first.
	Embeddings() *nn.Node
	// Uniform is the loss of a network that tells nothing apart, for batches of n samples.
	Uniform(n int) float64
}

type entry struct {
	doc    string
	decode func(settings []byte) (Method, error)
}

// catalogue is the one place where a name becomes a method.
var catalogue = map[string]entry{
	"invaspread": {"invariant and spreading instance features, all in the batch (Ye et al., 2019)", decodeAs[InvaSpread]},
	"simclr":     {"in-batch contrast with a projection head (Chen et al., 2020)", decodeAs[SimCLR]},
}

func decodeAs[M Method](settings []byte) (Method, error) {
	var m M
	if len(settings) == 0 {
		return m, nil
	}
	err := json.Unmarshal(settings, &m)
	return m, err
}

// Names lists the methods in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(catalogue))
	for n := range catalogue {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Doc returns the one-line description of a method, or "".
func Doc(name string) string { return catalogue[name].doc }

// ByName returns the method of that name; settings is its JSON, or nil for the defaults.
func ByName(name string, settings []byte) (Method, error) {
	e, ok := catalogue[name]
	if !ok {
		return nil, fmt.Errorf("methods: no method %q; there are %s", name, strings.Join(Names(), ", "))
	}
	m, err := e.decode(settings)
	if err != nil {
		return nil, fmt.Errorf("methods: settings of %s: %w", name, err)
	}
	return m, nil
}

// embed encodes two views as one batch, so that they share batch statistics, and
// returns the encodings [2N, D].
func embed(net encoders.Network, a, b *nn.Node) *nn.Node { return net.Apply(nn.Concat(0, a, b)) }

// partners lists, for each of 2n rows, the row of the other view of the same sample.
func partners(n int) []float32 {
	labels := make([]float32, 2*n)
	for i := range labels {
		labels[i] = float32((i + n) % (2 * n))
	}
	return labels
}

// diagonal is v on the diagonal of an n x n matrix and 0 elsewhere.
func diagonal(n int, v float32) []float32 {
	m := make([]float32, n*n)
	for i := range n {
		m[i*n+i] = v
	}
	return m
}

// hidden is subtracted from a logit that must not be chosen.
const hidden = 1e9
