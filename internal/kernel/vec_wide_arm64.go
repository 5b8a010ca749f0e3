//go:build !noasm

package kernel

// geluWide does none: there are no loops wider than those of vec_math_arm64.s.
func geluWide(dst, x []float32) int { return 0 }

// geluGradWide does none.
func geluGradWide(dx, x, dy []float32) int { return 0 }
