package kernel

// Winograd's minimal filtering (Winograd, 1980; Lavin and Gray, 2016) computes 4 by 4 outputs of a 3 by 3 convolution from a
// tile of 6 by 6 inputs with 36 products instead of 144:
//
//	y = At [ (G w Gt) * (Bt x B) ] A
//
// where * is element by element. Summed over input channels the products of each of the 36 points become a matrix product.
// The gradient of the weights is the same identity differentiated: dw = Gt [ (Bt x B) * (A dy At) ] G, summed over tiles.
//
// The points are 0, ±1/√2, ±√2 and infinity. With those of Lavin and Gray (0, ±1, ±2) the float32 error of an output is about
// four times that of the plain sum; with these it is twice (measured against float64: 64 channels of normal inputs, root
// mean square 7.9e-7 of an output's deviation; plain sum 4.2e-7, ±1 and ±2 1.5e-6).

const (
	tileSide   = 4 // outputs of a tile along one axis
	tileReach  = 6 // inputs of it
	tilePoints = tileReach * tileReach
)

// winograd tells whether transforms pay: enough channels to fill their eight lanes, and tiles that do not hang over the
// output so far that the plain sum has fewer products.
func (c Conv2D) winograd() bool {
	if !hasWinograd() || c.KH != 3 || c.KW != 3 || c.Stride != 1 || c.Groups != 1 || c.Pad > 2 || c.CIn < 8 || c.COut < 8 {
		return false
	}
	pays := func(h, w int) bool {
		tiles := ((h + tileSide - 1) / tileSide) * ((w + tileSide - 1) / tileSide)
		return tiles*tilePoints*2 <= 9*h*w // half the products or fewer
	}
	return pays(c.HOut, c.WOut) && pays(c.HIn, c.WIn)
}

// transformKind is one of the transforms, each of square tiles of one size to square tiles of another.
type transformKind int

const (
	toInput  transformKind = iota // Bt x B, 6 to 6
	toGrad                        // A dy At, 4 to 6
	toOutput                      // At m A, 6 to 4
	toWeight                      // G w Gt, 3 to 6
	toTotal                       // Gt s G, 6 to 3
)

// sides are the lengths of a tile before and after a transform.
func (k transformKind) sides() (from, to int) {
	return [...]int{tileReach, tileSide, tileReach, 3, tileReach}[k], [...]int{tileReach, tileReach, tileSide, tileReach, 3}[k]
}

// transform is a run of tiles to transform, eight channels side by side. Number (i, j) of a tile is i rows and j columns
// from where the tile starts, and the tiles start a step apart.
type transform struct {
	dst                           []float32
	dstRow, dstCol, dstStep       int
	src                           []float32
	from, srcRow, srcCol, srcStep int // the first tile starts at src[from]
	count                         int
}

// check panics unless all that the assembly is going to touch is there.
func (t *transform) check(kind transformKind) {
	from, to := kind.sides()
	_ = t.dst[(to-1)*(t.dstRow+t.dstCol)+(t.count-1)*t.dstStep+7]
	_ = t.src[t.from+min(0, (from-1)*t.srcRow)+min(0, (from-1)*t.srcCol)]
	_ = t.src[t.from+max(0, (from-1)*t.srcRow)+max(0, (from-1)*t.srcCol)+(t.count-1)*t.srcStep+7]
}

// tiling cuts images [samples, channels, height, width] into rows of tiles and transforms them.
type tiling struct {
	data                   []float32
	channels               int
	rows, cols             axis
	side                   int // 6 for inputs, 4 for gradients of outputs
	kind                   transformKind
	tilesDown, tilesAcross int
}

// set prepares a tiling of planes of h by w. The tiles are those of outputs of outH by outW.
func (g *tiling) set(data []float32, kind transformKind, channels, h, w, pad, outH, outW int) {
	g.data, g.kind, g.channels = data, kind, channels
	g.side, _ = kind.sides()
	g.tilesDown, g.tilesAcross = (outH+tileSide-1)/tileSide, (outW+tileSide-1)/tileSide
	g.rows.set(h, outH, pad, 3)
	g.cols.set(w, outW, pad, 3)
	g.rows.padded, g.cols.padded = (g.tilesDown-1)*tileSide+g.side, (g.tilesAcross-1)*tileSide+g.side
}

// layout says where the transformed numbers of a tile and a channel go.
type layout struct {
	pointStep, tileStep int
	block, blockStep    int // channels side by side, and from one such block to the next
}

// spread transforms the tile rows [r0, r1), counted through the samples, to dst.
func (g *tiling) spread(s *scratch, dst []float32, to layout, r0, r1 int) {
	lanes := min(r1-r0, g.tilesDown)
	buf := sized(&s.b, ((lanes-1)*tileSide+g.side)*g.cols.padded*8)
	line := g.cols.padded * 8
	t := transform{
		dstRow: tileReach * to.pointStep, dstCol: to.pointStep, dstStep: to.tileStep,
		src: buf, srcRow: line, srcCol: 8, srcStep: tileSide * 8, count: g.tilesAcross,
	}
	for r := r0; r < r1; {
		sample, row, count := stretch(r, r1, g.tilesDown)
		lo, hi := row*tileSide, (row+count-1)*tileSide+g.side
		clear(buf[:(hi-lo)*line])
		for c := 0; c < g.channels; c += 8 {
			if g.channels-c < 8 {
				clear(buf[:(hi-lo)*line])
			}
			at := (sample*g.channels + c) * g.rows.in * g.cols.in
			channelsLast(buf, 8, g.data[at:], min(8, g.channels-c), &g.rows, &g.cols, lo, hi)
			place := c/to.block*to.blockStep + c%to.block
			for i := range count {
				t.from = i * tileSide * line
				t.dst = dst[place+(r-r0+i)*g.tilesAcross*to.tileStep:]
				t.run(g.kind)
			}
		}
		r += count
	}
}

// apart makes a step between numbers that are used together an odd number of cache lines, so that they do not all fall on
// the same few places in the cache.
func apart(n int) int { return (n+31)/32*32 + 16 }
