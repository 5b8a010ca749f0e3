package methods_test

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// Align is a method from another module: it pulls the two views of a sample together, and the features of a batch apart by
// a bound on their deviation.
type Align struct {
	Spread float64 `json:"spread,omitempty"`
}

func (Align) Name() string { return "acme/align" }

// Needs returns the default, two views of full length.
func (Align) Needs() methods.Needs { return methods.Needs{} }

// SettingDocs is what `wavekin list methods acme/align` prints.
func (Align) SettingDocs() map[string]string {
	return map[string]string{"spread": "weight of the spread; 0 means 1"}
}

func (m Align) New(s methods.Setup) (methods.Objective, error) {
	if m.Spread == 0 {
		m.Spread = 1
	}
	return align{s.Net, float32(m.Spread)}, nil
}

type align struct {
	net    encoders.Network
	spread float32
}

func (o align) Build(b methods.Batch) methods.Loss {
	first, second := nn.Normalize(o.net.Apply(b.Views[0])), nn.Normalize(o.net.Apply(b.Views[1]))
	pull := nn.Mean(nn.Square(nn.Sub(first, second)))
	push := nn.Mean(nn.Square(nn.MatMul(first, second, false, true)))
	return methods.Loss{Value: nn.Add(pull, nn.Scale(push, o.spread)), Embeddings: nn.Concat(0, first, second)}
}

// Uniform is the loss where all embeddings are equal.
func (o align) Uniform(int) float64 { return float64(o.spread) }

func ExampleRegister() {
	fmt.Println(methods.Register("acme/align", methods.EntryOf[Align]("alignment and spread")))
	m, err := methods.ByName("acme/align", []byte(`{"spread": 0.5}`))
	fmt.Println(m, err)
	fmt.Println(methods.Settings(m))
	_, err = methods.ByName("acme/align", []byte(`{"spreed": 0.5}`))
	fmt.Println(err)
	// Output:
	// <nil>
	// {0.5} <nil>
	// [{spread number weight of the spread; 0 means 1}]
	// settings of acme/align: unknown field "spreed"; did you mean spread?
}
