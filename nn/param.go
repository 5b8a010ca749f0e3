package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Param is one named tensor of a network: a weight that is trained, or a buffer
// (running statistics, a queue) that is only kept and saved.
type Param struct {
	// Name is unique within its Weights, with dots between scopes.
	Name string
	// Shape is the size of each axis; Data holds their product of values.
	Shape []int
	// Data holds the values, row major.
	Data []float32
	// Grad holds the gradient of the last run, or is nil for a buffer.
	Grad []float32
	// Trainable tells weights from buffers.
	Trainable bool
}

// Init fills a new parameter; rng is derived from the seed and the parameter's name.
type Init func(data []float32, rng *rand.Rand)

// Zeros initialises with 0.
func Zeros(data []float32, _ *rand.Rand) { clear(data) }

// Ones initialises with 1.
func Ones(data []float32, _ *rand.Rand) {
	for i := range data {
		data[i] = 1
	}
}

// Uniform draws from U(-a, a).
func Uniform(a float64) Init {
	return func(data []float32, rng *rand.Rand) {
		for i := range data {
			data[i] = float32((2*rng.Float64() - 1) * a)
		}
	}
}

// Normal draws from N(0, std²).
func Normal(std float64) Init {
	return func(data []float32, rng *rand.Rand) {
		for i := range data {
			data[i] = float32(rng.NormFloat64() * std)
		}
	}
}

// KaimingUniform draws from U(-1/√fanIn, 1/√fanIn), the customary default of
// linear and convolution layers.
func KaimingUniform(fanIn int) Init { return Uniform(1 / math.Sqrt(float64(max(1, fanIn)))) }

// XavierUniform draws from U(-√(6/(in+out)), √(6/(in+out))) (Glorot and Bengio, 2010).
func XavierUniform(in, out int) Init { return Uniform(math.Sqrt(6 / float64(max(1, in+out)))) }

// Weights is the ordered set of a network's parameters and buffers.
type Weights struct {
	prefix string
	frozen bool
	store  *store
	learnt func(name string) []float32 // values to begin with, by name without within
	within string
}

type store struct {
	seed   uint64
	params []*Param
	byName map[string]*Param
	// limit bounds the number of values, used of which are declared; 0 means no limit.
	limit, used int
	err         error
}

// NewWeights makes an empty set. The same seed and the same names give the same
// initial values, in whatever order they are declared.
func NewWeights(seed uint64) *Weights {
	return &Weights{store: &store{seed: seed, byName: map[string]*Param{}}}
}

// Limit bounds the number of values of the whole set, weights and buffers together. What is declared beyond it gets no
// values at all, and Err tells of it: so settings from a file cannot ask for more memory than the file has values for.
func (w *Weights) Limit(values int) *Weights {
	w.store.limit = max(1, values)
	return w
}

// Err returns the first declaration that the limit did not allow, or nil. The set must not be used if there is one.
func (w *Weights) Err() error { return w.store.err }

// Scope returns a view of the same set that puts name and a dot before every name.
func (w *Weights) Scope(name string) *Weights {
	in := *w
	in.prefix += name + "."
	return &in
}

// Learnt returns a view of the same set whose parameters and buffers begin with values that were learnt before, found by their
// names below this scope. Those for which learnt gives nil, or another number of values, begin as they are declared.
func (w *Weights) Learnt(learnt func(name string) []float32) *Weights {
	in := *w
	in.learnt, in.within = learnt, w.prefix
	return &in
}

// begin fills in what was learnt before.
func (w *Weights) begin(p *Param) {
	if w.learnt == nil {
		return
	}
	if v := w.learnt(p.Name[len(w.within):]); len(v) == len(p.Data) {
		copy(p.Data, v)
	}
}

// Name is the full name that a parameter declared under name would have here.
func (w *Weights) Name(name string) string { return w.prefix + name }

// Frozen returns a view of the same set whose parameters are declared as buffers: kept, saved and
// never trained, as those of a momentum teacher are.
func (w *Weights) Frozen() *Weights {
	in := *w
	in.frozen = true
	return &in
}

// Param declares a parameter, trainable unless the set is frozen, or returns the one of that name that exists.
func (w *Weights) Param(name string, init Init, shape ...int) *Param {
	p, fresh := w.declare(name, shape)
	if fresh {
		if p.Trainable = !w.frozen; p.Trainable {
			p.Grad = make([]float32, len(p.Data))
		}
		init(p.Data, rand.New(rand.NewPCG(w.store.seed, hashName(p.Name))))
		w.begin(p)
	}
	return p
}

// Buffer declares a tensor that is kept and saved but not trained.
func (w *Weights) Buffer(name string, fill float32, shape ...int) *Param {
	p, fresh := w.declare(name, shape)
	if fresh {
		for i := range p.Data {
			p.Data[i] = fill
		}
		w.begin(p)
	}
	return p
}

func (w *Weights) declare(name string, shape []int) (*Param, bool) {
	name = w.prefix + name
	if p, ok := w.store.byName[name]; ok {
		return p, false
	}
	p := &Param{Name: name, Shape: slices.Clone(shape)}
	if w.store.allows(p) {
		p.Data = make([]float32, size(shape))
	}
	w.store.params = append(w.store.params, p)
	w.store.byName[name] = p
	return p, true
}

// allows counts the values of a new parameter and reports the first that is beyond the limit.
func (s *store) allows(p *Param) bool {
	if s.limit == 0 {
		return true
	}
	left := s.limit - s.used
	if s.err == nil && !fits(p.Shape, left) {
		s.err = fmt.Errorf("%q of shape %v goes beyond the limit of %d values", p.Name, p.Shape, s.limit)
	}
	if s.err != nil {
		return false
	}
	s.used += size(p.Shape)
	return true
}

// fits tells whether a shape has at most n elements, without computing a product that overflows.
func fits(shape []int, n int) bool {
	for _, d := range shape {
		if d < 1 {
			return false
		}
		n /= d
	}
	return n > 0
}

// All returns every parameter and buffer in the order of declaration.
func (w *Weights) All() []*Param { return w.store.params }

// Trainable returns the parameters that are trained, in the order of declaration.
func (w *Weights) Trainable() []*Param {
	var out []*Param
	for _, p := range w.store.params {
		if p.Trainable {
			out = append(out, p)
		}
	}
	return out
}

// Lookup returns the parameter of that full name, or nil.
func (w *Weights) Lookup(name string) *Param { return w.store.byName[name] }

// Count returns how many trainable numbers there are.
func (w *Weights) Count() int {
	n := 0
	for _, p := range w.store.params {
		if p.Trainable {
			n += len(p.Data)
		}
	}
	return n
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// hashName is FNV-1a, so that a parameter's initial values depend on its name only.
func hashName(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
