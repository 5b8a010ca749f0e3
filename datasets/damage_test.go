package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestDamagedColumns reads damaged Arrow files, Arrow streams, Parquet files, CSV, .ts and .npy in a process of its own, whose data may
// take 1 GB: each is read or refused with an *Error, in time, and the process lives. WAVEKIN_DAMAGED says how many of each.
func TestDamagedColumns(t *testing.T) {
	if os.Getenv("WAVEKIN_DAMAGE_CHILD") != "" {
		t.Skip("this process was started by the test itself")
	}
	if runtime.GOOS != "linux" {
		t.Skip("wants Linux, whose limit of memory it sets")
	}
	n := 1000
	if testing.Short() {
		n = 100
	}
	if v, err := strconv.Atoi(os.Getenv("WAVEKIN_DAMAGED")); err == nil {
		n = v
	}
	cmd := exec.Command("/bin/sh", "-c", `ulimit -d 1048576; exec "$0" "$@"`, os.Args[0], "-test.run", "^TestDamageChild$", "-test.v", "-test.timeout", "20m")
	cmd.Env = append(os.Environ(), "WAVEKIN_DAMAGE_CHILD="+strconv.Itoa(n), "GOMEMLIMIT=900MiB")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-4000):])
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "variants") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// TestDamageChild is what TestDamagedColumns runs.
func TestDamageChild(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("WAVEKIN_DAMAGE_CHILD"))
	if err != nil {
		t.Skip("TestDamagedColumns starts this")
	}
	// The last number is the share of variants that is refused at least: in text, a changed digit is another value and no error.
	for _, kind := range []struct {
		ending  string
		refused int
	}{{".arrow", 4}, {".arrows", 4}, {".parquet", 4}, {".csv", 8}, {".ts", 8}, {".npy", 8}} {
		ending := kind.ending
		files, names := undamaged(t, ending)
		rng := rand.New(rand.NewPCG(7, uint64(len(ending))))
		for i, b := range files {
			if _, err := readBytes("whole"+ending, b, Options{Sort: true}); err != nil {
				t.Fatalf("%s, undamaged: %v", names[i], err)
			}
		}
		read, refused := 0, 0
		for i := range n {
			whole := files[i%len(files)]
			bad, what := damaged(rng, whole)
			start := time.Now()
			_, err := readBytes("bad"+ending, bad, Options{Sort: true})
			var e *Error
			switch {
			case err == nil:
				read++
			case !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\n\r"):
				t.Fatalf("%s, %s: %v, want an *Error of one line", names[i%len(files)], what, err)
			default:
				refused++
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Fatalf("%s, %s: %s", names[i%len(files)], what, d)
			}
		}
		t.Logf("%d variants of %s: %d refused, %d read", n, ending, refused, read)
		if refused < n/kind.refused {
			t.Errorf("only %d of %d variants of %s are refused", refused, n, ending)
		}
	}
}

// undamaged are whole files of a kind, with their names.
func undamaged(t *testing.T, ending string) (files [][]byte, names []string) {
	t.Helper()
	switch ending {
	case ".csv":
		text := "time,series,a,b,label\n"
		for i := range 60 {
			text += fmt.Sprintf("2024-01-%02dT00:00:00Z,s%d,%g,\"%d\",%d\n", 1+i%30, i/30, float64(i)/7, i, i%2)
		}
		return [][]byte{[]byte(text)}, []string{"csv"}
	case ".ts":
		text := "@problemName p\n@timeStamps false\n@univariate false\n@classLabel true x y\n@data\n"
		for i := range 20 {
			text += fmt.Sprintf("%d,2.5,?,4:1,%d,3,4:%s\n", i, i, []string{"x", "y"}[i%2])
		}
		stamped := "@problemName p\n@timeStamps true\n@classLabel true x y\n@data\n"
		for i := range 20 {
			stamped += fmt.Sprintf("(2024-01-01 00:00:00,%d),(2024-01-01 00:01:00,2.5):%s\n", i, []string{"x", "y"}[i%2])
		}
		return [][]byte{[]byte(text), []byte(stamped)}, []string{"ts", "ts with stamps"}
	case ".npy":
		head := fmt.Sprintf("%-117s\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (16, 3), }")
		return [][]byte{append([]byte("\x93NUMPY\x01\x00\x76\x00"+head), make([]byte, 16*3*4)...)}, []string{"npy"}
	}
	names, err := filepath.Glob("testdata/columnar/*" + ending)
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for _, p := range names {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	return files, names
}

// damaged flips bits, cuts, swaps or enlarges lengths, or copies a piece elsewhere.
func damaged(rng *rand.Rand, whole []byte) ([]byte, string) {
	bad := bytes.Clone(whole)
	at := rng.IntN(len(bad))
	switch rng.IntN(5) {
	case 0:
		for range 1 + rng.IntN(8) {
			at = rng.IntN(len(bad))
			bad[at] ^= 1 << rng.IntN(8)
		}
		return bad, fmt.Sprint("flipped bits, the last at ", at)
	case 1:
		return bad[:at], fmt.Sprint("cut at ", at)
	case 2:
		other := rng.IntN(len(bad))
		for i := range min(8, len(bad)-max(at, other)) {
			bad[at+i], bad[other+i] = bad[other+i], bad[at+i]
		}
		return bad, fmt.Sprint("swapped 8 bytes at ", at, " and ", other)
	case 3:
		huge := [][]byte{{0xff, 0xff, 0xff, 0x7f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {0, 0, 0, 0x40}, {0xff, 0xff, 0xff, 0xff, 7}}[rng.IntN(4)]
		copy(bad[at:], huge)
		return bad, fmt.Sprint("a huge number at ", at)
	}
	n := 1 + rng.IntN(min(64, len(bad)))
	from := rng.IntN(len(bad) - n + 1)
	copy(bad[at:], whole[from:from+n])
	return bad, fmt.Sprint("bytes from ", from, " at ", at)
}
