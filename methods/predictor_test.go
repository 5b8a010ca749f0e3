package methods

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

var predictorEncoders = []encoders.Encoder{encoders.Strided{Width: 16, Out: 8}, trialEncoder, encoders.ResNet1D{Width: 4, Stages: 2, Norm: "group"}}

// predictorOf declares a network with predictors for windows of a length.
func predictorOf(t *testing.T, enc encoders.Encoder, length int) (*nn.Weights, *pieceNet, *Predictor) {
	t.Helper()
	w := nn.NewWeights(1)
	m := CPC{Context: cpc.ContextConfig{Width: 8}}
	net, err := NetworkOf(m, w, enc, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Predictor(Setup{Weights: w.Scope("method"), Net: net, Channels: 1, Length: length})
	if err != nil {
		t.Fatal(err)
	}
	return w, net.(*pieceNet), f
}

// TestPredictorIsWhatTheLossCompares computes each guess from the pieces of the window, where these end with it.
func TestPredictorIsWhatTheLossCompares(t *testing.T) {
	for _, enc := range predictorEncoders {
		length := 64
		if _, ok := enc.(encoders.Strided); ok {
			length = 65 // its last step is the last time stamp
		}
		w, net, f := predictorOf(t, enc, length)
		x := w.Param("x", nn.Normal(1), 3, 1, length)
		g := nn.NewGraph(false)
		all := f.Apply(g.Param(x))
		z, _, _ := net.pieces(g.Param(x))
		c := net.context.Apply(z)
		p, err := g.Compile(nil, all, z, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		steps, d, h, width := z.Dim(1), f.Dim(), c.Dim(2), all.Dim(1)
		if width != d*(1+len(f.Horizons())) {
			t.Fatalf("%s: rows of %d numbers, %d horizons of %d", enc.Name(), width, len(f.Horizons()), d)
		}
		for n := range 3 {
			row := p.Data(all)[n*width : (n+1)*width]
			for j := range d {
				if want := p.Data(z)[(n*steps+steps-1)*d+j]; math.Abs(float64(row[j]-want)) > 1e-5 {
					t.Fatalf("%s: number %d of the last step is %g, want %g", enc.Name(), j, row[j], want)
				}
			}
			for k, ahead := range f.Horizons() {
				from := p.Data(c)[(n*steps+steps-1-ahead)*h:][:h]
				matrix := w.Lookup("method.predictors.horizon" + string(rune('0'+k)) + ".weight")
				for j := range d {
					var want float64
					for i, v := range from {
						want += float64(matrix.Data[j*h+i]) * float64(v)
					}
					if got := float64(row[(1+k)*d+j]); math.Abs(got-want) > 1e-4 {
						t.Fatalf("%s: number %d of the guess from %d steps before is %g, want %g", enc.Name(), j, ahead, got, want)
					}
				}
			}
		}
	}
}

// TestPredictorSeesNothingOfWhatItPredicts follows the gradient: guesses reach no time stamp that the last step shows, and that step reaches
// the last time stamp, whatever the length leaves over.
func TestPredictorSeesNothingOfWhatItPredicts(t *testing.T) {
	for _, enc := range predictorEncoders {
		for _, length := range []int{64, 67, 72} {
			w, _, f := predictorOf(t, enc, length)
			_, shown := f.Step(length)
			x := w.Param("x", nn.Normal(1), 1, 1, length)
			for _, last := range []bool{true, false} {
				from, to := f.Dim(), f.Dim()*(1+len(f.Horizons()))
				if last {
					from, to = 0, f.Dim()
				}
				g := nn.NewGraph(true)
				p, err := g.Compile(nn.Sum(nn.Square(nn.Slice(f.Apply(g.Param(x)), 1, from, to))))
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				for i, v := range x.Grad {
					if in := i >= length-shown; v != 0 && in != last || last && i == length-1 && v == 0 {
						t.Errorf("%s, %d time stamps, of which the last step shows %d: step %v, the gradient at %d is %g", enc.Name(), length, shown, last, i, v)
						break
					}
				}
			}
		}
	}
}
