// Command interop writes tables with pyarrow, pandas, polars and DuckDB, type by type, reads them with wavekin, and the other way
// round, comparing every value; the table goes to docs/interop.md.
//
//	python3 -m venv interop-env && interop-env/bin/pip install pyarrow pandas polars duckdb numpy
//	go run ./bench/interop --python interop-env/bin/python
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	python := flag.String("python", "", "Python with pyarrow, pandas, polars and duckdb")
	script := flag.String("script", "bench/interop/interop.py", "the script")
	out := flag.String("out", "docs/interop.md", "where the tables go")
	flag.Parse()
	if *python == "" {
		log.Fatal("--python PATH is needed: see the comment of bench/interop/main.go")
	}
	if err := run(*python, *script, *out); err != nil {
		log.Fatal(err)
	}
}

// entry is a file that a tool was asked to write.
type entry struct {
	Type   string          `json:"type"`
	Role   string          `json:"role"`
	Tool   string          `json:"tool"`
	Format string          `json:"format"`
	File   string          `json:"file"`
	Want   json.RawMessage `json:"want"`
	Cannot string          `json:"cannot"`
}

// checked is what a tool read of a file of ours.
type checked struct {
	Type   string `json:"type"`
	Tool   string `json:"tool"`
	Format string `json:"format"`
	As     string `json:"as"`
	Wrong  string `json:"wrong"`
}

func run(python, script, out string) error {
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tools := func(args ...string) ([]byte, error) {
		cmd := exec.Command(python, append([]string{script}, args...)...)
		cmd.Stderr = os.Stderr // says which tool is missing
		b, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("%s %s %s: %w", python, script, args[0], err)
		}
		return b, err
	}
	if _, err := tools("write", dir); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(b, &entries); err != nil {
		return err
	}
	in := &table{}
	for _, e := range entries {
		in.add(e.Type, e.Tool, e.Format, outcome(e))
	}
	back, err := writeBack(dir)
	if err != nil {
		return err
	}
	if b, err = json.Marshal(back); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "back.json"), b, 0o600); err != nil {
		return err
	}
	if b, err = tools("check", dir); err != nil {
		return err
	}
	var all []checked
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	outward := &table{}
	for _, c := range all {
		outward.add(c.Type, c.Tool, c.Format, c.Wrong)
	}
	if b, err = tools("versions"); err != nil {
		return err
	}
	var versions map[string]string
	if err := json.Unmarshal(b, &versions); err != nil {
		return err
	}
	if err := os.WriteFile(out, []byte(page(versions, in, outward)), 0o644); err != nil {
		return err
	}
	fmt.Println(out + ": written")
	return nil
}
