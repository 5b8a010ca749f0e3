package rows

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func ExampleTable() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.tsv")
	if err := os.WriteFile(path, []byte("CBF\t0.98\nGunPoint\t0.95\n"), 0o644); err != nil {
		panic(err)
	}
	err = Table(path, 2, func(cells []string) error {
		_, err := fmt.Println(strings.Join(cells, " has "))
		return err
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// CBF has 0.98
	// GunPoint has 0.95
}

// TestErrorsNameTheirPlace: a bad line or document is told with its file.
func TestErrorsNameTheirPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(path, []byte("{\"set\": 1}\n{\"set\": x}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := 0
	err := Journal(path, func(r struct{ Set int }) error { sum += r.Set; return nil })
	if err == nil || !strings.HasPrefix(err.Error(), path+": ") || sum != 1 {
		t.Errorf("after a sum of %d: %v", sum, err)
	}
	if err := Table(path, 2, func([]string) error { return nil }); err == nil || err.Error() != path+": line 1: 1 cells, want 2" {
		t.Errorf("of a line with other cells: %v", err)
	}
}
