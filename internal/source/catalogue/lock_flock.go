//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package catalogue

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock takes the folder for one pull. The kernel lets go of it when the process ends, however it ends.
func lock(root *os.Root) (release func() error, err error) {
	f, err := root.OpenFile(workDir+"/lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another pull into %s is under way", root.Name())
		}
		return nil, fmt.Errorf("locking %s: %w", root.Name(), err)
	}
	return f.Close, nil
}
