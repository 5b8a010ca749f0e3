package evaluate

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// TestThreadsDoNotMatter holds the choice of C, the weights and the
// predictions of every probe to the same bits.
func TestThreadsDoNotMatter(t *testing.T) {
	defer kernel.SetThreads(kernel.Threads())
	rng := rand.New(rand.NewPCG(6, 6))
	x, y := blobs(rng, 150, 6, 3)
	q, _ := blobs(rng, 70, 6, 3)
	for i := range variants() {
		var want Probe
		var predicted []int
		for _, threads := range []int{1, 2, 5} {
			kernel.SetThreads(threads)
			p := variants()[i]
			if err := p.Fit(x, 6, y); err != nil {
				t.Fatal(err)
			}
			got, err := p.Predict(q)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want, predicted = p, got
			}
			if !reflect.DeepEqual(p, want) || !reflect.DeepEqual(got, predicted) {
				t.Errorf("%T: %d threads give another result", p, threads)
			}
		}
	}
}
