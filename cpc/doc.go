// Package cpc predicts what comes next from what came before, in the space of encodings (van den Oord et al., 2018).
//
// Something ordered is encoded piece by piece: z [N, P, D] are the encodings of the P pieces of N samples. A [Context]
// summarises, at each piece, the pieces up to it: c [N, P, H]. [Predictors] guess from c the z of pieces to come, with a matrix
// for each distance, and the loss is how badly the guess finds the true piece among others:
//
//	context, _ := cpc.ContextConfig{}.New(w, 64)
//	predictors := cpc.NewPredictors(w, context.Dim(), 64, 3)
//	c := context.Apply(z)
//	result := predictors.Loss(z, c, cpc.Grid(15, 1, 2, 3), cpc.Negatives{Count: 64})
//
// Which pieces predict which is a list of [Pairs]. [Grid] makes it for the steps of a series, a grid of one column, and for the
// patches of an image, whose rows predict those below: a [GridContext] summarises, at each patch, its row and the rows above. A
// [Direction] reads the grid from another side. Any other pairs will do as well, as long as the context of a piece knows
// nothing of what it is to predict.
package cpc
