// Package vision reads sets of images.
package vision
