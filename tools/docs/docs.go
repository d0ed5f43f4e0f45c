// Package docs holds the tests that keep the project's documents true: README's commands run, the map of
// docs/architecture.md names each package and no other, the links between documents lead somewhere.
package docs
