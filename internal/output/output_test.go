package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// left lists what is in a folder.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func put(t *testing.T, path, text string) {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
	}
}

func TestMovedWhenComplete(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	put(t, path, "old")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, "new")
	holds(t, path, "old")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "new")
	f.Abort()
	var e *Error
	if err := f.Commit(); !errors.As(err, &e) {
		t.Errorf("a second Commit gave %v", err)
	}
	g, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(g, "given up")
	g.Abort()
	holds(t, path, "new")
	if err := Check(path); err != nil {
		t.Error(err)
	}
	if got := left(t, dir); got != "a.txt" {
		t.Errorf("left: %s", got)
	}
}

func TestLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	put(t, real, "old")
	if err := os.Symlink(real, link); err != nil {
		t.Skip("wants symbolic links, which this system refuses: ", err)
	}
	put(t, link, "new")
	holds(t, real, "new")
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v (%v)", st.Mode(), err)
	}
}

// TestDevicesAreNotReplaced writes to a device through a link: the device must still be one afterwards.
func TestDevicesAreNotReplaced(t *testing.T) {
	const full = "/dev/full"
	if st, err := os.Stat(full); err != nil || st.Mode().IsRegular() {
		t.Skip("wants /dev/full, a disk that is full, which is not here")
	}
	link := filepath.Join(t.TempDir(), "out.txt")
	if err := os.Symlink(full, link); err != nil {
		t.Skip("wants symbolic links, which this system refuses: ", err)
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("x")
	if want := "cannot write " + link + ": no space left on device"; !errors.Is(err, syscall.ENOSPC) || Wrap(link, err).Error() != want {
		t.Errorf("%v, want %s", Wrap(link, err), want)
	}
	f.Abort()
	if st, err := os.Stat(full); err != nil || st.Mode()&os.ModeDevice == 0 {
		t.Fatalf("%s is %v (%v)", full, st, err)
	}
}

// killed starts an output and leaves it as a killed process does: the system closes its files.
func killed(t *testing.T, path string) (temp string) {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.letGo()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.temp
}

// TestCheckRemovesWhatKilledProcessesLeft leaves the file of an output that a process still writes, and that of a number that now is
// another process's goes.
func TestCheckRemovesWhatKilledProcessesLeft(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.csv"), filepath.Join(dir, "link")
	writing, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if writing.lock == nil {
		t.Skip("wants a file system with locks")
	}
	gone := []string{killed(t, path), filepath.Join(dir, fmt.Sprintf(".a.csv.%d-7.tmp", os.Getppid()))}
	put(t, gone[1], "")
	kept := []string{writing.temp, killed(t, filepath.Join(dir, "b.csv")), filepath.Join(dir, ".a.csv.tmp")}
	put(t, kept[2], "")
	if err := os.Symlink(path, link); err != nil {
		t.Skip("wants symbolic links, which this system refuses: ", err)
	}
	put(t, path, "old")
	if err := Check(link); err != nil { // a link is followed
		t.Fatal(err)
	}
	for _, temp := range gone {
		if _, err := os.Stat(temp); !os.IsNotExist(err) {
			t.Errorf("%s is still there (%v)", temp, err)
		}
	}
	for _, temp := range kept {
		holds(t, temp, "")
	}
	Sweep(path)
	SweepFolder(dir, func(string) bool { return true })
	fmt.Fprint(writing, "new")
	if err := writing.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "new")
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, name := range []string{"a", "b"} {
		killed(t, filepath.Join(dir, name))
		put(t, filepath.Join(dir, name), name)
	}
	others := []string{".a.b.1-0.tmp", ".a.1.tmp", ".a.x-1.tmp", "a.1-0.tmp"} // of another output, or not of this package
	for _, name := range others {
		put(t, filepath.Join(dir, name), "")
	}
	Sweep(path)
	for _, name := range others {
		holds(t, filepath.Join(dir, name), "")
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if got := left(t, dir); !strings.HasPrefix(got, ".b.") || !strings.HasSuffix(got, ".tmp a b") {
		t.Errorf("left: %s", got)
	}
	Sweep(filepath.Join(dir, "no", "a"))
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "no", "a.txt")
	for path, want := range map[string]string{
		missing: "cannot write " + missing + ": no such file or directory",
		dir:     "cannot write " + dir + ": it is a folder",
	} {
		var e *Error
		if err := Check(path); !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if Wrap("a", nil) != nil {
		t.Error("no failure became one")
	}
	// The place becomes a folder while the content is written.
	path := filepath.Join(dir, "b")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil || !strings.HasPrefix(err.Error(), "cannot write "+path+": ") {
		t.Errorf("%v", err)
	}
	if got := left(t, dir); got != "b" {
		t.Errorf("left: %s", got)
	}
}

func ExampleCreate() {
	path := filepath.Join(os.TempDir(), "wavekin-example.txt")
	write := func() error {
		f, err := Create(path)
		if err != nil {
			return err
		}
		defer f.Abort()
		if _, err := fmt.Fprint(f, "complete"); err != nil {
			return err
		}
		return f.Commit()
	}
	fmt.Println(write())
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err, os.Remove(path))
	// Output:
	// <nil>
	// complete <nil> <nil>
}

// TestModeIsKept writes over a file that only its owner may read, through a link.
func TestModeIsKept(t *testing.T) {
	dir := t.TempDir()
	place, link := filepath.Join(dir, "secret"), filepath.Join(dir, "link")
	if err := os.WriteFile(place, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("secret", link); err != nil {
		t.Skip("wants symbolic links, which this system refuses")
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Lstat(place)
	if err != nil || st.Mode() != 0o600 || st.Size() != 0 {
		t.Errorf("%v, %v", st, err)
	}
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", st, err)
	}
}
