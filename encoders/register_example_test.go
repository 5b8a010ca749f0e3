package encoders_test

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Summary is an encoder from another module: the mean of each channel, behind a linear layer.
type Summary struct {
	Out int `json:"out,omitempty"`
}

func (Summary) Name() string { return "acme/summary" }

// MinLength refuses sequences that are too short to have a mean worth the name.
func (Summary) MinLength() int { return 8 }

// SettingDocs is what `wavekin list encoders acme/summary` prints.
func (Summary) SettingDocs() map[string]string {
	return map[string]string{"out": "length of the encoding; 0 means 16"}
}

func (s Summary) New(w *nn.Weights, channels int) (encoders.Network, error) {
	if s.Out == 0 {
		s.Out = 16
	}
	if s.Out < 1 || s.Out > 1<<16 {
		return nil, fmt.Errorf("out is %d, want 1 to %d", s.Out, 1<<16)
	}
	return summary{nn.NewLinear(w, "map", channels, s.Out, true), s.Out}, nil
}

type summary struct {
	linear *nn.LinearLayer
	out    int
}

func (s summary) Apply(x *nn.Node) *nn.Node { return s.linear.Apply(nn.MeanLast(x)) }

func (s summary) Dim() int { return s.out }

func ExampleRegister() {
	err := encoders.Register("acme/summary", encoders.EntryOf[Summary]("mean of each channel"))
	fmt.Println(err)
	enc, err := encoders.ByName("acme/summary", []byte(`{"out": 4}`))
	fmt.Println(enc, err)
	fmt.Println(encoders.Settings(enc))
	fmt.Println(encoders.Register("conv", encoders.EntryOf[Summary]("another conv")))
	// Output:
	// <nil>
	// {4} <nil>
	// [{out whole number length of the encoding; 0 means 16}]
	// encoder "conv" calls itself "acme/summary", want one name
}
