// Package rows reads what the tables of pages are made of: the journals of wavekin bench, and the tables of tabs that programs keep of them.
package rows

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Journal calls each with every row of a file of JSON documents, such as the rows.jsonl of wavekin bench.
func Journal[T any](path string, each func(row T) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for d := json.NewDecoder(f); d.More(); {
		var row T
		err := d.Decode(&row)
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// Save writes a file for [Table]: a line for each row, with its cells as fmt.Sprint has them.
func Save[T any](path string, all []T, cells func(row T) []any) error {
	var b strings.Builder
	for _, r := range all {
		for i, c := range cells(r) {
			if i > 0 {
				b.WriteByte('\t')
			}
			fmt.Fprint(&b, c)
		}
		b.WriteByte('\n')
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// Load reads such a file, whose lines have n cells each.
func Load[T any](path string, n int, parse func(cells []string) (T, error)) (all []T, err error) {
	err = Table(path, n, func(cells []string) error {
		r, err := parse(cells)
		all = append(all, r)
		return err
	})
	return all, err
}

// Table calls each with the cells of every line of a file, of which there must be so many with tabs between.
func Table(path string, n int, each func(cells []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for line := 1; lines.Scan(); line++ {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != n {
			return fmt.Errorf("%s: line %d: %d cells, want %d", path, line, len(cells), n)
		}
		if err := each(cells); err != nil {
			return fmt.Errorf("%s: line %d: %w", path, line, err)
		}
	}
	return lines.Err()
}
