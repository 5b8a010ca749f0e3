package model

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
)

// OfEarlier are the encoder and the method with the settings that were usual when a file was written, where its tensors tell that this
// was before they changed. The settings in s follow.
func (s *Settings) OfEarlier(enc encoders.Encoder, method methods.Method, has func(tensor string) bool) (encoders.Encoder, methods.Method, error) {
	var err error
	if was := earlierEncoder(enc, has); was != nil {
		if s.Encoder, s.EncoderSettings, err = named(was); err != nil {
			return enc, method, err
		}
		enc = was
	}
	if was := s.earlier(method, has); was != nil {
		s.Method, s.MethodSettings, err = named(was)
		method = was
	}
	return enc, method, err
}

// earlierEncoder is nil where nothing has changed. The built-in encoder had a single way of joining its blocks, told by the name of its
// weights.
func earlierEncoder(enc encoders.Encoder, has func(tensor string) bool) encoders.Encoder {
	b, ok := enc.(encoders.Builtin)
	if !ok || b.Join != "" || !has("encoder.values.sketch.mean") {
		return nil
	}
	b.Join = encoders.Scaled
	return b
}

// earlier is nil where nothing has changed.
func (s *Settings) earlier(method methods.Method, has func(tensor string) bool) methods.Method {
	switch c := method.(type) {
	case methods.CPC:
		// The context over an image, where nothing was said of it, was of 128 numbers and 3 deep after a layer of its own.
		if s.Image != nil && c.Context.Width == 0 && has("encoder.context0.block0.expand.weight") && has("encoder.context0.in.weight") {
			c.Context.Width, c.Context.Depth = 128, cmp.Or(c.Context.Depth, 3)
			return c
		}
	// The projector of SimCLR ended with a shift, and its temperature was 0.2.
	case methods.SimCLR:
		if _, h := c.Head(nil, 1); !c.Shift && endsWithShift(h, has) {
			c.Shift, c.Temperature = true, cmp.Or(c.Temperature, 0.2)
			return c
		}
	case methods.SimCLRv2:
		if _, h := c.Head(nil, 1); !c.Shift && endsWithShift(h, has) {
			c.Shift, c.Temperature = true, cmp.Or(c.Temperature, 0.2)
			return c
		}
	// Before a bank by the loss nce, and before every one of CMC, there was a batch normalisation. CMC had the form batch where nothing was
	// said, which it says since the other is the default.
	case methods.NPID:
		if c.Norm == "" && has("method.projector.norm0.running_mean") {
			c.Norm = "batch"
			return c
		}
	case methods.CMC:
		was := c
		if c.Norm == "" && has("method.view0.projector.norm0.running_mean") {
			was.Norm = "batch"
		}
		was.Form = cmp.Or(c.Form, "batch")
		if was.Norm != c.Norm || was.Form != c.Form {
			return was
		}
	}
	return nil
}

// endsWithShift tells whether the last normalisation of a projector has a shift among the tensors that it does not ask for.
func endsWithShift(h methods.Head, has func(tensor string) bool) bool {
	return h.Norm != "actnorm" && has(fmt.Sprintf("method.projector.norm%d.bias", h.Layers-1))
}
