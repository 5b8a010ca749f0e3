package network_test

import (
	"fmt"
	"testing"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/nn"
)

// plain is an encoder with none of the optional methods: the mean of each channel.
type plain struct{}

func (plain) Name() string { return "plain" }

func (plain) New(_ *nn.Weights, channels int) (network.Network, error) { return mean(channels), nil }

type mean int

func (m mean) Dim() int { return int(m) }

func (mean) Apply(x *nn.Node) *nn.Node { return nn.MeanLast(x) }

// patches is an encoder of images of 16 pixels a side or more.
type patches struct{ plain }

func (patches) Name() string { return "patches" }

func (patches) Axes() int { return 2 }

func (patches) MinLength() int { return 16 }

// broken says that it takes less than nothing.
type broken struct{ plain }

func (broken) MinLength() int { return -3 }

func TestOptionalMethods(t *testing.T) {
	for _, c := range []struct {
		enc         network.Encoder
		axes, least int
	}{{plain{}, 1, 1}, {patches{}, 2, 16}, {broken{}, 1, 1}} {
		if a, l := network.Axes(c.enc), network.MinLength(c.enc); a != c.axes || l != c.least {
			t.Errorf("%T: %d axes and at least %d, want %d and %d", c.enc, a, l, c.axes, c.least)
		}
	}
}

func TestNarrowWidth(t *testing.T) {
	for _, c := range [][3]int{{64, 1, 64}, {64, 2, 48}, {64, 4, 32}, {64, 100, 8}, {6, 4, 6}, {10, 4, 8}} {
		if got := network.NarrowWidth(c[0], c[1]); got != c[2] {
			t.Errorf("a width of %d for %d: %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func ExampleCheckLength() {
	fmt.Println(network.CheckLength(plain{}, 1))
	fmt.Println(network.CheckLength(patches{}, 16))
	fmt.Println(network.CheckLength(patches{}, 32, 15))
	// Output:
	// <nil>
	// <nil>
	// an image of [32 15] pixels, patches needs at least 16 a side
}
