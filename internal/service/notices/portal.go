package notices

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/internal/desk"
	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Visit is who came by a link: for the party that its notice told, and no more than the link lets them see.
type Visit struct {
	Token    string
	Link     notice.Link
	Party    string // as it is called
	Tenant   string
	Language language.Language // of the notice
	// Other says that the notice went to another than the one responsible: they see its cases alone, of these the lines that name
	// them, and can remark on them and no more.
	Other bool
	cases []int64 // of the notice
	sight store.Sight
	by    cases.By
}

// may says whether a visitor may see a case, if it is one of theirs at all.
func (v *Visit) may(id int64) bool {
	return (v.Link.Case == 0 || v.Link.Case == id) && (!v.Other || slices.Contains(v.cases, id))
}

// Visit reads the token of a link. The error is [notice.ErrLink] where it is not good, or not any more.
func (s *Service) Visit(ctx context.Context, token string) (Visit, error) {
	l, err := s.opt.Keys.Open(token, s.opt.Now())
	if err != nil {
		return Visit{}, err
	}
	n, err := s.opt.Store.Notice(ctx, l.Notice)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Visit{}, notice.ErrLink
	case err != nil:
		return Visit{}, err
	case n.Revoked || n.State == store.NoticeWithdrawn || l.Case != 0 && !slices.Contains(n.Cases, l.Case):
		return Visit{}, notice.ErrLink
	}
	is, err := s.opt.Recipients.Reach(ctx, n.Tenant, n.Party)
	if err != nil {
		return Visit{}, err
	}
	v := Visit{Token: token, Link: l, Party: partyName(n.Party, is.Name), Tenant: n.Tenant, Language: s.opt.Languages.In(n.Language), cases: n.Cases,
		sight: store.Sight{Tenant: n.Tenant, Parties: []string{n.Party}}, by: cases.By{Actor: desk.Party, Name: n.Party}}
	return v, s.asOther(ctx, &v)
}

// asOther lets a visitor see the cases of their notice where those are not their own.
func (s *Service) asOther(ctx context.Context, v *Visit) error {
	for _, id := range v.cases {
		c, err := s.opt.Store.Case(ctx, store.MachineSight(v.Tenant), id)
		if err != nil {
			return err
		}
		if c.Party != v.by.Name {
			v.Other = true
			v.sight.Parties = append(v.sight.Parties, c.Party)
		}
	}
	return nil
}

// mostListed bounds the cases of a list, mostShown the lines of a case that are shown.
const (
	mostListed = 500
	mostShown  = 50
)

// List gives the cases that a visitor may see: all open ones of the party, or the one of the link; to another than the one responsible,
// those of the notice that are open.
func (s *Service) List(ctx context.Context, v Visit) ([]store.DeskCase, error) {
	if v.Other && v.Link.Case == 0 {
		return s.listOther(ctx, v)
	}
	if v.Link.Case != 0 {
		c, err := s.opt.Store.Case(ctx, v.sight, v.Link.Case)
		if errors.Is(err, store.ErrNotFound) {
			return nil, notice.ErrLink
		}
		return []store.DeskCase{c.DeskCase}, err
	}
	return s.opt.Store.PartyCases(ctx, v.Tenant, v.by.Name, mostListed)
}

func (s *Service) listOther(ctx context.Context, v Visit) (list []store.DeskCase, err error) {
	for _, id := range v.cases {
		c, err := s.opt.Store.Case(ctx, v.sight, id)
		if errors.Is(err, store.ErrNotFound) { // it is in a compartment by now
			continue
		}
		if err != nil {
			return nil, err
		}
		lines, err := s.linesOf(ctx, v, id)
		if err != nil {
			return nil, err
		}
		if c.Events = int64(len(lines)); desk.State(c.State).Open() {
			list = append(list, c.DeskCase)
		}
	}
	return list, nil
}

