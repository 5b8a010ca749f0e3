package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// Summary tells how training went.
type Summary = model.Summary

// trainer is the state of one run.
type trainer struct {
	cfg     Config       // resolved
	base    *model.Model // what is trained further, or nil
	data    *samples
	viewer  viewer
	weights *nn.Weights
	net     encoders.Network // that is deployed
	obj     methods.Objective
	optim   Optimizer
	groups  []methods.Group // one for each trainable parameter
	progs   map[string]*compiled
	memory  nn.Memory // of all programs
	survey  *survey   // or nil, where the method wants none
	alike   bool      // all samples are the same
	step    int
	total   int
	losses  []float64
	watch   watch
	// measures are those of the last step.
	measures map[string]float64
	notes    []string  // to be told with the next step
	saved    time.Time // when the last checkpoint was, or the run began
	took     time.Duration
	flags    []float32 // of the processes of a team, each one's own
	places   []int     // of these
	source   rand.PCG
	rng      *rand.Rand
}

// compiled is the training program of one batch size and one choice of view lengths.
type compiled struct {
	prog  *nn.Program
	views []*nn.Node
	loss  methods.Loss
	kept  [][]float32
	// filled are the values of the views.
	filled [][]float32
}

// Pretrain learns an encoder from data without labels. Where the encoder has nothing to train, such as [encoders.Rocket], it
// is fitted to samples and no step is taken. A cancelled context saves a checkpoint, if there is a folder for
// them, and returns the context's error.
func Pretrain(ctx context.Context, d Data, cfg Config) (*model.Model, Summary, error) {
	t, err := newTrainer(d, cfg, nil)
	if err != nil {
		return nil, Summary{}, err
	}
	if !t.learns() {
		t.total = 0
	}
	if err := t.restore(); err != nil {
		return nil, Summary{}, err
	}
	if err := t.run(ctx); err != nil {
		return nil, t.summary(), err
	}
	sum := t.summary()
	if !t.learns() {
		sum.Diagnosis = []string{fittedOnly}
	}
	if d, ok := t.obj.(methods.Deployer); ok {
		d.Deploy()
	}
	if t.step > 0 { // what is fitted was fitted to weights that have moved since
		if err := t.fit(); err != nil {
			return nil, sum, err
		}
	}
	m, err := t.model(t.cfg.Method, t.settings(), sum)
	return m, sum, err
}

// newTrainer prepares a run on top of a model, or from the start where base is nil.
func newTrainer(d Data, cfg Config, base *model.Model) (*trainer, error) {
	if d == nil {
		d = Series(nil)
	}
	if _, images := d.(ImageSet); images && cfg.Encoder == nil {
		cfg.Encoder = imageEncoder(cfg.Method)
	}
	cfg, err := cfg.Resolved()
	if err != nil {
		return nil, err
	}
	if base != nil { // it says itself what its samples are like
		cfg.Window, cfg.Stride, cfg.Normalize, cfg.Size, cfg.Space, cfg.Ground = 0, 0, "", 0, "", ""
	}
	data, err := samplesOf(d, &cfg, base)
	if err != nil {
		return nil, err
	}
	t := &trainer{cfg: cfg, base: base, data: data, weights: nn.NewWeights(cfg.Seed), progs: map[string]*compiled{}, measures: map[string]float64{}}
	t.rng = rand.New(&t.source)
	t.total = cfg.Steps
	if cfg.Epochs > 0 {
		t.total = cfg.Epochs * t.perEpoch()
	}
	if err := t.objective(); err != nil {
		return nil, err
	}
	if t.viewer, err = data.viewer(cfg); err != nil {
		return nil, err
	}
	params := t.weights.Trainable()
	t.groups = groupsOf(params, t.obj, cfg.Groups)
	t.optim = newOptimizer(cfg, params)
	if t.alike, err = data.uniform(); err != nil {
		return nil, err
	}
	t.survey = newSurvey(t)
	return t, nil
}

// objective declares the network and what the method adds to it.
func (t *trainer) objective() error {
	if err := encoders.CheckLength(t.cfg.Encoder, t.data.axes...); err != nil {
		return inputError("samples: %w", err)
	}
	labels, err := t.data.labels(t.cfg.Method.Needs().Labels)
	if err != nil {
		return err
	}
	net, err := methods.NetworkOf(t.cfg.Method, t.weights, t.cfg.Encoder, t.data.channels)
	if err != nil {
		return err
	}
	t.net = net
	if err := t.fit(); err != nil {
		return err
	}
	s := t.data.setup()
	s.Weights, s.Encoder, s.Net, s.Labels = t.weights.Scope("method"), t.cfg.Encoder, net, labels
	s.Batch, s.Steps, s.PerEpoch = min(t.cfg.Batch, len(t.data.at)), t.total, t.perEpoch()
	t.obj, err = t.cfg.Method.New(s)
	var input *InputError
	if err != nil && !errors.As(err, &input) {
		return &SettingError{err}
	}
	return err
}

