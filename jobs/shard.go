package jobs

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Shard is one of several parts that a job is cut into, for machines that share a folder of outputs; the zero value is the whole.
type Shard struct {
	// Index is from 0 to Count-1.
	Index, Count int
}

// ParseShard reads a shard such as 0/8; "" is the whole.
func ParseShard(text string) (Shard, error) {
	if text == "" {
		return Shard{}, nil
	}
	i, n, ok := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(i)
	count, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || count < 1 || index < 0 || index >= count {
		return Shard{}, fmt.Errorf("shard %q, want one of 0/N to N-1/N", text)
	}
	return Shard{index, count}, nil
}

// Of are the inputs of a shard, by a hash of their places: where the lake is mounted makes no difference, and neither do other inputs.
func (s Shard) Of(all []Input) (mine []Input) { return s.of(all, false) }

// of goes by the recordings of the inputs where these are not to be torn apart.
func (s Shard) of(all []Input, whole bool) (mine []Input) {
	for _, in := range all {
		h := fnv.New64a()
		name := in.Place
		if whole {
			name = in.Recording()
		}
		_, _ = h.Write([]byte(name)) // a hash takes all that it is given
		if s.Count == 0 || h.Sum64()%uint64(s.Count) == uint64(s.Index) {
			mine = append(mine, in)
		}
	}
	return mine
}

// name is that of the shard's own manifest or lock.
func (s Shard) name(ending string) string {
	if s.Count == 0 {
		return prefix + ending
	}
	return fmt.Sprintf("%s.%d-of-%d%s", prefix, s.Index, s.Count, ending)
}
