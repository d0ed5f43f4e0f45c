package app

import (
	"maps"
	"slices"
)

// DeskPaths are the paths of the desk's pages, as the router knows them.
func DeskPaths() []string { return slices.Sorted(maps.Keys(deskHandlers())) }
