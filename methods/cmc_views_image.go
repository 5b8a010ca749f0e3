package methods

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// imageSenses are the kinds of view of an image. Besides raw, with which Tian et al. (2020) take the channels of a colour
// space apart, they are this package's own, for images that have one channel.
var imageSenses = map[string]func(x *nn.Node, c *CMC) *nn.Node{
	"raw":    senses["raw"],
	"edges":  func(x *nn.Node, _ *CMC) *nn.Node { return evenedPlanes(edges(x)) },
	"blur":   func(x *nn.Node, c *CMC) *nn.Node { return evenedPlanes(blur(x, c.Span)) },
	"detail": func(x *nn.Node, c *CMC) *nn.Node { return evenedPlanes(nn.Sub(x, blur(x, c.Span))) },
}

// evenedPlanes is evened for each plane of x [N, C, H, W].
func evenedPlanes(x *nn.Node) *nn.Node {
	return nn.Reshape(evened(nn.Reshape(x, x.Dim(0), x.Dim(1), x.Dim(2)*x.Dim(3))), x.Shape()...)
}

// blur is the moving average over a share of the side, along the rows and then along the columns of x [N, C, H, W].
func blur(x *nn.Node, span float64) *nn.Node {
	return nn.SwapLast(trend(nn.SwapLast(trend(x, span)), span))
}

// edges are the slopes of Sobel's operator along the rows and along the columns: x [N, C, H, W] to [N, 2C, H, W], the two of
// a channel next to each other. Beyond its border an image goes on as at the border.
func edges(x *nn.Node) *nn.Node {
	n, c, h, w := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	size := h * w
	return nn.Host("edges", []int{n, 2 * c, h, w}, func(in [][]float32, out []float32) {
		kernel.Parallel(n*c, max(1, 4096/size), func(lo, hi int) {
			for p := lo; p < hi; p++ {
				sobel(out[2*p*size:(2*p+1)*size], out[(2*p+1)*size:(2*p+2)*size], in[0][p*size:(p+1)*size], h, w)
			}
		})
	}, x)
}

// sobel writes the slopes of a plane, an eighth of the customary weights: a ramp that rises by 1 from pixel to pixel has 1.
func sobel(across, down, x []float32, h, w int) {
	for i := range h {
		above, here, below := x[max(0, i-1)*w:], x[i*w:], x[min(h-1, i+1)*w:]
		for j := range w {
			l, r := max(0, j-1), min(w-1, j+1)
			across[i*w+j] = (above[r] - above[l] + 2*(here[r]-here[l]) + below[r] - below[l]) / 8
			down[i*w+j] = (below[l] - above[l] + 2*(below[j]-above[j]) + below[r] - above[r]) / 8
		}
	}
}
