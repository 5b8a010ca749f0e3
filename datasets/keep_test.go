package datasets

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConvertKeepsColumns: columns that are no channels, labels as they are written, the zone and every digit come through
// each format.
func TestConvertKeepsColumns(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	text := "series,time,label,temp,count,state,changepoint,installed\n" +
		"north,2024-01-01T00:00:00+01:00,normal,1.5,1700000001,idle,0,2019-05-01\n" +
		"north,2024-01-01T00:01:00+01:00,anomaly,2.123456789012345,1700000002,,1,\n" +
		"south,2024-01-01T00:00:00+01:00,normal,,1700000003,busy,0,2020-06-02\n"
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	from := in
	for _, to := range []string{"a.arrow", "b.parquet", "c.arrows", "d.csv"} {
		to = filepath.Join(dir, to)
		if _, err := Convert(t.Context(), from, to, Options{}); err != nil {
			t.Fatalf("%s to %s: %v", from, to, err)
		}
		from = to
	}
	got, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
	// Sorting brings them along.
	shuffled := "time,v,note\n3,30,c\n1,10,a\n2,20,b\n"
	if err := os.WriteFile(in, []byte(shuffled), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Convert(t.Context(), in, from, Options{Sort: true}); err != nil {
		t.Fatal(err)
	}
	if got, err = os.ReadFile(from); err != nil || string(got) != "series,time,v,note\nin,1,10,a\nin,2,20,b\nin,3,30,c\n" {
		t.Errorf("sorted:\n%s%v", got, err)
	}
}
