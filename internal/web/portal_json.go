package web

import (
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/notice"
	"pahra/internal/service/notices"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// portalJSON is a page of a link for programs: what it shows, and nothing more. A word that answers are sent with is not in it.
type portalJSON struct {
	Party    string           `json:"party,omitempty"`
	Until    *time.Time       `json:"until"` // the link is good
	Language string           `json:"language"`
	Problem  string           `json:"problem,omitempty"`
	Cases    []portalCase     `json:"cases,omitempty"`
	Case     *portalCase      `json:"case,omitempty"`
	TLP      string           `json:"tlp,omitempty"` // of the lines
	Lines    []*intelmq.Event `json:"lines,omitempty"`
	Routing  *notice.Routing  `json:"routing,omitempty"`
	Said     []notices.Said   `json:"said,omitempty"`
	Answers  []notices.Answer `json:"answers,omitempty"`
}

type portalCase struct {
	ID         int64     `json:"case"`
	Class      string    `json:"class"`
	Identifier string    `json:"identifier,omitempty"`
	State      string    `json:"state"`
	FirstSeen  time.Time `json:"first_seen"`
	LastSeen   time.Time `json:"last_seen"`
	Lines      int64     `json:"lines"`
	Days       int64     `json:"address_days,omitempty"`
	Path       string    `json:"path"` // of its page
}

func (v *PortalView) caseJSON(c *store.DeskCase, path string) portalCase {
	return portalCase{c.ID, c.Class, c.Identifier, c.State, c.FirstSeen, c.LastSeen, c.Events, c.Addresses, path}
}

// JSON gives what a page shows, for programs.
func (v *PortalView) JSON() ([]byte, error) {
	p := portalJSON{Party: v.Party, Language: v.Tag(), Problem: v.Problem, Lines: v.Lines, Routing: v.Routing, Said: v.Said, Answers: v.Answers}
	if !v.Until.IsZero() {
		p.Until = &v.Until
	}
	for i := range v.Cases {
		p.Cases = append(p.Cases, v.caseJSON(&v.Cases[i], fmt.Sprintf("%s/case/%d", v.Here, v.Cases[i].ID)))
	}
	if v.Case != nil {
		one := v.caseJSON(v.Case, v.Here)
		p.Case = &one
		if len(v.Lines) > 0 {
			p.TLP = v.TLP
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("writing a page of a link as JSON: %w", err)
	}
	return append(text, '\n'), nil
}
