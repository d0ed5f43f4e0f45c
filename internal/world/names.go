package world

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// names gives holders names that nobody has, each once.
type names struct{ used map[string]int }

func newNames() *names { return &names{map[string]int{}} }

func firstWords() []string {
	return []string{"Lantern", "Banyan", "Monsoon", "Harbour", "Juniper Hill", "Saffron", "Copper Kettle", "Northwind",
		"Tamarind", "Blue Heron", "Old Mill", "Firefly", "Cardamom", "Silver Birch", "Paper Boat", "Kingfisher Bay",
		"Red Clay", "Morning Bell", "Long Meadow", "Starling", "Walnut Grove", "Tidewater", "Hilltop", "Marigold"}
}

func secondWords(tier int) []string {
	switch tier {
	case tier1:
		return []string{"Global Backbone", "Intercontinental", "World Carrier"}
	case large, small, regional:
		return []string{"Carrier", "Transit", "Telecom", "Networks"}
	}
	return []string{"Broadband", "Fibre", "Hosting", "University", "Cable", "Wireless", "Bank", "Cloud", "Municipal Net", "Media"}
}

// draw gives a holder's name.
func (n *names) draw(r *rand.Rand, tier int) string {
	name := pick(r, firstWords()) + " " + pick(r, secondWords(tier))
	n.used[name]++
	if k := n.used[name]; k > 1 {
		name = fmt.Sprintf("%s %d", name, k)
	}
	return name
}

// handle makes an as-name of a holder's name: "LANTERN-FIBRE-AS".
func handle(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, " ", "-")) + "-AS"
}

// domain makes a domain that can never be registered (RFC 2606).
func domain(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", "-")) + ".example"
}
