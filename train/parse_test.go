package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/methods"
)

// goNames are names of fields that a description should not have.
var goNames = regexp.MustCompile(`\b(LR|ClipEach|Warmup|Steps counts)\b`)

func TestChoice(t *testing.T) {
	for text, want := range map[string]string{
		"conv":                         `conv {}`,
		" conv(width=16, pool=mean) ":  `conv {pool = "mean", width = 16}`,
		"moco(queue=[1,2],norm=batch)": `moco {norm = "batch", queue = [1, 2]}`,
		"conv(causal=true)":            `conv {causal = true}`,
		`a(t=",(]\",'",u=1)`:           `a {t = ",(]\",'", u = 1}`,
		"cmc(views=[raw:0-2, trend])":  `cmc {views = ["raw:0-2", "trend"]}`,
		`cmc(views=["raw",'trend'])`:   `cmc {views = ["raw", "trend"]}`,
		`cmc(views=["raw",trend,])`:    `cmc {views = ["raw", "trend"]}`,
		"a(s={from = 1, shape = 'x'})": `a {s = {from = 1, shape = "x"}}`,
		"a(empty=[])":                  `a {empty = []}`,
	} {
		name, table, err := choice(text)
		if got := name + " " + settings.Literal(table); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"conv(", "conv(width)", "conv(width=)", "conv(width=1,width=2)"} {
		if _, _, err := choice(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if got := fmt.Sprintf("%q", SplitList("a, b(c=1,d=2) ,e")); got != `["a" "b(c=1,d=2)" "e"]` {
		t.Errorf("list %s", got)
	}
	if _, err := ParseEncoder("conv(breadth=3)"); err == nil || !strings.Contains(err.Error(), "breadth") {
		t.Error(err)
	}
	if m, err := ParseMethod("simclr(temperature=0.5)"); err != nil || m.Name() != "simclr" {
		t.Error(m, err)
	}
}

// TestChoicesReadBack: every setting of every method and encoder, as it is printed, is read as what it was.
func TestChoicesReadBack(t *testing.T) {
	texts := []string{"batch", "true", "1.5", `a,b"(]`, "raw:0-2", "none of these", "l'ombre"}
	var fill func(v reflect.Value, n int)
	fill = func(v reflect.Value, n int) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if tag := v.Type().Field(i).Tag.Get("json"); v.Field(i).CanSet() && tag != "-" {
					fill(v.Field(i), n+i)
				}
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
			for i := range 3 {
				fill(v.Index(i), n+i)
			}
		case reflect.Array:
			for i := range v.Len() {
				fill(v.Index(i), n+i)
			}
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), n)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString(texts[n%len(texts)])
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(n) - 3)
		case reflect.Uint64:
			v.SetUint(uint64(n) + 1)
		case reflect.Float32, reflect.Float64:
			v.SetFloat(1.25 * float64(n+1) * 1e-7)
		default:
			t.Fatalf("a setting of kind %s", v.Kind())
		}
	}
	back := func(name string, one any) {
		for n := range texts {
			had := reflect.New(reflect.TypeOf(one))
			fill(had.Elem(), n)
			text, err := json.Marshal(had.Interface())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			line := settings.Choice(name, text)
			got, table, err := choice(line)
			read := reflect.New(reflect.TypeOf(one))
			if err := errors.Join(err, settings.Fill(table, read.Interface())); err != nil || got != name || !reflect.DeepEqual(read.Interface(), had.Interface()) {
				t.Errorf("%s reads back as %s%+v, %v", line, got, read.Elem(), err)
			}
			if parts := SplitList("x," + line + ",y"); len(parts) != 3 {
				t.Errorf("%s in a list gives %q", line, parts)
			}
		}
	}
	for _, name := range methods.Names() {
		m, err := methods.ByName(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		back(name, m)
	}
	for _, name := range encoders.Names() {
		e, err := encoders.ByName(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		back(name, e)
	}
}

// TestFieldsAreCopies: what is made of the list of settings by one caller does not reach the next.
func TestFieldsAreCopies(t *testing.T) {
	had := Fields()[0]
	Fields()[0].Doc = "changed"
	if got := Fields()[0]; got != had || !strings.HasPrefix(got.Doc, "Way of learning") {
		t.Errorf("%+v, want %+v", got, had)
	}
}

// TestDescriptionsAreTrue holds what the descriptions of settings say to what is done.
func TestDescriptionsAreTrue(t *testing.T) {
	for _, f := range Fields() {
		if f.Name == "augment" && !strings.Contains(f.Doc, augment.Default().String()) {
			t.Errorf("%s: %s, but the default is %s", f.Name, f.Doc, augment.Default())
		}
		if goNames.MatchString(f.Doc) || strings.HasPrefix(f.Doc, "Is ") {
			t.Errorf("%s: %s", f.Name, f.Doc)
		}
	}
}
