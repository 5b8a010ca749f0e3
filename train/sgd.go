package train

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// SGD is stochastic gradient descent with momentum 0.9, Nesterov's ("sgd") or plain ("momentum", that of most papers);
// everything is decayed.
type SGD struct {
	buffers
	nesterov bool
}

// Step applies v = 0.9v + g + decay·w; w -= lr·(g + decay·w + 0.9v), or without Nesterov w -= lr·v.
func (o *SGD) Step(params []*nn.Param, groups []methods.Group, now Rates) {
	o.steps++
	for i, p := range params {
		if lr, _ := now.of(p, groups[i]); lr > 0 {
			decay := now.Decay
			if groups[i].NoDecay {
				decay = 0
			}
			kernel.SGD(p.Data, p.Grad, o.first[i], lr, 0.9, decay, o.nesterov)
		}
	}
}
