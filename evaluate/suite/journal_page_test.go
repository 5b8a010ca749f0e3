package suite

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestJournalIsAsItsPageSays holds the keys of a row to docs/file-formats.md.
func TestJournalIsAsItsPageSays(t *testing.T) {
	page, err := os.ReadFile("../../docs/file-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, journal, _ := strings.Cut(string(page), "## Journal")
	count := 0
	var walk func(of reflect.Type)
	walk = func(of reflect.Type) {
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		for i := range of.NumField() {
			f := of.Field(i)
			if f.Anonymous || f.Type == reflect.TypeFor[Settings]() {
				walk(f.Type)
			}
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key == "" {
				continue
			}
			if count++; !strings.Contains(journal, "`"+key+"`") {
				t.Errorf("the section on the journal does not name the key `%s`", key)
			}
		}
	}
	walk(reflect.TypeFor[Row]())
	if count < 30 {
		t.Errorf("only %d keys were looked for", count)
	}
}
