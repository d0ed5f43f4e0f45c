package exchange

import (
	"fmt"
	"slices"
	"testing"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// TestStixOrder: whatever host is hidden, and in whatever order its id puts it at home, the copies are the same, octet for octet and in the
// same order.
func TestStixOrder(t *testing.T) {
	red, _ := redactor(t, stixText(t), 7)
	copies := func(host int) string {
		h := exampleHit
		h.source = fmt.Sprintf("198.51.100.%d", host)
		objects := h.objects(t)
		slices.SortFunc(objects, func(a, b *stix.Object) int { return slices.Compare([]byte(a.ID()), []byte(b.ID())) })
		for _, o := range objects {
			for i := range o.Tree.Members {
				m := &o.Tree.Members[i]
				if isReference(m.Name) && m.Value.Kind == jsontree.Array {
					slices.SortFunc(m.Value.Items, func(a, b jsontree.Value) int { return slices.Compare([]byte(a.Text), []byte(b.Text)) })
				}
			}
		}
		var all []byte
		for _, o := range red.Objects(objects, kinds(t), signedRequest()).Objects {
			all = append(o.Tree.Append(all), '\n')
		}
		return string(all)
	}
	want := copies(1)
	for host := 2; host < 255; host++ {
		if got := copies(host); got != want {
			t.Fatalf("that the hidden host is %d is told by\n%s\nin place of\n%s", host, got, want)
		}
	}
}
