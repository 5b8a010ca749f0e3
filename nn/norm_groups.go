package nn

// groupMoments gathers the moments of the parts of a batch, of which the last to come moves the running statistics once.
type groupMoments struct {
	mean, variance [][]float64 // by part, unbiased
	seen           int
}

// grouping is the parts of a batch under construction.
type grouping struct {
	parts, part int
	uses        map[*BatchStats]int // within the part: a normalisation may stand in a network more than once
	pools       map[*BatchStats][]*groupMoments
}

// InGroups applies a network to equal parts of the batch x [N, ...] one by one, so that a batch normalisation takes its
// statistics from a part alone, as it does where each device has a part (He et al., 2020, section 3.3). Running statistics move
// once in a run, towards the mean of the parts' moments, as in the authors' SplitBatchNorm. The parts must divide N.
func InGroups(x *Node, parts int, apply func(part *Node) *Node) *Node {
	if !ok(x) {
		return x
	}
	n, g := x.Dim(0), x.g
	if parts < 1 || n%parts != 0 {
		return g.failf("in groups: a batch of %d does not divide into %d parts", n, parts)
	}
	outer := g.grouping
	in := &grouping{parts: parts, pools: map[*BatchStats][]*groupMoments{}}
	g.grouping = in
	defer func() { g.grouping = outer }()
	var out []*Node
	for in.part = range parts {
		in.uses = map[*BatchStats]int{}
		out = append(out, apply(Slice(x, 0, in.part*n/parts, (in.part+1)*n/parts)))
	}
	return Concat(0, out...)
}

// pool is where the next use of a normalisation of c channels in this part gathers its moments, nil outside of groups.
func (in *grouping) pool(s *BatchStats, c int) (*groupMoments, int) {
	if in == nil {
		return nil, 0
	}
	use := in.uses[s]
	in.uses[s]++
	if use == len(in.pools[s]) {
		p := &groupMoments{}
		for range in.parts {
			p.mean, p.variance = append(p.mean, make([]float64, c)), append(p.variance, make([]float64, c))
		}
		in.pools[s] = append(in.pools[s], p)
	}
	return in.pools[s][use], in.part
}

// add takes the moments of a part, and moves the running statistics where it is the last.
func (p *groupMoments) add(part int, s *BatchStats, mean, rstd []float32, count int, eps float32) {
	for i := range mean {
		p.mean[part][i], p.variance[part][i] = float64(mean[i]), unbiased(rstd[i], count, eps)
	}
	if p.seen++; p.seen < len(p.mean) {
		return
	}
	p.seen = 0
	for i := range mean {
		var m, v float64
		for k := range p.mean {
			m += p.mean[k][i] / float64(len(p.mean))
			v += p.variance[k][i] / float64(len(p.mean))
		}
		s.move(i, float32(m), float32(v))
	}
}
