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
