package plural

import "testing"

func TestOneAndSeveral(t *testing.T) {
	for thing, want := range map[string]string{
		"row": "2 rows", "time stamp": "2 time stamps", "series": "2 series", "normal series": "2 normal series", "retry": "2 retries",
		"day": "2 days", "class": "2 classes", "batch": "2 batches", "index": "2 indexes",
	} {
		if got := Of(2, thing); got != want {
			t.Errorf("%s: %q, want %q", thing, got, want)
		}
		if got := Of(1, thing); got != "1 "+thing {
			t.Errorf("%s: %q", thing, got)
		}
		if got := Of(0, thing); got != "0"+want[1:] {
			t.Errorf("%s: %q", thing, got)
		}
	}
}