// perEpoch counts the batches of an epoch; a last batch of a single sample is left out, and with DropLast any that is not full.
func (t *trainer) perEpoch() int {
	n := len(t.data.at)
	full := n / t.cfg.Batch
	if n%t.cfg.Batch > 1 && !t.cfg.DropLast {
		full++
	}
	return max(1, full)
}

// program compiles the step for n samples whose views show the given spans, nil meaning whole views.
func (t *trainer) program(n int, spans []methods.Span) (*compiled, error) {
	key := fmt.Sprint(n, spans)
	if c, ok := t.progs[key]; ok {
		return c, nil
	}
	if len(t.progs) >= maxTraining {
		clear(t.progs)
	}
	g, err := t.graph()
	if err != nil {
		return nil, err
	}
	c := &compiled{}
	for i, axes := range t.viewer.axes(spans) {
		if err := encoders.CheckLength(t.cfg.Encoder, axes...); err != nil {
			return nil, fmt.Errorf("view %d is %w", i+1, err)
		}
		c.views = append(c.views, g.Input(fmt.Sprintf("view%d", i), t.data.shape(n, axes)...))
	}
	c.loss = t.obj.Build(methods.Batch{Views: c.views, Spans: spans})
	if err := t.segmented(g); err != nil {
		return nil, err
	}
	outputs := append([]*nn.Node{c.loss.Embeddings}, c.loss.Keep...)
	for _, m := range c.loss.Measures {
		outputs = append(outputs, m.Node)
	}
	if c.prog, err = g.Compile(c.loss.Value, outputs...); err != nil {
		return nil, err
	}
	t.cut(g)
	for _, k := range c.loss.Keep {
		c.kept = append(c.kept, c.prog.Data(k))
	}
	for _, v := range c.views {
		c.filled = append(c.filled, c.prog.Data(v))
	}
	t.progs[key] = c
	return c, nil
}

// graph is an empty one of a step.
func (t *trainer) graph() (*nn.Graph, error) {
	g := nn.NewGraph(true)
	g.Share(&t.memory)
	precision, err := nn.ParsePrecision(t.cfg.Precision)
	g.SetPrecision(precision)
	g.SetRecompute(t.cfg.Recompute)
	g.SetChunk(t.cfg.Chunk)
	g.SetTeam(t.cfg.Team)
	return g, err
}

// maxTraining bounds the compiled programs that a run keeps.
const maxTraining = 24

