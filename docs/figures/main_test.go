package main

import (
	"testing"

	"github.com/wavekin/wavekin/augment/imageaug"
)

// Every row can be drawn, and every name of the catalogue that works on its own is on the sheet.
func TestSheet(t *testing.T) {
	sheet, err := draw(16, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(sheet) != len(rows)+2 {
		t.Fatalf("%d rows", len(sheet))
	}
	shown := map[string]bool{"identity": true, "maybe": true, "choice": true, "m2-cifar": true, "b1-cifar": true, "b2-cifar": true}
	for _, r := range rows {
		spec := imageaug.MustParse(r.text)
		shown[r.text] = true
		for _, a := range spec.First {
			shown[a.Name()] = true
		}
	}
	for _, e := range imageaug.Catalog() {
		if !shown[e.Name] {
			t.Errorf("%s is not on the sheet", e.Name)
		}
	}
	if b := sheet[2].Images[1].Bounds(); b.Dx() != 16 || b.Dy() != 16 {
		t.Errorf("a view of %v", b)
	}
}