// CasePage is what a visitor sees of a case.
type CasePage struct {
	Case  store.DeskCase
	Lines []*intelmq.Event // the latest first; only what may go out
	TLP   values.TLP       // of these
	Said  []Said           // the first first
	// Routing is the routing incident that the case is about; nil: none.
	Routing *notice.Routing
	// Answers are those that can be given now.
	Answers []Answer
}

// Said is what became of a case, as far as its party may know: its states, and the party's own words.
type Said struct {
	At    time.Time `json:"at"`
	State string    `json:"state,omitempty"` // that it came to; "" where something was only said
	Text  string    `json:"text,omitempty"`
	Party bool      `json:"party"` // the party said it
}

// Page gives what a visitor may see of a case; the error is [notice.ErrLink] where that is nothing.
func (s *Service) Page(ctx context.Context, v Visit, id int64) (p CasePage, err error) {
	if !v.may(id) {
		return p, notice.ErrLink
	}
	whole, err := s.opt.Cases.Get(ctx, v.sight, id, 1)
	if errors.Is(err, store.ErrNotFound) {
		return p, notice.ErrLink
	}
	if err != nil {
		return p, err
	}
	p.Case = whole.DeskCase
	if p.Routing, err = s.routing(ctx, p.Case); err != nil {
		return p, err
	}
	events, err := s.linesOf(ctx, v, id)
	if err != nil {
		return p, err
	}
	if v.Other { // what else there is of it is the party's
		p.Case.Events, p.Case.Addresses = int64(len(events)), 0
	}
	for _, e := range events {
		if out, label, ok := notice.Outgoing(e, p.Case.Class); ok && len(p.Lines) < mostShown {
			p.Lines, p.TLP = append(p.Lines, out), max(p.TLP, label)
		}
	}
	p.Said = said(whole, v)
	for _, a := range Answers() {
		if a.fits(desk.State(p.Case.State)) && (!v.Other || a == Remark) {
			p.Answers = append(p.Answers, a)
		}
	}
	return p, nil
}

// linesOf gives the latest lines of a case that a visitor may see.
func (s *Service) linesOf(ctx context.Context, v Visit, id int64) (events []*intelmq.Event, err error) {
	if v.Other {
		events, _, err = s.linesFor(ctx, v.Tenant, id, v.by.Name)
		return events, err
	}
	return s.opt.Events(ctx, v.Tenant, id, 4*mostShown)
}

// said keeps of a case's log what a visitor may know: the party its states and its own words, another their own words. What the team
// says among itself is not among it, nor what others say.
func said(w cases.Whole, v Visit) (list []Said) {
	for _, e := range w.Log {
		own := e.Actor == v.by.String()
		one := Said{At: e.At, Party: own || strings.HasPrefix(e.Actor, "party ")}
		switch {
		case e.Act == "case.move" && !v.Other:
			one.State = e.Detail.To
		case e.Act == "case.reply":
			if !own {
				continue
			}
			one.Text = string(w.Notes[e.Detail.Note].Body)
		default:
			continue
		}
		list = append(list, one)
	}
	return list
}

// Answer is what a visitor says to a case.
type Answer string

// The answers.
const (
	Acknowledge Answer = "acknowledge"
	Progress    Answer = "progress"
	Fixed       Answer = "fixed" // a claim: the case stays open until later reports show it no more
	NotOurs     Answer = "dispute"
	Remark      Answer = "comment"
)

// Answers are all of them, in the order in which a page offers them.
func Answers() []Answer { return []Answer{Acknowledge, Progress, Fixed, NotOurs, Remark} }

// state gives what an answer brings a case to; "" where it moves none.
func (a Answer) state() desk.State {
	switch a {
	case Acknowledge:
		return desk.Acknowledged
	case Progress, Fixed:
		return desk.InProgress
	case NotOurs:
		return desk.Disputed
	}
	return ""
}

