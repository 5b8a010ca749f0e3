package train

import (
	"fmt"
	"math"
	"strings"
)

// The weights of an encoder that learns stay near 1; beyond mostWeight, in the root of the mean square of one tensor, the encodings
// have no meaning. A tensor of fewer numbers than fewNumbers may be a scale.
const (
	mostWeight = 10
	fewNumbers = 16
)

// blown says that weights of the encoder have grown out of all bounds, or nothing.
func (t *trainer) blown() string {
	worst, name := 0.0, ""
	for _, p := range t.weights.Trainable() {
		if !strings.HasPrefix(p.Name, "encoder.") || len(p.Data) < fewNumbers {
			continue
		}
		var square float64
		for _, v := range p.Data {
			square += float64(v) * float64(v)
		}
		if size := math.Sqrt(square / float64(len(p.Data))); !(size <= worst) {
			worst, name = size, p.Name
		}
	}
	if worst <= mostWeight {
		return ""
	}
	return fmt.Sprintf("the training blew up: %s has grown to %.3g, healthy is about 1; lower the learning rate (%g)", name, worst, t.cfg.LR)
}

// rose says that the loss went up by far, or nothing: a hundredfold at the end, or a thousandfold on the way. Up to the loss of a network
// that tells nothing apart it may: among the random vectors that a queue or bank begins with, every positive is easily found.
func rose(losses []float64, last, uniform, rate float64) string {
	if len(losses) < 2 || !(losses[0] > 0) {
		return ""
	}
	most := last
	if last <= 100*losses[0] {
		for _, l := range losses {
			most = max(most, l)
		}
		if most <= 1000*losses[0] {
			return ""
		}
	}
	if most <= uniform {
		return ""
	}
	return fmt.Sprintf("the loss rose from %.3g to %.3g; lower the learning rate (%g)", losses[0], most, rate)
}

// beyond puts what makes a run worthless before what else was found.
func (t *trainer) beyond(s Summary, uniform float64) []string {
	var first []string
	for _, d := range []string{t.blown(), rose(t.losses, s.Loss, uniform, t.cfg.LR)} {
		if d != "" {
			first = append(first, d)
		}
	}
	if t.alike {
		first = append(first, "all samples are the same; there is nothing to tell apart: look at the data, or choose another window")
	}
	if len(first) == 0 {
		return s.Diagnosis
	}
	return first
}

// mostCompared bounds how many samples are compared.
const mostCompared = 64

// uniform tells whether all samples are the same, by evenly spaced ones of many.
func (s *samples) uniform() (bool, error) {
	n := min(len(s.at), mostCompared)
	size := s.size()
	first, other := make([]float32, size), make([]float32, size)
	if err := s.source.whole(first, 0); err != nil {
		return false, err
	}
	for i := 1; i < n; i++ {
		if err := s.source.whole(other, i*len(s.at)/n); err != nil {
			return false, err
		}
		for j, v := range other {
			if d := math.Abs(float64(v - first[j])); d > 1e-6*(1+math.Abs(float64(v))) {
				return false, nil
			}
		}
	}
	return true, nil
}
