package synthetic

import "testing"

func BenchmarkSeries(b *testing.B) {
	s, err := New(Config{Series: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		s.Series(i)
	}
}