// fits says whether an answer can be given to a case in a state.
func (a Answer) fits(from desk.State) bool {
	to := a.state()
	if to == "" || a == Fixed && from == to {
		return from.Open()
	}
	return desk.Move(desk.Party, from, to) == nil
}

// MostRemark is how many characters a remark has at most, mostAnswers how many answers the links of a notice take: whoever has one needs
// no account, and what is said stays.
const (
	MostRemark  = 2000
	mostAnswers = 100
)

// ErrAnswer says that something is missing of an answer.
var ErrAnswer = errors.New("an answer of the list is needed, and a remark with some of them")

// Answer notes what a visitor says to a case. It never brings it to recovered. The error is [ErrAnswer] where something is
// missing, and a [cases.ErrRefused] where the case has moved on.
func (s *Service) Answer(ctx context.Context, v Visit, id int64, a Answer, remark string) error {
	remark = strings.TrimSpace(strings.ReplaceAll(remark, "\r\n", "\n"))
	needs := a == NotOurs || a == Remark
	if !slices.Contains(Answers(), a) || needs && remark == "" || utf8.RuneCountInString(remark) > MostRemark || !utf8.ValidString(remark) {
		return ErrAnswer
	}
	if !v.may(id) {
		return notice.ErrLink
	}
	if v.Other && a != Remark {
		return fmt.Errorf("%w: only who is responsible says so", cases.ErrRefused)
	}
	c, err := s.opt.Store.Case(ctx, v.sight, id)
	if errors.Is(err, store.ErrNotFound) {
		return notice.ErrLink
	}
	if err != nil {
		return err
	}
	if said, err := s.opt.Store.Replies(ctx, store.ReplyAttached, v.Link.Notice, mostAnswers); err != nil || len(said) == mostAnswers {
		return cmp.Or(err, fmt.Errorf("%w: that is enough", cases.ErrRefused))
	}
	if err := s.act(ctx, v, c, a, remark); err != nil {
		return err
	}
	_, err = s.opt.Store.AddReply(ctx, store.Reply{ID: s.replyID(v, id, a, remark), Notice: v.Link.Notice, Received: s.opt.Now(), Kind: "link", Sender: v.by.Name,
		Subject: fmt.Sprintf("case %d: %s", id, a), Body: remark, State: store.ReplyAttached}, store.NoticeAnswered)
	return err
}

func (s *Service) replyID(v Visit, id int64, a Answer, remark string) string {
	text, _ := json.Marshal([]any{v.Token, id, a, remark, s.opt.Now().UnixNano()}) // texts and numbers cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// act says the words first, then moves the case: where it stops in between, the words are there.
func (s *Service) act(ctx context.Context, v Visit, c store.Case, a Answer, remark string) error {
	from := desk.State(c.State)
	if !a.fits(from) {
		return fmt.Errorf("%w: %s to a case that is %s", cases.ErrRefused, a, from)
	}
	words := remark
	switch a {
	case Fixed:
		words = strings.TrimSpace("[claims that it is mended] " + remark)
	case NotOurs:
		words = "[says that it is not theirs] " + remark
	}
	if words != "" {
		if err := s.opt.Cases.Replied(ctx, v.sight, v.by, c.ID, words); err != nil {
			return err
		}
	}
	to := a.state()
	if to == "" || to == from {
		return nil
	}
	return s.opt.Cases.Move(ctx, v.sight, v.by, c.ID, to, "")
}

// Form gives what the form of a link's page carries, and CheckForm says whether one was sent from there.
func (s *Service) Form(v Visit) string { return s.opt.Keys.Form(v.Token, s.opt.Now()) }

// CheckForm says whether a form was sent from a visitor's page, and not too long after it was shown.
func (s *Service) CheckForm(v Visit, form string) bool {
	return s.opt.Keys.CheckForm(v.Token, form, s.opt.Now())
}

// Languages gives the languages that pages can be in.
func (s *Service) Languages() *language.Catalogue { return s.opt.Languages }
