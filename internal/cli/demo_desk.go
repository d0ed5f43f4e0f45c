package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/account"
	"pahra/internal/config"
	"pahra/internal/desk"
	"pahra/internal/desk/party"
	figures "pahra/internal/health"
	"pahra/internal/serve"
	"pahra/internal/service/cases"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/source"
	"pahra/internal/source/durable"
	"pahra/internal/source/inbox"
	"pahra/internal/store"
	"pahra/internal/world"
)

// deskDays is how many days of reports lie behind a new demonstration.
const deskDays = 30

// demoDesk sets the demonstration's desk: a source for each of the world's, which puts its reports into a folder.
func demoDesk(c *config.Config) {
	c.Desk.Sources = map[string]config.DeskSource{}
	for _, name := range world.ReportSources() {
		c.Desk.Sources[name] = config.DeskSource{Format: "intelmq", TLP: "TLP:GREEN", Licence: "made up",
			Folder: &inbox.Config{Path: demoFolder(c.State, name), Every: 2 * time.Second}}
	}
	c.Desk.TableAge = 400 * 24 * time.Hour // the world's one table is of its beginning
	c.Desk.Form = config.DeskForm{Open: true, Offset: "+05:30"}
	c.Desk.Notices.From.Org, c.Desk.Notices.From.Contact, c.Desk.Notices.From.Domain = "Lantern Coast CERT", "desk@cert.example", "cert.example"
	c.Desk.Notices.Return = "bounces@cert.example"
}

// demoFolder gives where reports of a source are put; absolute, since that of a source must be.
func demoFolder(state, source string) string {
	dir, err := filepath.Abs(filepath.Join(state, "reports", source))
	if err != nil {
		return filepath.Join(state, "reports", source)
	}
	return dir
}

// past is the desk of a demonstration that works through the days behind it.
type past struct {
	server *serve.Server
	year   *world.Year
	now    time.Time
}

// demoAnalyst is the account with which the demonstration's desk is looked at.
const demoAnalyst = "analyst"

// fillDesk has the desk take in what was reported in the days behind the demonstration, as if it had been there.
func fillDesk(ctx context.Context, opt demoOptions, year *world.Year, c *config.Config, until time.Time, password string) (err error) {
	first := until.Truncate(24*time.Hour).AddDate(0, 0, -deskDays)
	p := &past{year: year, now: first}
	alone := *c
	alone.Roles = []string{"desk"}
	if p.server, err = serve.Open(ctx, &alone, serve.Options{Log: opt.log, Now: func() time.Time { return p.now }, Synthetic: true}); err != nil {
		return fmt.Errorf("filling the desk: %w", err)
	}
	defer func() { err = errors.Join(err, p.server.Close()) }()
	if _, err := p.server.People.Accounts.Add(ctx, account.Operator(), demoAnalyst, "", account.Analyst, password); err != nil {
		return fmt.Errorf("filling the desk: %w", err)
	}
	if err := p.known(ctx); err != nil {
		return fmt.Errorf("filling the desk: %w", err)
	}
	for day := first; day.Before(until); day = day.AddDate(0, 0, 1) {
		end := day.AddDate(0, 0, 1)
		if end.After(until) {
			end = until
		}
		if err := p.day(ctx, day, end); err != nil {
			return fmt.Errorf("filling the desk: %w", err)
		}
	}
	return nil
}

// known tells the desk who its constituents are.
func (p *past) known(ctx context.Context) error {
	list, err := party.ReadConstituents(bytes.NewReader(p.year.Constituents()))
	if err != nil {
		return err
	}
	db := p.server.Store
	err = db.ChangeConstituents(ctx, store.ConstituentChange{Tenant: store.National, Put: list, By: "the demonstration", Now: p.now, What: "made up"})
	if err != nil {
		return err
	}
	document := store.DeskDocument{Tenant: store.National, Kind: parties.Policy, Body: p.year.HomePolicy(), By: "the demonstration", Made: p.now}
	if err := db.AddDocument(ctx, document); err != nil {
		return err
	}
	if err := loadHistory(ctx, db); err != nil {
		return err
	}
	return p.server.Desk.Parties.Refresh(ctx)
}

