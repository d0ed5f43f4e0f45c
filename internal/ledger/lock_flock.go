//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package ledger

import (
	"fmt"
	"os"
	"syscall"
)

// lock waits until no other process writes the log. The kernel lets go of it when the process ends, however it ends.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("locking %s: %w", f.Name(), err)
		}
		return nil
	}
}

func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) } // closing the file does the same
