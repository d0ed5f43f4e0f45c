package service

import (
	"os"
	"runtime/debug"

	"pahra/internal/routes"
)

// LeanHeap sets the garbage collector for a program that holds much that stays, unless GOGC in the environment says otherwise. Call what it gives to
// set it back.
func LeanHeap() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(routes.HeapGrowth)
	return func() { debug.SetGCPercent(before) }
}