// loadHistory has what CERT-In published of past years stand behind the demonstration's own figures: the one thing in it that is not made up.
func loadHistory(ctx context.Context, db *store.Store) error {
	records, err := figures.CertIn()
	if err != nil {
		return err
	}
	return db.PutHistory(ctx, "cert-in", records)
}

// day takes in the reports of a day, or its part, and lets people and time do what they would.
func (p *past) day(ctx context.Context, from, until time.Time) error {
	p.now = until.Add(-time.Second)
	for _, r := range p.year.Reports(from, until) {
		if len(r.Text) == 0 {
			continue
		}
		meta := reports.Meta{Source: r.Source, Name: r.Source + from.Format("-2006-01-02") + ".json", Format: "intelmq", TLP: "TLP:GREEN", Licence: "made up"}
		if _, err := p.server.Desk.Reports.Accept(ctx, bytes.NewReader(r.Text), meta); err != nil {
			return err
		}
	}
	if err := p.server.Desk.Reports.Drain(ctx); err != nil {
		return err
	}
	if err := p.act(ctx); err != nil {
		return err
	}
	_, err := p.server.Desk.Cases.Recover(ctx, store.National)
	return err
}

// act has networks be told of most of their cases within some days, and some of them answer.
func (p *past) act(ctx context.Context) error {
	machine, by := store.MachineSight(store.National), p.server.Desk.Cases
	told, known := []int64{}, []int64{}
	for after := int64(0); ; {
		page, err := p.server.Store.CasesBeyond(ctx, machine, after, store.CaseFilter{Open: true})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			patience := time.Duration(1+c.ID*7%5) * 24 * time.Hour
			switch state := desk.State(c.State); {
			case p.now.Sub(c.Changed) < patience || c.ID%9 == 0: // some lie there
			case state == desk.New || state == desk.Reopened:
				told = append(told, c.ID)
			case state == desk.Notified && c.ID%3 > 0:
				known = append(known, c.ID)
			case state == desk.Notified && c.ID%27 == 3:
				why := "That address is a customer's who has left."
				if err := by.Move(ctx, machine, cases.By{Actor: desk.Party, Name: c.Party}, c.ID, desk.Disputed, why); err != nil {
					return err
				}
			}
		}
		after = page[len(page)-1].ID
	}
	_, err := by.Bulk(ctx, machine, cases.By{Actor: desk.Desk}, told, cases.Act{To: desk.Notified})
	if err != nil {
		return err
	}
	_, err = by.Bulk(ctx, machine, cases.By{Actor: desk.Analyst, Name: "made up"}, known, cases.Act{To: desk.Acknowledged, Reason: "they called"})
	return err
}

// report puts what the world's sources see into their folders, until ctx ends.
func (t *teller) report(ctx context.Context) error {
	const every = 2 * time.Minute
	for _, name := range world.ReportSources() {
		if err := durable.MakeFolder(demoFolder(t.opt.state, name)); err != nil {
			return err
		}
	}
	for from := t.reported; ; {
		if err := source.Sleep(ctx, every); err != nil {
			return err
		}
		now := t.opt.now().UTC()
		t.mu.Lock()
		list := t.year.Reports(from, now)
		t.mu.Unlock()
		for _, r := range list {
			if len(r.Text) == 0 {
				continue
			}
			if err := t.put(r, now); err != nil {
				return err
			}
		}
		from = now
	}
}

func (t *teller) put(r world.Report, now time.Time) error {
	dir := demoFolder(t.opt.state, r.Source)
	if err := forget(filepath.Join(dir, "taken")); err != nil {
		return err
	}
	f, err := durable.Create(filepath.Join(dir, r.Source+now.Format("-20060102T150405")+".json"))
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, bytes.NewReader(r.Text)); err != nil {
		f.Abandon()
		return err
	}
	return f.Commit()
}

// forget removes all but the last files of a folder: the desk has them.
func forget(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	const most = 20
	for _, entry := range slices.Backward(list[:max(0, len(list)-most)]) {
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
