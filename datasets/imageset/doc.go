// Package imageset reads sets of images: the ones that methods are compared on, in the form they are published in, and folders,
// archives and lists of JPEG, PNG, WebP, GIF and BMP files.
//
//	set, err := imageset.Open("cifar10:data/cifar-10-batches-bin", imageset.Options{})
//	if err != nil {
//		return err // the file or the member of an archive, the byte, what was found and what was expected
//	}
//	defer set.Close()
//	var m raster.Image
//	for i := range set.Len() {
//		if err := set.Read(i, &m); err != nil {
//			return err
//		}
//		fmt.Println(m.Name, m.Channels, m.Height, m.Width, set.Label(i))
//	}
//
// # Sets and parts
//
// A set is written as its kind, a colon and where it lies; [Formats] lists the kinds:
//
//	cifar10:DIR cifar100:DIR stl10:DIR   the binary versions, or the .tar.gz they come in
//	mnist:DIR fashion-mnist:DIR          IDX files, .gz or not
//	images:DIR images:FILE.tar.gz        a folder per class, in folders train, test, val or not
//	images:LIST.txt                      a path in each line, and a label after a tab, a comma or a blank
//
// What comes after a # is the part: images:photos#val, stl10:DIR#train+unlabeled. Without it the part of [Options] is meant, which
// is train unless it says otherwise; images that are in no parts are the part train. Folders of parts are found in any case
// (Train, TEST). In a folder, every file whose name ends like that of an image that is read is one, its class is the folder of the
// part that it lies in, at whatever depth, and images beside those folders have none. Hidden files do not count; the folder around
// everything that archives have is passed through; links are followed. [Set.Remarks] says which images are of formats that are not
// read, and which classes have no other.
//
// An image is turned as its camera noted it (EXIF). What is transparent shows [Options].Ground; of an animation the first frame is
// taken; 16 bits are kept.
//
// # Reading
//
// [Set.Read] takes any image in any order from any number of goroutines. [Set.Each] reads all of them ahead with several workers
// and hands them over in order. Nothing is read as a whole that need not be: binary files and plain archives are read in place;
// compressed ones are decompressed once, into memory if they fit in [Options].Cache, else into a temporary file that is gone when
// the set is closed; images in files are decoded when they are asked for, and kept while the cache has room.
//
// # Bad input
//
// No size that a file claims is trusted: headers are held against the real length before anything is allocated, and an image that
// declares more than [Options].MaxPixels is refused before it is decoded. What is wrong with a set as a whole stops [Open]. What is
// wrong with one image is found when it is read and is an [*ImageError] that names it: skip it, stop, or let [Set.Check] find all
// of them and go on with [Set.Subset] of the others.
package imageset
