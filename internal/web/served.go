package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/watch"
)

// ago says how long ago something was, as seen at now: "3 minutes ago".
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < 2*time.Second:
		return "just now"
	}
	return service.InWords(d) + " ago"
}

// sourceState says how a source is, and how that is drawn.
func sourceState(s service.SourceLine) [2]string {
	switch {
	case !s.Up && !s.Stale:
		return [2]string{"nodata", "connecting"}
	case !s.Up:
		return [2]string{"lagging", "down"}
	case s.Stale:
		return [2]string{"aspiring", "stale"}
	case s.Live:
		return [2]string{"ready", "live"}
	}
	return [2]string{"ready", "heard"}
}

// stateWord says what became of an incident since it was found.
func stateWord(s publication.State) string {
	switch s {
	case publication.Notified:
		return "the holder was told"
	case publication.Confirmed:
		return "confirmed"
	case publication.Disputed:
		return "disputed by the holder"
	case publication.Upheld:
		return "the dispute was upheld: taken back"
	case publication.Withdrawn:
		return "withdrawn"
	}
	return "found, nobody told yet"
}

// percentOr writes a percentage, or what stands for none.
func percentOr(p *float64, none string) string {
	if p == nil {
		return none
	}
	return percent1(*p)
}

// bandsIn gives a spread's bands that have networks.
func bandsIn(s service.Spread) (list []service.BandCount) {
	for _, b := range s.Bands {
		if b.Networks > 0 {
			list = append(list, b)
		}
	}
	return list
}

// kindChoices are the kinds that a list can be narrowed to.
func kindChoices() []watch.Kind {
	return []watch.Kind{watch.Leak, watch.Hijack, watch.BogonPrefix, watch.BogonASN, watch.RPKIInvalid, watch.PathAnomaly}
}

// shareOf gives the share of a band in a spread, 0 to 1.
func shareOf(s service.Spread, band string) float64 {
	for _, b := range s.Bands {
		if b.Band == norms.Band(band) {
			return b.Share
		}
	}
	return 0
}

// rate writes how many messages came in a second.
func rate(x float64) string {
	if x < 10 {
		return strconv.FormatFloat(x, 'f', 1, 64) + "/s"
	}
	return fmt.Sprintf("%s/s", grouped(int(x+0.5)))
}

// chosenList is a list of neighbourhoods to choose from, and the one that is chosen.
type chosenList struct {
	List   []service.NeighbourhoodLine
	Chosen string
}

func choicesOf(list []service.NeighbourhoodLine, sides []*service.NeighbourhoodPage, n int) chosenList {
	c := chosenList{List: list}
	if n < len(sides) {
		c.Chosen = sides[n].Name
	}
	return c
}

// routeListing is a table of routes on a page.
type routeListing struct {
	F     frame
	Label string
	List  []service.RouteCheck
}

// spaced is a map of address space on a page.
type spaced struct {
	F   frame
	Map *service.SpaceMap
}

// authorityName names who says something of a route.
func authorityName(name string) string {
	switch name {
	case "rpki":
		return "RPKI"
	case "irr":
		return "Route objects"
	case "irr-authenticated":
		return "Authenticated ones"
	case "bogons":
		return "Bogon lists"
	}
	return name
}

func matchWord(match string) string {
	switch match {
	case "exact":
		return "the same"
	case "more-specific":
		return "within it"
	}
	return "around it"
}

// per100 writes a count for each hundred.
func per100(n, of int) string {
	if of == 0 {
		return "no data"
	}
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 1, 64)
}

func latestMeans(p *service.NeighbourhoodPage) []service.ActionMean {
	if len(p.History) == 0 {
		return nil
	}
	return p.History[len(p.History)-1].Means
}

func meanOf(p *service.NeighbourhoodPage, n int) *float64 {
	if means := latestMeans(p); n < len(means) {
		return means[n].Percent
	}
	return nil
}

func firstLines(list []service.NetworkLine, most int) []service.NetworkLine {
	return list[:min(len(list), most)]
}

// roleGroup are the incidents in which a network has one part.
type roleGroup struct {
	Heading string
	List    []service.NetworkIncident
}

// byRole keeps apart what a network announced, what it let pass and what it suffered.
func byRole(all []service.NetworkIncident) (groups []roleGroup) {
	for _, role := range []struct {
		is      service.Role
		heading string
	}{{service.Announcer, "As the announcing network"}, {service.Accomplice, "As one that let it pass"}, {service.Victim, "As the one it was done to"}} {
		g := roleGroup{Heading: role.heading}
		for _, i := range all {
			if i.Role == role.is {
				g.List = append(g.List, i)
			}
		}
		if len(g.List) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// gainOf writes what mending would bring, in points.
func gainOf(p service.WhatIfPair) string {
	switch {
	case p.From == nil || p.To == nil:
		return "–"
	case *p.From == *p.To:
		return "0"
	}
	return fmt.Sprintf("%+.1f", *p.To-*p.From)
}

// beside is a list of neighbours on a page.
type beside struct {
	F     frame
	Title string
	List  []service.Neighbour
	Total int
}

// cards are a network's Actions on its page.
type cards struct {
	F    frame
	Page *service.NetworkPage
}

// standing is what has been said of an incident.
type standing struct {
	F    frame
	More *service.IncidentMore
}

// actionOf gives a month's score of an Action; nil where there is none.
func actionOf(m service.PageMonth, a norms.Metric) *service.PageAction {
	for n := range m.Actions {
		if m.Actions[n].Metric == a {
			return &m.Actions[n]
		}
	}
	return nil
}

// stateSays tells what became of an incident, as a sentence.
func stateSays(s publication.State) string {
	if s == "" {
		s = publication.Open
	}
	word := stateWord(s)
	return strings.ToUpper(word[:1]) + word[1:] + "."
}
