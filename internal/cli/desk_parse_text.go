package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// print counts the events of a file by class.
func (f *parsedFile) print() error {
	fmt.Fprintf(f.parse.out, "%s: %d events, %d for quarantine\n", harmless(f.name), f.events, f.bad)
	t := tabwriter.NewWriter(f.parse.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, class := range slices.Sorted(maps.Keys(f.classes)) {
		taxonomy, kind, _ := strings.Cut(class, "\t")
		fmt.Fprintf(t, "%d\t  %s / %s\n", f.classes[class], harmless(cmp.Or(taxonomy, "-")), harmless(cmp.Or(kind, "-")))
	}
	return t.Flush()
}