func (t *trainer) run(ctx context.Context) error {
	if err := t.agree(); err != nil {
		return err
	}
	per := t.perEpoch()
	var perm []int
	epoch := -1
	t.saved = time.Now()
	for t.step < t.total {
		if stop, err := t.stopped(ctx); stop {
			return t.interrupted(err)
		} else if err != nil {
			return err
		}
		if e := t.step / per; e != epoch {
			epoch = e
			var err error
			if perm, err = t.begin(epoch, t.step%per == 0); err != nil {
				return err
			}
		}
		at := t.step % per * t.cfg.Batch
		samples := perm[at:min(at+t.cfg.Batch, len(perm))]
		if err := t.one(samples, epoch); err != nil {
			return err
		}
		if t.due() {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin starts an epoch, or goes on in its middle, and returns the order of its samples.
func (t *trainer) begin(epoch int, first bool) ([]int, error) {
	if first && t.survey != nil {
		random.Seed(&t.source, t.cfg.Seed, random.Survey, epoch)
		if err := t.survey.before(epoch, t.rng); err != nil {
			return nil, err
		}
	}
	if first {
		forget(t.optim, t.groups, epoch)
	}
	s, ok := t.obj.(methods.Sampler)
	if !ok {
		return order(len(t.data.at), t.cfg.Seed, epoch), nil
	}
	perm := make([]int, len(t.data.at))
	random.Seed(&t.source, t.cfg.Seed, random.Draw, epoch)
	s.Draw(perm, t.rng)
	return perm, nil
}

// one takes a step on the given samples.
func (t *trainer) one(samples []int, epoch int) error {
	random.Seed(&t.source, t.cfg.Seed, random.Step, t.step)
	var spans []methods.Span
	if c, ok := t.obj.(methods.Cropper); ok {
		spans = c.Crops(t.rng, t.data.axes[0])
	}
	c, err := t.program(len(samples), spans)
	if err != nil {
		return err
	}
	turn := epoch
	if _, ok := t.obj.(methods.Sampler); ok {
		turn = t.step // a sample may come twice in an epoch, and is to look different then
	}
	if err := t.viewer.fill(c.filled, samples, turn, spans); err != nil {
		return err
	}
	if err := t.trace(c, samples, spans); err != nil {
		return err
	}
	now := methods.Step{Index: t.step, Total: t.total, Samples: samples, RNG: t.rng}
	if c.loss.Before != nil {
		c.loss.Before(now)
	}
	c.prog.Seed(random.Key(t.cfg.Seed, random.Dropout, t.step))
	if err := c.prog.Run(); err != nil {
		return err
	}
	rates := t.cfg.rates(t.step, t.total)
	if err := t.update(float64(c.prog.Loss()), rates); err != nil {
		return err
	}
	if c.loss.After != nil {
		c.loss.After(now, c.kept)
	}
	t.step++
	return t.report(c, len(samples), rates)
}

// report keeps the loss and what is watched of the step that was taken, and tells the hooks.
func (t *trainer) report(c *compiled, samples int, rates Rates) error {
	t.losses = append(t.losses, float64(c.prog.Loss()))
	look := (t.total-t.step)%lookEvery(t.total) == 0
	t.watch.see(c.prog.Data(c.loss.Embeddings), c.loss.Embeddings.Shape(), samples, look)
	for _, m := range c.loss.Measures {
		t.measures[m.Name] = float64(c.prog.Data(m.Node)[0])
		t.watch.measure(m.Name, t.measures[m.Name])
	}
	s := Step{Index: t.step, Total: t.total, Loss: t.losses[t.step-1], Std: t.watch.std, LR: float64(rates.LR), Windows: samples, Measures: t.measures}
	if look {
		t.watch.look()
		s.Warnings = t.news()
	}
	s.Warnings = append(s.Warnings, t.notes...)
	t.notes = t.notes[:0]
	return t.tell(s)
}

// update moves the weights along the gradients of a step whose loss is given.
func (t *trainer) update(loss float64, now Rates) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return t.diverged("loss", loss)
	}
	params := t.weights.Trainable()
	for i, p := range params {
		if t.groups[i].Rate < 0 || t.step < t.groups[i].From {
			clear(p.Grad)
		}
	}
	if norm := clip(params, t.cfg.Clip, t.cfg.ClipEach); math.IsNaN(norm) || math.IsInf(norm, 0) {
		return t.diverged("gradient", norm)
	}
	t.optim.Step(params, t.groups, now)
	return nil
}

// diverged is the error of a loss or a gradient that is not finite.
func (t *trainer) diverged(what string, v float64) error {
	return fmt.Errorf("the %s is %g at step %d; lower the learning rate (%g) or look for extreme values in the data", what, v, t.step+1, t.cfg.LR)
}

// tell calls the hooks.
func (t *trainer) tell(s Step) error {
	for _, h := range t.cfg.Hooks {
		if err := h.OnStep(s); err != nil {
			return err
		}
	}
	return nil
}

// trace shows the tracers what a step starts from.
func (t *trainer) trace(c *compiled, samples []int, spans []methods.Span) error {
	for _, h := range t.cfg.Hooks {
		tracer, ok := h.(Tracer)
		if !ok {
			continue
		}
		b := Batch{Index: t.step, Total: t.total, Samples: samples, Spans: spans, Views: c.filled, Weights: t.weights.All()}
		for _, v := range c.views {
			b.Shapes = append(b.Shapes, v.Shape())
		}
		if err := tracer.OnBatch(b); err != nil {
			return err
		}
	}
	return nil
}

// due tells whether a checkpoint is to be saved after a step.
func (t *trainer) due() bool {
	if t.cfg.Checkpoint == "" || t.step >= t.total {
		return false
	}
	return t.step%t.cfg.Every == 0 || time.Since(t.saved) >= max(t.cfg.Within, savingShare*t.took)
}

// savingShare is how many times as long as its writing the time between two checkpoints is at least.
const savingShare = 20

// interrupted saves a checkpoint, and returns why the run ends.
func (t *trainer) interrupted(cause error) error {
	if t.cfg.Checkpoint != "" && t.step > 0 {
		if err := t.save(); err != nil {
			return err
		}
	}
	return cause
}

// SetThreads sets how many threads the arithmetic uses; below 1 means all of the machine.
func SetThreads(n int) { kernel.SetThreads(n) }
