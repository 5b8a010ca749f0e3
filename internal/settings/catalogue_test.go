package settings

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

type tool interface{ Name() string }

type saw struct {
	Teeth int `json:"teeth"`
}

func (saw) Name() string { return "saw" }

type drill struct {
	Speed float64 `json:"speed"`
}

func (*drill) Name() string { return "drill" }

func TestRegister(t *testing.T) {
	c := NewCatalogue("tool", map[string]Entry[tool]{"saw": EntryOf[saw, tool]("cuts")})
	if err := c.Register("drill", EntryOf[*drill, tool]("bores")); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Names()) + c.Doc("drill") + c.Doc("axe"); got != "[drill saw]bores" {
		t.Errorf("the catalogue is %q", got)
	}
	a, err := c.ByName("drill", []byte(`{"speed": 2}`))
	if d, ok := a.(*drill); err != nil || !ok || d.Speed != 2 {
		t.Errorf("got %+v, %v", a, err)
	}
	// Two values share nothing.
	if b, err := c.ByName("drill", nil); err != nil || b.(*drill).Speed != 0 {
		t.Errorf("got %+v, %v", b, err)
	}
	for _, k := range []struct {
		name  string
		entry Entry[tool]
		want  string
	}{
		{"saw", EntryOf[saw, tool](""), `tool "saw" is registered already`},
		{"axe", EntryOf[saw, tool](""), `tool "axe" calls itself "saw"`},
		{"", EntryOf[saw, tool](""), "want letters"},
		{"saw(2)", EntryOf[saw, tool](""), "want letters"},
		{"plane", Entry[tool]{}, "no Decode function"},
		{"plane", Entry[tool]{Decode: func([]byte) (tool, error) { return nil, fmt.Errorf("blunt") }}, "blunt"},
		{"plane", Entry[tool]{Decode: func([]byte) (tool, error) { return nil, nil }}, "returns nil"},
	} {
		if err := c.Register(k.name, k.entry); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%q: %v, want %s", k.name, err, k.want)
		}
	}
	if got := fmt.Sprint(c.Names()); got != "[drill saw]" {
		t.Errorf("after refusals the catalogue has %s", got)
	}
	if _, err := c.ByName("axe", nil); err == nil || err.Error() != `no tool "axe"; there are drill, saw` {
		t.Error(err)
	}
	if _, err := c.ByName("saw", []byte(`{"tooth": 1}`)); err == nil || err.Error() != `settings of saw: unknown field "tooth"; did you mean teeth?` {
		t.Error(err)
	}
}

type numbered string

func (n numbered) Name() string { return string(n) }

// TestRegisterWhileReading is for the race detector, and sees to it that of many at once one registers a name.
func TestRegisterWhileReading(t *testing.T) {
	c := NewCatalogue("tool", map[string]Entry[tool]{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i := range 64 {
		wg.Go(func() {
			name := fmt.Sprint("tool", i/2)
			err := c.Register(name, Entry[tool]{Decode: func([]byte) (tool, error) { return numbered(name), nil }})
			if _, e := c.ByName(name, nil); e != nil {
				t.Error(e)
			}
			c.Names()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			}
		})
	}
	wg.Wait()
	if done != 32 || len(c.Names()) != 32 {
		t.Errorf("%d registered, %d there, want 32", done, len(c.Names()))
	}
}

func TestEntryOfAnotherTypePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a type that is no tool made an entry")
		}
	}()
	EntryOf[inner, tool]("")
}
