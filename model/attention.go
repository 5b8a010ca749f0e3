package model

import (
	"context"
	"errors"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
)

// ErrNoAttention: the encoder has no attention that could be looked at.
var ErrNoAttention = errors.New("the model's encoder has no attention over an image; vision transformers have")

// Attention is where the heads of a vision transformer's last layer look.
type Attention struct {
	// Heads is their number; Height and Width are the grid of patches.
	Heads, Height, Width int
	// Values [images, Heads, Height, Width] are the weights of the patches, each head's of an image 1 in sum at most.
	Values []float32
}

// Attention looks at images as [Model.EncodeImages] does. Errors: ErrNoAttention, or as there.
func (m *Model) Attention(ctx context.Context, images []*raster.Image) (*Attention, error) {
	net, ok := m.net.(encoders.Attender)
	if !ok {
		return nil, ErrNoAttention
	}
	p := m.Settings.Image
	g := nn.NewGraph(false)
	const batch = 16
	x := g.Input("x", batch, m.Settings.Channels, p.Size, p.Size)
	maps := net.Attention(x)
	prog, err := g.Compile(nil, maps)
	if err != nil {
		return nil, err
	}
	s := maps.Shape()
	out := &Attention{Heads: s[1], Height: s[2], Width: s[3]}
	each, size := s[1]*s[2]*s[3], m.Settings.Channels*p.Size*p.Size
	errs := make([]error, batch)
	for from := 0; from < len(images); from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(batch, len(images)-from)
		dst := prog.Data(x)
		clear(dst)
		kernel.Parallel(n, 1, func(lo, hi int) {
			w := imageContexts.Get().(*imageaug.Context)
			defer imageContexts.Put(w)
			for i := lo; i < hi; i++ {
				errs[i] = p.Whole(dst[i*size:(i+1)*size], images[from+i], w)
			}
		})
		if err := firstOf(errs[:n]); err != nil {
			return nil, err
		}
		if err := prog.Run(); err != nil {
			return nil, err
		}
		out.Values = append(out.Values, prog.Data(maps)[:n*each]...)
	}
	return out, nil
}
