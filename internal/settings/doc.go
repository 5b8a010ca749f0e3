// Package settings knows what a configuration struct can be set to: the name, kind and description of each field, see [Of];
// reads settings strictly, see [Decode]; and maps names to configurations, see [Catalogue].
//
// The descriptions are the comments on the fields. The command gen collects them into docs.go. A comment says what the zero value
// means, as in "0 means 128, negative none" or "batch" (the default): the tests of docs/methods read it there.
package settings

//go:generate go run ./gen -root ../.. -out docs.go
