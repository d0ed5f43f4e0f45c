package service

import (
	"os"
	"runtime/debug"
)

// LeanHeap sets by how many percent the heap of a program that holds much that stays grows before the garbage collector runs, unless GOGC in
// the environment says otherwise. Call what it gives to set it back.
func LeanHeap(growth int) (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(growth)
	return func() { debug.SetGCPercent(before) }
}
