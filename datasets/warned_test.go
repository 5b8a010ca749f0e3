package datasets

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// What may be meant in another way is read with a warning, which conversions hand on.
func TestWarnedReadings(t *testing.T) {
	lists := arrow.NewSchema([]arrow.Field{{Name: "burst", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)}, {Name: "load", Type: arrow.PrimitiveTypes.Float64}}, nil)
	fillLists := func(b *array.RecordBuilder) {
		l := b.Field(0).(*array.ListBuilder)
		l.Append(true)
		l.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{1, 2}, nil)
		b.Field(1).(*array.Float64Builder).Append(3)
	}
	ts := "@problemName x\n@classLabel true 1 b\n@data\n1,2:1.0\n1,2:b\n"
	for _, tt := range []struct{ name, content, want string }{
		{"a.csv", "a;t\n1,200;x\n1,300;y\n", "with a decimal comma; --decimal says otherwise"},
		{"a.npy", npyFile("<f4", "False", "(2, 16)", make([]float32, 32)), "shape (2, 16) is read as 2 time stamps of 16 channels; if rows are series, make it (2, 1, 16), if they are channels, transpose it"},
		{"b.npy", npyFile("<f4", "False", "(1, 4, 2)", make([]float32, 8)), "shape (1, 4, 2) is read as 1 series of 4 channels and 2 time stamps; if the last axis are channels, exchange the last two"},
		{"c.npy", npyFile("<f4", "False", "(1, 2, 4)", make([]float32, 8)), ""},
		{"d.npy", npyFile("<f4", "False", "(16, 8)", make([]float32, 128)), ""},
		{"a.ts", ts, ""},
		{"b.ts", ts + "1,2:c\n1,2:d\n", `row 6: class "c" is none of those that the header declares: 1, b`},
		{"a.arff", "@relation x\n@attribute a real\n@attribute class {'u v',w}\n@data\n1,'u v'\n2,w\n", ""},
		{"b.arff", "@relation x\n@attribute a real\n@attribute class {'u v',w}\n@data\n1,'u v'\n2,W\n", `row 6: class "W" is none of those that the header declares: u v, w`},
		{"lists.arrow", string(arrowBytes(t, true, lists, fillLists, 1)), `column "load" is left out: in a table with lists each row is a series`},
	} {
		path := put(t, tt.name, tt.content)
		done, err := Convert(t.Context(), path, path+".csv", Options{})
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want == "" && len(done.Warnings) > 0:
			t.Errorf("%s: %q", tt.name, done.Warnings)
		case tt.want != "" && (len(done.Warnings) != 1 || !strings.HasPrefix(done.Warnings[0], path+": ") || !strings.HasSuffix(done.Warnings[0], tt.want)):
			t.Errorf("%s: %q, want one that ends in %q", tt.name, done.Warnings, tt.want)
		}
	}
}

// Of files that were joined none is lost: an array and a footer tell the last one only.
func TestJoinedFiles(t *testing.T) {
	one := string(arrowBytes(t, true, longSchema, fillLong, 1))
	npy := npyFile("<f4", "False", "(2,)", []float32{1, 2})
	for _, tt := range []struct{ name, content, want string }{
		{"a.arrow", one + one, "which belong to nothing; are several files joined?"},
		{"a.npy", npy + npy, "byte 136: the file is damaged: more follows the array of its header; save each array to a file of its own"},
	} {
		if _, err := readAll(put(t, tt.name, tt.content), Options{}); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// A column of numbers without a name gets one by its place, as in text.
func TestColumnWithoutAName(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Float64}, {Type: arrow.PrimitiveTypes.Float64}}, nil)
	all := mustRead(t, put(t, "a.arrow", string(arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float64Builder).Append(1)
		b.Field(1).(*array.Float64Builder).Append(2)
	}, 1))), Options{})
	if len(all) != 1 || strings.Join(all[0].Channels, " ") != "a column2" {
		t.Errorf("%+v", all)
	}
}
