package train

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// SGD is stochastic gradient descent with momentum 0.9, Nesterov's ("sgd") or plain ("momentum", that of most papers);
// everything is decayed unless Config.Exempt says otherwise.
type SGD struct {
	buffers
	nesterov bool
}

func newSGD(nesterov bool) func(b buffers, cfg Config) Optimizer {
	return func(b buffers, cfg Config) Optimizer {
		b.exempt(cfg, false)
		return &SGD{b, nesterov}
	}
}

// Step applies v = 0.9v + g + decay·w; w -= lr·(g + decay·w + 0.9v), or without Nesterov w -= lr·v.
func (o *SGD) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		if lr, decay, momentum := o.of(p, groups[i], now); lr > 0 {
			kernel.SGD(p.Data, p.Grad, o.first[i], lr, momentum, decay, o.nesterov)
		}
	}
}
