//go:build !invariants

package nn

import G "gorgonia.org/gorgonia"

// invariants tells whether programs check themselves while they run; see invariants_on.go.
const invariants = false

type checks struct{}

func (checks) plan(*liveness, *G.Node, []*G.Node, int) []int { return nil }

func (checks) run(int, *step) error { return nil }
