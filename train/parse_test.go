package train

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/internal/settings"
)

// goNames are names of fields that a description should not have.
var goNames = regexp.MustCompile(`\b(LR|ClipEach|Warmup|Steps counts)\b`)

func TestChoice(t *testing.T) {
	for text, want := range map[string]string{
		"conv":                         `conv {}`,
		" conv(width=16, pool=mean) ":  `conv {pool = "mean", width = 16}`,
		"moco(queue=[1,2],norm=batch)": `moco {norm = "batch", queue = [1, 2]}`,
		"conv(causal=true)":            `conv {causal = true}`,
	} {
		name, table, err := choice(text)
		if got := name + " " + settings.Literal(table); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"conv(", "conv(width)", "conv(width=)", "conv(width=1,width=2)"} {
		if _, _, err := choice(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if got := fmt.Sprintf("%q", SplitList("a, b(c=1,d=2) ,e")); got != `["a" "b(c=1,d=2)" "e"]` {
		t.Errorf("list %s", got)
	}
	if _, err := ParseEncoder("conv(breadth=3)"); err == nil || !strings.Contains(err.Error(), "breadth") {
		t.Error(err)
	}
	if m, err := ParseMethod("simclr(temperature=0.5)"); err != nil || m.Name() != "simclr" {
		t.Error(m, err)
	}
}

// TestDescriptionsAreTrue holds what the descriptions of settings say to what is done.
func TestDescriptionsAreTrue(t *testing.T) {
	for _, f := range Fields() {
		if f.Name == "augment" && !strings.Contains(f.Doc, augment.Default().String()) {
			t.Errorf("%s: %s, but the default is %s", f.Name, f.Doc, augment.Default())
		}
		if goNames.MatchString(f.Doc) || strings.HasPrefix(f.Doc, "Is ") {
			t.Errorf("%s: %s", f.Name, f.Doc)
		}
	}
}
