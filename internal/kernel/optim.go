package kernel

import "math"

// optimGrain is elementGrain for the optimisers.
const optimGrain = 1 << 13

// adamwStep holds the constants of one step, in the order the assembly reads them.
type adamwStep struct {
	keepM, addM float32 // m = keepM*m + addM*g
	keepV, addV float32 // v = keepV*v + addV*g*g
	rate        float32 // lr over the bias correction of m
	correctV    float32 // one over the bias correction of v
	eps         float32
	keepW       float32 // 1 - lr*decay
}

// AdamW moves the weights w one step of Adam with decoupled weight decay, from the gradient g and the running moments m and
// v, which it updates (all of one length; zeros before the first step). step counts from 1 and corrects the moments' bias.
// The same bits come out on every instruction set.
func AdamW(w, g, m, v []float32, lr, beta1, beta2, eps, decay float32, step int) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	c := adamwStep{
		keepM: beta1, addM: 1 - beta1,
		keepV: beta2, addV: 1 - beta2,
		rate:     float32(float64(lr) / (1 - math.Pow(float64(beta1), float64(step)))),
		correctV: float32(1 / (1 - math.Pow(float64(beta2), float64(step)))),
		eps:      eps,
		keepW:    float32(1 - float64(lr)*float64(decay)),
	}
	a := adamws.get()
	*a = adamwCall{c, w, g, m, v}
	overRanges(len(w), optimGrain, a)
	*a = adamwCall{}
	adamws.put(a)
}

var adamws freeList[adamwCall]

// adamwCall is a call of [AdamW]. A range is some weights.
type adamwCall struct {
	adamwStep
	w, g, m, v []float32
}

func (a *adamwCall) span(lo, hi int) {
	adamw(a.w[lo:hi], a.g[lo:hi], a.m[lo:hi], a.v[lo:hi], &a.adamwStep)
}

// SGD moves the weights w one step against the gradient g plus decay*w, with momentum kept in buf (all of one length; zeros
// before the first step), looking one momentum step ahead when nesterov is set.
func SGD(w, g, buf []float32, lr, momentum, decay float32, nesterov bool) {
	g, buf = g[:len(w)], buf[:len(w)]
	if inline(len(w), optimGrain) {
		sgd(w, g, buf, lr, momentum, decay, nesterov)
		return
	}
	Parallel(len(w), optimGrain, func(lo, hi int) {
		sgd(w[lo:hi], g[lo:hi], buf[lo:hi], lr, momentum, decay, nesterov)
	})
}

func adamwGo(w, g, m, v []float32, c *adamwStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i, d := range g {
		m[i] = float32(c.keepM*m[i]) + float32(c.addM*d)
		v[i] = float32(c.keepV*v[i]) + float32(c.addV*float32(d*d))
		// float32(math.Sqrt(float64(x))) is the float32 square root, correctly rounded.
		down := float32(math.Sqrt(float64(v[i]*c.correctV))) + c.eps
		w[i] = float32(c.keepW*w[i]) - float32(c.rate*m[i])/down
	}
}

func sgd(w, g, buf []float32, lr, momentum, decay float32, nesterov bool) {
	g, buf = g[:len(w)], buf[:len(w)]
	for i := range w {
		d := g[i] + float32(decay*w[i])
		buf[i] = float32(momentum*buf[i]) + d
		if nesterov {
			d += float32(momentum * buf[i])
		} else {
			d = buf[i]
		}
		w[i] -= float32(lr * d)
	}
}
