package train

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestClaimsOfImageEncodersHold: a model that exists is never refused for its size.
func TestClaimsOfImageEncodersHold(t *testing.T) {
	for _, name := range imageenc.Names() {
		if len(claims[name]) == 0 {
			t.Errorf("%s claims nothing", name)
		}
		for _, text := range []string{`{"width":1}`, `{"width":48}`, `{"width":12,"patch":16,"depth":3}`, `{"width":24,"patch":1,"depth":1}`} {
			enc, err := imageenc.ByName(name, []byte(text))
			if err != nil {
				continue // a setting of the other family
			}
			w := nn.NewWeights(0)
			const channels = 5
			if _, err := enc.New(w, channels); err != nil {
				continue // a width that is none for a transformer
			}
			sizes := map[string]int{"channels": channels}
			if err := json.Unmarshal([]byte(text), &sizes); err != nil {
				t.Fatal(err)
			}
			for _, claim := range claims[name] {
				need := 1
				for _, field := range strings.Fields(claim) {
					need *= max(1, sizes[field])
				}
				if need > w.Count() {
					t.Errorf("%s%s has %d weights, and claims %s, %d", name, text, w.Count(), claim, need)
				}
			}
		}
	}
}
