package web

import (
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/service"
)

// Link leads to a page by its name, such as "incidents" or "network/AS64500".
func (f frame) Link(name string) string {
	if !f.Served {
		return f.Root + name + ".html"
	}
	if list, part, ok := strings.Cut(name, "-"); ok && !strings.Contains(list, "/") {
		return "/" + list + "?part=" + part
	}
	return ServedPath(name)
}

// ServedPath gives the path of a page in a service by its name.
func ServedPath(name string) string {
	if name == "index" {
		return "/"
	}
	return "/" + name
}

// Neighbourhood leads to the page of a neighbourhood.
func (f frame) Neighbourhood(name string) string {
	if f.Served {
		return NeighbourhoodPath(name)
	}
	return f.Link(neighbourhoodName(name))
}

// IncidentPath gives the path of an incident's page in a service.
func IncidentPath(id string) string { return ServedPath(incidentName(id)) }

// HitPath gives the path of what a search found.
func HitPath(h service.Hit) string {
	switch {
	case h.Neighbourhood != "":
		return NeighbourhoodPath(h.Neighbourhood)
	case h.Incident != "":
		return IncidentPath(h.Incident)
	}
	return ServedPath(networkName(h.ASN))
}

// NeighbourhoodPath gives the path of a neighbourhood's page in a service.
func NeighbourhoodPath(name string) string { return "/neighbourhood/" + url.PathEscape(name) }

// part leads to another part of the list that is shown, with the same filter.
func (f frame) part(name string, part int) string {
	if !f.Served {
		return f.Link(name)
	}
	return f.With("part", strconv.Itoa(part))
}

// With leads to the page that is shown with another value of a parameter; an empty one takes it away.
func (f frame) With(key, value string) string {
	query, err := url.ParseQuery(f.Around.Query)
	if err != nil {
		query = url.Values{}
	}
	query.Set(key, value)
	if value == "" {
		query.Del(key)
	}
	return strings.TrimSuffix(f.Around.Path+"?"+query.Encode(), "?")
}

// Twin leads to the same facts in another form: "json" or "csv".
func (f frame) Twin(form string) string {
	if !f.Served {
		return f.Root + f.Name + "." + form
	}
	path := f.Around.Path
	if path == "/" {
		path = "/index"
	}
	return strings.TrimSuffix(path+"."+form+"?"+f.Around.Query, "?")
}

// Asset leads to a file of the site's own.
func (f frame) Asset(name string) string {
	if !f.Served {
		return f.Root + name
	}
	return "/static/" + f.Around.Assets + "/" + name
}
