package settings_test

import (
	"fmt"
	"testing/fstest"

	"github.com/wavekin/wavekin/internal/settings"
)

type pump struct {
	Rate float64 `json:"rate"`
}

func ExampleOf() {
	source := fstest.MapFS{"pump.go": {Data: []byte("package p\ntype pump struct {\n\t// Rate is in litres a second.\n\tRate float64\n}")}}
	fields, err := settings.Of(pump{}, source)
	fmt.Println(fields, err)
	fmt.Println(settings.Decode([]byte(`{"rats": 1}`), &pump{}))
	// Output:
	// [{rate number Rate is in litres a second.}] <nil>
	// unknown field "rats"
}
