package language

import "math/rand/v2"

// Applied is a step that changes an X in place, such as a window or an image, with what a context C holds.
type Applied[X any, C Random] interface {
	Step
	Apply(x X, c C)
}

// Random is a context that holds a generator of random numbers.
type Random interface {
	// Rand returns the generator, which every random choice is drawn from.
	Rand() *rand.Rand
}

// nothing is the name of the step that changes nothing; it stands for a view without steps where the other view has some.
const nothing = "identity"

// Identity changes nothing: "identity;jitter(0.1)" leaves the first view as it is.
type Identity[X any, C Random] struct{}

// Name implements [Step].
func (Identity[X, C]) Name() string { return nothing }

// Apply implements [Applied].
func (Identity[X, C]) Apply(X, C) {}

// Maybe applies a step with a probability. In the language it stands before that step: "maybe(0.5)|jitter".
type Maybe[S Applied[X, C], X any, C Random] struct {
	// P is the probability; 0 means 0.5.
	P float64
	// Of is the step that is applied.
	Of S
}

// Name implements [Step].
func (Maybe[S, X, C]) Name() string { return "maybe" }

// Numbers implements [Numbered].
func (m Maybe[S, X, C]) Numbers() []float64 { return []float64{m.P} }

// Parts implements [Composite].
func (m Maybe[S, X, C]) Parts() []S {
	if any(m.Of) == nil {
		return nil
	}
	return []S{m.Of}
}

// Apply implements [Applied].
func (m Maybe[S, X, C]) Apply(x X, c C) {
	if Chance(c.Rand(), Share(m.P, 0.5)) && any(m.Of) != nil {
		m.Of.Apply(x, c)
	}
}

// Choice applies one of several steps, each with the same probability. In the language their number stands before them:
// "choice(2)|jitter|mask".
type Choice[S Applied[X, C], X any, C Random] struct {
	// Of holds the steps, 2 to 64 of them.
	Of []S
}

const maxChoice = 64

// Name implements [Step].
func (Choice[S, X, C]) Name() string { return "choice" }

// Numbers implements [Numbered].
func (m Choice[S, X, C]) Numbers() []float64 { return []float64{float64(len(m.Of))} }

// Parts implements [Composite].
func (m Choice[S, X, C]) Parts() []S { return m.Of }

// Apply implements [Applied].
func (m Choice[S, X, C]) Apply(x X, c C) {
	if len(m.Of) > 0 {
		m.Of[c.Rand().IntN(len(m.Of))].Apply(x, c)
	}
}

// shared returns the entries that every language has: identity, maybe and choice.
func shared[S Applied[X, C], X any, C Random]() map[string]Entry[S] {
	as := func(step any) S { return step.(S) }
	return map[string]Entry[S]{
		nothing: {Doc: "change nothing", Make: func([]float64) S { return as(Identity[X, C]{}) }},
		"maybe": {Doc: "apply the next step with probability p", Params: []Param{Number("p", 0.5, 1)},
			Make:   func(n []float64) S { return as(Maybe[S, X, C]{P: n[0]}) },
			Follow: func([]float64) int { return 1 },
			With: func(step S, parts []S) S {
				return as(Maybe[S, X, C]{P: any(step).(Maybe[S, X, C]).P, Of: parts[0]})
			}},
		"choice": {Doc: "apply one of the next n steps", Params: []Param{Count("n", 2, 2, maxChoice)},
			Make:   func([]float64) S { return as(Choice[S, X, C]{}) },
			Follow: func(n []float64) int { return int(n[0]) },
			With:   func(_ S, parts []S) S { return as(Choice[S, X, C]{Of: parts}) }},
	}
}
