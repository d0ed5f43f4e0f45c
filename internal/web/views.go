package web

import (
	"fmt"
	"html/template"

	"pahra/internal/service"
)

// ErrorPage says that something could not be shown, and why.
type ErrorPage struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Says   string `json:"detail"`
}

// PlainPage is a page whose body its maker has written, such as the one to log in with.
type PlainPage struct {
	Title string
	Place string        // the entry of the navigation that it belongs to; may be empty
	Body  template.HTML // made by a template
}

// about is what the frame needs to know of a view.
type about struct {
	template string
	run      service.PageRun
	title    string
	place    string // the entry of the navigation
}

// aboutOf says of a view which template shows it, of which run it is, what it is called and where it belongs.
func aboutOf(view any) about {
	switch v := view.(type) {
	case *service.IndexPage:
		return about{"index.html", v.Run, "Overview", "overview"}
	case *service.IncidentsPage:
		return about{"incidents.html", v.Run, "Incidents", "incidents"}
	case *service.NetworksPage:
		return about{"networks.html", v.Run, "Networks", "networks"}
	case *service.NeighbourhoodPage:
		return about{"neighbourhood.html", v.Run, neighbourhoodTitle(v.Name, v.Title), "neighbourhoods"}
	case *service.NetworkPage:
		return about{"network.html", v.Run, "AS" + v.Network.ASN.String() + " " + v.Network.Holder, "networks"}
	case *service.IncidentPage:
		return about{"incident.html", v.Run, v.Headline, "incidents"}
	case *service.MethodPage:
		return about{"method.html", v.Run, "Method", "method"}
	}
	return aboutServed(view)
}

// aboutServed does so for the views that only a service has.
func aboutServed(view any) about {
	switch v := view.(type) {
	case *service.HomePage:
		return about{"home.html", v.Run, "Who strayed today?", "overview"}
	case *service.NeighbourhoodsPage:
		return about{"neighbourhoods.html", v.Run, "Neighbourhoods", "neighbourhoods"}
	case *service.MembersPage:
		return about{"members.html", v.Run, neighbourhoodTitle(v.Name, v.Title) + ": networks", "neighbourhoods"}
	case *service.ComparePage:
		return about{"compare.html", v.Run, "Compare", "neighbourhoods"}
	case *service.PrefixPage:
		return about{"prefix.html", v.Run, v.Prefix.String(), "networks"}
	case *service.SearchPage:
		return about{"search.html", v.Run, "Search", ""}
	case *service.SourcesPage:
		return about{"sources.html", v.Run, "Sources", "sources"}
	case *ErrorPage:
		return about{"error.html", service.PageRun{}, v.Title, ""}
	case *PlainPage:
		return about{"plain.html", service.PageRun{}, v.Title, v.Place}
	}
	if is, known := aboutDesk(view); known {
		return is
	}
	panic(fmt.Sprintf("web: %T is no view", view)) // a programmer's error
}
