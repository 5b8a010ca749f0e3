package ring

import (
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// rings connects so many in this process.
func rings(t *testing.T, of int, wait time.Duration) []*Ring {
	t.Helper()
	if of == 1 {
		return []*Ring{Alone()}
	}
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*Ring, of)
	errs := make([]error, of)
	var w sync.WaitGroup
	for i := range all {
		w.Go(func() {
			if i == 0 {
				all[0], errs[0] = d.Meet(of, wait)
			} else {
				all[i], errs[i] = Join(d.Invitation(), i, of, wait)
			}
		})
	}
	// Strangers at the door are sent away.
	if c, err := net.Dial("tcp4", d.listener.Addr().String()); err == nil {
		fmt.Fprint(c, strings.Repeat("x", 100))
		c.Close()
	}
	w.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("process %d: %v", i, err)
		}
		t.Cleanup(func() { all[i].Close() })
	}
	return all
}

// together calls f for every process at the same time.
func together(all []*Ring, f func(r *Ring) error) []error {
	errs := make([]error, len(all))
	var w sync.WaitGroup
	for i, r := range all {
		w.Go(func() { errs[i] = f(r) })
	}
	w.Wait()
	return errs
}

// TestGatherAndSum: every process ends with all values, and with the bits of the sum taken in one process; shares may be empty, and
// longer than what a socket holds.
func TestGatherAndSum(t *testing.T) {
	for _, of := range []int{1, 2, 3, 5} {
		for _, n := range []int{1, 7, 1 << 20} {
			if n > 7 && of != 3 {
				continue
			}
			all := rings(t, of, time.Minute)
			scales := [...]float32{1, 1e2, 1e-3, 1e4, 10}
			value := func(k, i int) float32 { return (float32((k*7919+i*31)%1000)*1.1e-3 - 0.5) * scales[k%5] }
			const count = 7 // summands in all
			want := make([]float32, n)
			for k := range count {
				for i := range want {
					if k == 0 {
						want[i] = value(k, i)
					} else {
						want[i] += value(k, i)
					}
				}
			}
			bounds := make([]int, of+1)
			for i := range bounds {
				bounds[i] = i * i * n / (of * of)
			}
			for _, err := range together(all, func(r *Ring) error {
				index, _ := r.Share()
				for range 2 {
					got := make([]float32, n)
					for i := bounds[index]; i < bounds[index+1]; i++ {
						got[i] = value(0, i)
					}
					if err := r.Gather(got, bounds); err != nil {
						return err
					}
					for i, v := range got {
						if v != value(0, i) {
							return fmt.Errorf("process %d of %d: value %d of %d is %g, want %g", index, of, i, n, v, value(0, i))
						}
					}
					var own [][]float32
					for k := (index*count + of - 1) / of; k < ((index+1)*count+of-1)/of; k++ {
						s := make([]float32, n)
						for i := range s {
							s[i] = value(k, i)
						}
						own = append(own, s)
					}
					if err := r.Sum(got, own); err != nil {
						return err
					}
					for i, v := range got {
						if math.Float32bits(v) != math.Float32bits(want[i]) {
							return fmt.Errorf("process %d of %d: sum %d of %d is %g, want %g", index, of, i, n, v, want[i])
						}
					}
				}
				return nil
			}) {
				if err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestAProcessThatEndsEndsTheOthers, and one that hangs, with a line that names it or the neighbour through which it is noticed.
func TestAProcessThatEndsEndsTheOthers(t *testing.T) {
	for want, f := range map[string]func(r *Ring) error{
		"has ended before the others": func(r *Ring) error { return r.Close() },
		"has not answered for":        func(*Ring) error { time.Sleep(time.Second); return nil },
	} {
		all := rings(t, 3, 300*time.Millisecond)
		for i, err := range together(all, func(r *Ring) error {
			if r.index == 1 {
				return f(r)
			}
			err := r.Sum(make([]float32, 4), [][]float32{make([]float32, 4)})
			_ = r.Close()
			return err
		}) {
			if i != 1 && (err == nil || !strings.Contains(err.Error(), "process ")) {
				t.Errorf("process %d returned %v, want %q", i, err, want)
			}
		}
	}
}

// TestOtherSizesAreRefused before anything is read.
func TestOtherSizesAreRefused(t *testing.T) {
	all := rings(t, 2, time.Second)
	errs := together(all, func(r *Ring) error {
		n := 4 + r.index
		return r.Gather(make([]float32, n), []int{0, 2, n})
	})
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "sent 3 numbers where 2 were expected") {
		t.Errorf("got %v", errs[0])
	}
}

func TestJoinRefuses(t *testing.T) {
	for _, c := range []struct {
		invitation string
		index, of  int
	}{{"", 1, 2}, {"127.0.0.1:1 zz", 1, 2}, {"127.0.0.1:1 " + strings.Repeat("0", 64), 0, 2}, {"127.0.0.1:1 " + strings.Repeat("0", 64), 2, 2}} {
		if _, err := Join(c.invitation, c.index, c.of, time.Second); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func ExampleRing_Sum() {
	r := Alone()
	sum := make([]float32, 2)
	err := r.Sum(sum, [][]float32{{1, 2}, {10, 20}})
	fmt.Println(sum, err)
	// Output: [11 22] <nil>
}
