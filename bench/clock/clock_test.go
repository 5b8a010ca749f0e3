package clock

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestClocks(t *testing.T) {
	if _, err := New("sun"); err == nil {
		t.Error("an unknown clock was accepted")
	}
	wall, err := New("wall")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		t.Skip("wants a system that tells the time of processors")
	}
	cpu, err := New("cpu")
	if err != nil {
		t.Fatal(err)
	}
	w, c := wall(), cpu()
	time.Sleep(300 * time.Millisecond)
	if slept, worked := wall()-w, cpu()-c; slept < 300*time.Millisecond || worked > slept/2 {
		t.Errorf("sleep took %v by the wall and %v of a processor", slept, worked)
	}
	c = cpu()
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
	}
	if worked := cpu() - c; worked <= 0 {
		t.Errorf("work took %v of a processor", worked)
	}
}

func ExampleNew() {
	_, err := New("sun")
	fmt.Println(err)
	// Output: --clock is "sun", want wall or cpu
}
