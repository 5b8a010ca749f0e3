package cli

import (
	"context"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// parentVariable holds the number of the process that started this one and wants it to end when it ends itself, however that happens;
// the Python package sets it.
const parentVariable = "WAVEKIN_PARENT"

// parentEvery is the time between two looks at the parent.
const parentEvery = 500 * time.Millisecond

// underParent is ended, too, when the parent that the environment names has ended. Under another parent, such as a script between the
// two, nothing is watched; nor on Windows, where a process keeps the number of a parent that has ended.
func underParent(ctx context.Context) context.Context {
	parent, err := strconv.Atoi(os.Getenv(parentVariable))
	if err != nil || os.Getppid() != parent {
		return ctx
	}
	ctx, end := context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(parentEvery)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		signal.Ignore(syscall.SIGPIPE) // what the parent read is closed, which is to keep nothing from being saved
		end()
	}()
	return ctx
}
