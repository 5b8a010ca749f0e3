package report

import "testing"

func TestMarkdown(t *testing.T) {
	table := Table{Header: []string{"set", "kind", "a", "b"}, Rows: [][]string{{"CBF", "x", "1", ""}, {"Coffee", "not measured"}}}
	for align, rule := range map[string]string{"l": "|---|---|---|---|", "lcr": "|---|:-:|--:|--:|"} {
		want := "| set | kind | a | b |\n" + rule + "\n| CBF | x | 1 |  |\n| Coffee | not measured | | |\n"
		if got := table.Markdown(align); got != want {
			t.Errorf("%s:\n%swant\n%s", align, got, want)
		}
	}
}
