// Package python runs the tests of the Python package that lies beside it, with the binary of this tree. They need a Python with
// pytest, pyarrow and pandas, named by WAVEKIN_PYTHON or found as python3, and are skipped without one.
package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPackage runs pytest. Tests of what is not installed, such as polars, are skipped by themselves.
func TestPackage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute; leave -short out")
	}
	python, named := os.LookupEnv("WAVEKIN_PYTHON")
	if !named {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import pytest, pyarrow, pandas").CombinedOutput(); err != nil {
		if named {
			t.Fatalf("WAVEKIN_PYTHON is %s: %v: %s", python, err, out)
		}
		t.Skip("wants a python3 with pytest, pyarrow and pandas; WAVEKIN_PYTHON names one")
	}
	if !filepath.IsAbs(python) {
		found, err := exec.LookPath(python)
		if err != nil {
			t.Fatal(err)
		}
		if python, err = filepath.Abs(found); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(t.TempDir(), "wavekin")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/wavekin").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := exec.Command(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs")
	c.Env = append(os.Environ(), "WAVEKIN_BINARY="+binary, "PYTHONDONTWRITEBYTECODE=1")
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
