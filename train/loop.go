package train

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// Summary is what training came to.
type Summary struct {
	// Steps is how many steps were taken, and Windows how many windows there are.
	Steps   int `json:"steps"`
	Windows int `json:"windows"`
	// Parameters is the number of trained numbers.
	Parameters int `json:"parameters"`
	// Loss is the mean over the last tenth of the steps, FirstLoss that of the first step.
	Loss      float64 `json:"loss"`
	FirstLoss float64 `json:"first_loss"`
	// Std is the collapse instrument at the end, see [Step].
	Std float64 `json:"std"`
	// EffectiveRank is the participation ratio of the embeddings' covariance in the last batch.
	EffectiveRank float64 `json:"effective_rank"`
	// Alignment and Uniformity are those of Wang and Isola (2020), in the last batch.
	Alignment  float64 `json:"alignment"`
	Uniformity float64 `json:"uniformity"`
	// Diagnosis says in words what looks wrong, or that nothing does.
	Diagnosis []string `json:"diagnosis"`
	// Losses holds the loss of every step, for the picture.
	Losses []float64 `json:"-"`
}

// trainer is the state of one run.
type trainer struct {
	cfg     Config
	data    *windows
	batcher *batcher
	weights *nn.Weights
	obj     methods.Objective
	optim   Optimizer
	progs   map[int]*compiled
	step    int
	total   int
	losses  []float64
	watch   watch
}

// compiled is the training program of one batch size.
type compiled struct {
	prog *nn.Program
	a, b *nn.Node
	z    *nn.Node
}

// Pretrain learns an encoder from series without labels. All series must have the
// same channels. A cancelled context saves a checkpoint, if there is a folder for
// them, and returns the context's error.
func Pretrain(ctx context.Context, all []*series.Series, cfg Config) (*Model, Summary, error) {
	t, err := newTrainer(all, cfg)
	if err != nil {
		return nil, Summary{}, err
	}
	if err := t.restore(); err != nil {
		return nil, Summary{}, err
	}
	if err := t.run(ctx); err != nil {
		return nil, t.summary(), err
	}
	sum := t.summary()
	m, err := newModel(t.cfg, t.data, t.weights, sum)
	return m, sum, err
}

func newTrainer(all []*series.Series, cfg Config) (*trainer, error) {
	cfg, err := cfg.defaults()
	if err != nil {
		return nil, err
	}
	norm, err := series.FitNormalizer(all, cfg.Normalize)
	if err != nil {
		return nil, err
	}
	data, err := newWindows(all, cfg.Window, cfg.Stride, norm)
	if err != nil {
		return nil, err
	}
	t := &trainer{cfg: cfg, data: data, weights: nn.NewWeights(cfg.Seed), progs: map[int]*compiled{}}
	net, err := cfg.Encoder.New(t.weights.Scope("encoder"), data.channels)
	if err != nil {
		return nil, err
	}
	if t.obj, err = cfg.Method.New(t.weights.Scope("method"), net); err != nil {
		return nil, err
	}
	t.batcher = newBatcher(data, cfg.Views, cfg.Seed, cfg.Batch)
	t.total = cfg.Steps
	if t.total == 0 && cfg.Epochs > 0 {
		t.total = cfg.Epochs * t.perEpoch()
	}
	if t.total == 0 {
		t.total = 600
	}
	// Compiling once declares what the loss adds, so that a checkpoint finds every name.
	if _, err := t.program(min(cfg.Batch, len(data.at))); err != nil {
		return nil, err
	}
	t.optim = newOptimizer(cfg, t.weights.Trainable())
	return t, nil
}

// perEpoch counts the batches of an epoch; a last batch of a single sample is left out.
func (t *trainer) perEpoch() int {
	n := len(t.data.at)
	full := n / t.cfg.Batch
	if n%t.cfg.Batch > 1 {
		full++
	}
	return max(1, full)
}

func (t *trainer) program(n int) (*compiled, error) {
	if c, ok := t.progs[n]; ok {
		return c, nil
	}
	g := nn.NewGraph(true)
	c := &compiled{a: g.Input("a", n, t.data.channels, t.data.length), b: g.Input("b", n, t.data.channels, t.data.length)}
	loss := t.obj.Loss(c.a, c.b)
	c.z = t.obj.Embeddings()
	var err error
	if c.prog, err = g.Compile(loss, c.z); err != nil {
		return nil, err
	}
	t.progs[n] = c
	return c, nil
}

func (t *trainer) run(ctx context.Context) error {
	per := t.perEpoch()
	var perm []int
	epoch := -1
	for t.step < t.total {
		if err := ctx.Err(); err != nil {
			return t.interrupted(err)
		}
		if e := t.step / per; e != epoch {
			epoch, perm = e, order(len(t.data.at), t.cfg.Seed, e)
		}
		at := t.step % per * t.cfg.Batch
		samples := perm[at:min(at+t.cfg.Batch, len(perm))]
		if err := t.one(samples, epoch); err != nil {
			return err
		}
		if t.cfg.Checkpoint != "" && t.step%t.cfg.Every == 0 && t.step < t.total {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// one takes a step on the given samples.
func (t *trainer) one(samples []int, epoch int) error {
	c, err := t.program(len(samples))
	if err != nil {
		return err
	}
	t.batcher.fill(c.prog.Data(c.a), samples, epoch, 0)
	t.batcher.fill(c.prog.Data(c.b), samples, epoch, 1)
	c.prog.Seed(t.cfg.Seed ^ uint64(t.step+1)<<20)
	if err := c.prog.Run(); err != nil {
		return err
	}
	loss := float64(c.prog.Loss())
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("train: the loss is %g at step %d; lower the learning rate (%g) or look for extreme values in the data", loss, t.step+1, t.cfg.LR)
	}
	params := t.weights.Trainable()
	clip(params, t.cfg.Clip)
	lr := rate(t.step, t.total, t.cfg.LR, t.cfg.Warmup)
	t.optim.Step(params, float32(lr))
	t.step++
	t.losses = append(t.losses, loss)
	t.watch.see(c.prog.Data(c.z), c.z.Shape(), t.step == t.total)
	return t.tell(Step{Index: t.step, Total: t.total, Loss: loss, Std: t.watch.std, LR: lr, Windows: len(samples)})
}

func (t *trainer) tell(s Step) error {
	for _, h := range t.cfg.Hooks {
		if err := h.OnStep(s); err != nil {
			return err
		}
	}
	return nil
}

func (t *trainer) interrupted(cause error) error {
	if t.cfg.Checkpoint != "" && t.step > 0 {
		if err := t.save(); err != nil {
			return err
		}
	}
	return cause
}

func (t *trainer) summary() Summary {
	s := Summary{Steps: t.step, Windows: len(t.data.at), Parameters: t.weights.Count(), Std: t.watch.std,
		EffectiveRank: t.watch.rank, Alignment: t.watch.alignment, Uniformity: t.watch.uniformity, Losses: t.losses}
	if n := len(t.losses); n > 0 {
		s.FirstLoss = t.losses[0]
		tail := t.losses[n-max(1, n/10):]
		for _, l := range tail {
			s.Loss += l / float64(len(tail))
		}
	}
	s.Diagnosis = diagnose(s, t.obj.Uniform(min(t.cfg.Batch, len(t.data.at))), t.watch.dim)
	return s
}

// SetThreads sets how many threads the arithmetic uses; below 1 means all of the machine.
func SetThreads(n int) { kernel.SetThreads(n) }
