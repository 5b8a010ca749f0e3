package sets

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Load(dir); err == nil {
		t.Error("a folder without a set was taken for one")
	}
	for name, text := range map[string]string{"A_TRAIN.tsv": "1\t0\t1\n2\t1\t0\n", "A_TEST.tsv": "1\t0\t2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	learn, test, err := Load(dir)
	if err != nil || len(learn) != 2 || len(test) != 1 || learn[1].Label != "2" || test[0].Values[0][1] != 2 {
		t.Errorf("got %v, %v, %v", learn, test, err)
	}
}

func ExampleLoad() {
	_, _, err := Load("nowhere")
	fmt.Println(err)
	// Output: nowhere: no such file or directory
}
