package web

import (
	"fmt"
	"strings"

	"pahra/internal/service"
	"pahra/wire/values"
)

// NameOf gives the name of a view's page, without its extension: "network/AS64500".
func NameOf(view any) string {
	switch v := view.(type) {
	case *service.IncidentsPage:
		return incidentsName(v.Part)
	case *service.NetworksPage:
		return networksName(v.Part)
	case *service.NeighbourhoodPage:
		return neighbourhoodName(v.Name)
	case *service.NetworkPage:
		return networkName(v.Network.ASN)
	case *service.IncidentPage:
		return incidentName(v.Incident.ID)
	case *service.MethodPage:
		return "method"
	}
	return "index"
}

func networkName(asn values.ASN) string { return "network/AS" + asn.String() }

func incidentName(id string) string { return "incident/" + slug(id) }

func incidentsName(part int) string { return part1("incidents", part) }

func networksName(part int) string { return part1("networks", part) }

func part1(name string, part int) string {
	if part <= 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, part)
}

func neighbourhoodName(name string) string { return "neighbourhood/" + slug(name) }

// slug writes a name with nothing in it that a path or a link could take for more. Different names stay different.
func slug(name string) string {
	var b strings.Builder
	for i, r := range []byte(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.' && i > 0:
			b.WriteByte(r)
		default:
			fmt.Fprintf(&b, "_%02x", r)
		}
	}
	return b.String()
}

// neighbourhoodTitle is what a neighbourhood is called.
func neighbourhoodTitle(name, title string) string {
	if title == "" {
		return name
	}
	return title
}
