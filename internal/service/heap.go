package service

import (
	"os"
	"runtime/debug"

	"pahra/internal/routes"
)

// leanHeap sets the garbage collector for a run, unless GOGC in the environment says otherwise. Call what it gives to
// set it back.
func leanHeap() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(routes.HeapGrowth)
	return func() { debug.SetGCPercent(before) }
}
