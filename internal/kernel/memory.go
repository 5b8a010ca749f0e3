package kernel

// Numbers returns n zeros. Where the system lets a program ask for it, many of them lie on huge pages: columns of large
// tensors lie on more small pages than a processor keeps the addresses of.
func Numbers(n int) []float32 {
	x := make([]float32, n)
	if n >= 1<<20 {
		preferHuge(x)
	}
	return x
}
