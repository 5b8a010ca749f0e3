package evaluate

import (
	"testing"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/train"
)

// TestNearest: columns that an encoder has standardised and weighted stay as they are, those of a trained one are standardised.
func TestNearest(t *testing.T) {
	set, err := synthetic.New(synthetic.Config{Series: 4, Length: 16})
	if err != nil {
		t.Fatal(err)
	}
	for enc, raw := range map[encoders.Encoder]bool{encoders.Rocket{Features: 2}: true, encoders.Builtin{Features: 1}: true, encoders.Towers{Width: 8, Stages: 2}: false} {
		m, err := train.Untrained(train.Drawn(set), train.Config{Encoder: enc})
		if err != nil {
			t.Fatal(err)
		}
		if got := Nearest(m).Raw; got != raw {
			t.Errorf("%s: columns left as they are: %v, want %v", enc.Name(), got, raw)
		}
	}
}
