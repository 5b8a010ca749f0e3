// Package dialect reads what people write into the cells of text tables: numbers with a decimal comma or separated thousands,
// gaps as "n/a" or "-", time stamps in a dozen forms, in several encodings and between several delimiters.
//
// A column is judged by its first cells ([JudgeNumbers], [Stamps.Decide]) and then read cell by cell, without an allocation
// for each:
//
//	style, _ := dialect.JudgeNumbers(cells, gaps)
//	v, err := style.Parse([]byte("1.234,5"))
//
// A [Scanner] splits a text into rows and cells; [Sniff] finds its [Layout].
package dialect
