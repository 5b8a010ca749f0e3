package settings_test

import (
	"fmt"

	"github.com/wavekin/wavekin/internal/settings"
)

type pump struct {
	Rate float64 `json:"rate"`
}

func (pump) SettingDocs() map[string]string { return map[string]string{"rate": "litres per second"} }

func ExampleOf() {
	fmt.Println(settings.Of(pump{}))
	fmt.Println(settings.Decode([]byte(`{"rats": 1}`), &pump{}))
	// Output:
	// [{rate number litres per second}]
	// unknown field "rats"; did you mean rate?
}
