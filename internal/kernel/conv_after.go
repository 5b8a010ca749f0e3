package kernel

// After is what follows a convolution: a normalisation with fixed statistics, as [BatchNormApply], and what there is behind it,
// as [BatchNormReLU].
type After struct {
	// Mean and RStd are the statistics of each output channel, and Gamma and Beta scale and shift, or both nil.
	Mean, RStd, Gamma, Beta []float32
	// More is added to the normalised output, of which it has the shape; nil for none. Only with ReLU.
	More []float32
	// ReLU sets what is negative in the end to 0.
	ReLU bool
}

// run does it to the rows of y [n, c, t].
func (a After) run(y []float32, n, c, t int) {
	if a.ReLU {
		BatchNormReLU(y, y, a.More, a.Gamma, a.Beta, a.Mean, a.RStd, n, c, t)
	} else {
		BatchNormApply(y, y, a.Gamma, a.Beta, a.Mean, a.RStd, n, c, t)
	}
}

// row does it to a part of channel ch; more is nil or that part of More.
func (a *After) row(y []float32, ch int, more []float32) {
	g, b := weightOf(a.Gamma, a.Beta, ch)
	if a.ReLU {
		affineReLU(y, y, more, a.Mean[ch], a.RStd[ch]*g, b)
	} else {
		affine(y, y, a.Mean[ch], a.RStd[ch]*g, b)
	}
}

// ForwardThen is Forward and what follows it, while the output is in the cache where that can be.
func (c Conv) ForwardThen(x, w, bias, y []float32, a After) {
	if c.bf16() {
		c.Forward(x, w, bias, y)
		a.run(y, c.N, c.COut, c.TOut)
		return
	}
	if c.line(lineLeast) {
		p := c.newLine(x, w, bias, y, false)
		p.after, p.follow = a, true
		p.run()
		return
	}
	p := c.forward(x, y, bias)
	p.after, p.follow = a, true
	c.slide(p, w, c.CIn*c.K, c.K)
}

// ForwardThen is Forward and what follows it.
func (c Conv2D) ForwardThen(x, w, bias, y []float32, a After) {
	c.Forward(x, w, bias, y)
	a.run(y, c.N, c.COut, c.HOut*c.WOut)
}

// finish does what follows to the steps [from, to) of a sample.
func (p *correlation) finish(sample, from, to int) {
	if !p.follow {
		return
	}
	for o := range p.outs {
		at := (sample*p.outs + o) * p.outSteps
		var more []float32
		if p.after.More != nil {
			more = p.after.More[at+from : at+to]
		}
		p.after.row(p.out[at+from:at+to], o, more)
	}
}

// finishBlock does what follows to a block of the steps [from, to), counted through the samples, rows step apart, as far as
// that needs no more than the block.
func (p *correlation) finishBlock(block []float32, step, from, to int) {
	if !p.follow {
		return
	}
	a := p.after
	a.ReLU = a.ReLU && a.More == nil
	for o := range p.outs {
		a.row(block[o*step:o*step+to-from], o, nil)
	}
}

// addMore does the rest to the steps [t, t+count) of a sample.
func (p *correlation) addMore(sample, t, count int) {
	if !p.follow || p.after.More == nil {
		return
	}
	rows := p.outs
	if count == p.outSteps { // all rows are one
		count, rows = count*rows, 1
	}
	for o := range rows {
		at := sample*p.outs*p.outSteps + o*p.outSteps + t
		y := p.out[at : at+count]
		add(y, y, p.after.More[at:at+count])
		relu(y, y)
	}
}
