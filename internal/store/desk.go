package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pahra/internal/spool"
	"pahra/wire/values"
)

// ReportState is how far the desk is with a report.
type ReportState string

// The states of a report.
const (
	ReportWaiting ReportState = "waiting" // or being read
	ReportRead    ReportState = "read"
	ReportRefused ReportState = "refused" // it cannot be read as a whole
)

// DeskReport is a report that was accepted.
type DeskReport struct {
	ID       string // TENANT/DAY/SOURCE/half of SHA-256
	Tenant   string
	Source   string
	Name     string // the file's, as it came
	Format   string
	Day      time.Time // of intake
	Accepted time.Time
	SHA256   string
	Size     int64  // octets
	TLP      string // "" as its events say
	Licence  string
	State    ReportState
	Reason   string // why it was refused
	DeskCounts
}

// DeskCounts are what became of a report's places.
type DeskCounts struct {
	Lines      int64 // read so far, good and bad
	Events     int64 // stored
	Duplicates int64
	Bad        int64
}

// DeskSegment says how much of a source's events of a day of intake counts.
type DeskSegment struct {
	Day                   time.Time
	Source                string
	Bytes, Events, Frames int64
	Generation            int64 // how often it was written anew
}

// Mark is how far the files of the segment count.
func (g DeskSegment) Mark() spool.Mark {
	return spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames, Generation: g.Generation}
}

// DeskCase is what one party must deal with.
type DeskCase struct {
	ID                int64
	Tenant            string
	Party             string
	Class             string // RSIT, as "vulnerable/ddos-amplifier"
	Identifier        string
	State             string
	Opened            time.Time
	Changed           time.Time // its state
	FirstSeen         time.Time // time.source of its events
	LastSeen          time.Time
	Events, Addresses int64  // Addresses: distinct ones, counted anew each day
	Priority          int    // 0 to 100
	TLP               string // the strictest label of its events, such as "AMBER"
	Reopened          int
	Country           string    // of its addresses, two letters
	Received          time.Time // when its first report came to the desk
}

// taxonomy is the first part of the class.
func (c DeskCase) taxonomy() string {
	first, _, _ := strings.Cut(c.Class, "/")
	return first
}

// DeskDay is what a source saw of a case on a day of time.source.
type DeskDay struct {
	Case              int64
	Day               time.Time
	Source            string
	Events, Addresses int64
}

// DeskCoverage is how many events of a kind a source gave for a day of time.source; 0 is a day without any.
type DeskCoverage struct {
	Tenant, Source, Class, Identifier string
	Day                               time.Time
	Events                            int64
	Lines                             int64 // of reports: those that repeat an event as well
}

// Quarantined is a place of a report that could not be read.
type Quarantined struct {
	Report string
	Seq    int64 // from 0, given when it is stored
	Place  string
	Reason string
	Raw    []byte
	State  string // see QuarantineHeld
}

// DeskBatch is what a piece of a report came to. It is stored all at once.
type DeskBatch struct {
	Report   string
	State    ReportState
	Reason   string
	Counts   DeskCounts // Lines as they stand now, the others to be added
	Segment  *DeskSegment
	Cases    []DeskCase // as they stand now; state, changed and reopened count only of new ones
	Reopened []int64    // cases that were recovered or closed, and are not any more
	Red      bool       // an event is TLP:RED: from now on the report is for those who are named
	Now      time.Time
	Days     []DeskDay // to be added
	Coverage []DeskCoverage
	Bad      []Quarantined
	Tenant   string
	Mended   []Quarantined // places that were read again: Seq, State and Reason
	Also     []CaseAlso    // who else is to be told of cases
	Feeds    []CaseFeed    // that showed cases
	FeedDays []FeedDay     // that the report was for, at its end
}

// CaseAlso is who else is told of a case than its party.
type CaseAlso struct {
	Case  int64
	Party string
}

// AddReport records a report that lies in the spool. One that is there already stays as it is.
func (s *Store) AddReport(ctx context.Context, r DeskReport) error {
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "desk_report_add", r.ID, r.Tenant, r.Source, r.Name, r.Format, days(r.Day), micros(r.Accepted), r.SHA256, r.Size, r.TLP, r.Licence, oneIf(isRed(r.TLP)))
		return err
	})
	if err != nil {
		return fmt.Errorf("recording report %s: %w", r.ID, err)
	}
	return nil
}

// isRed says whether a label is TLP:RED; one that cannot be read is taken for it.
func isRed(label string) bool {
	if label == "" {
		return false
	}
	tlp, err := values.ParseTLP(label)
	return err != nil || tlp == values.TLPRed
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Report gives a report; the error is [ErrNotFound] where there is none.
func (s *Store) Report(ctx context.Context, id string) (r DeskReport, err error) {
	err = s.view(ctx, func(t *tx) error {
		r, err = one(ctx, t, "desk_report_one", scanReport, id)
		return err
	})
	if err != nil {
		return DeskReport{}, fmt.Errorf("report %s: %w", id, err)
	}
	return r, nil
}

// Reports gives at most limit reports of a state in the order in which they were accepted, those behind after.
func (s *Store) Reports(ctx context.Context, state ReportState, after DeskReport, limit int) (out []DeskReport, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "desk_reports_state", scanReport, string(state), micros(after.Accepted), after.ID, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing reports: %w", err)
	}
	return out, nil
}

// WaitingReports gives how many octets of reports wait to be read.
func (s *Store) WaitingReports(ctx context.Context) (octets int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		octets, err = one(ctx, t, "desk_reports_waiting", scanned[int64])
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("counting reports that wait: %w", err)
	}
	return octets, nil
}

func scanReport(row scanner) (r DeskReport, err error) {
	var day, accepted int64
	err = row.Scan(&r.ID, &r.Tenant, &r.Source, &r.Name, &r.Format, &day, &accepted, &r.SHA256, &r.Size, &r.TLP, &r.Licence,
		&r.State, &r.Reason, &r.Lines, &r.Events, &r.Duplicates, &r.Bad)
	r.Day, r.Accepted = dayOf(day), fromMicros(accepted)
	return r, err
}

// CommitDesk stores what a piece of a report came to, all or nothing. What lies in its segment up to the mark counts from
// then on.
func (s *Store) CommitDesk(ctx context.Context, b DeskBatch) error {
	err := s.update(ctx, func(t *tx) error { return b.save(ctx, t) })
	if err != nil {
		return fmt.Errorf("storing a piece of report %s: %w", b.Report, err)
	}
	return nil
}

func (b DeskBatch) save(ctx context.Context, t *tx) error {
	n, err := t.exec(ctx, "desk_report_read", b.Report, string(b.State), b.Reason, b.Counts.Lines, b.Counts.Events, b.Counts.Duplicates, b.Counts.Bad, oneIf(b.Red))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if g := b.Segment; err == nil && g != nil {
		_, err = t.exec(ctx, "desk_segment_put", days(g.Day), g.Source, g.Bytes, g.Events, g.Frames)
	}
	if err != nil {
		return err
	}
	for _, c := range b.Cases {
		if _, err := t.exec(ctx, "desk_case_put", c.ID, c.Tenant, c.Party, c.Class, c.Identifier, c.State, micros(c.Opened), micros(c.Changed),
			micros(c.FirstSeen), micros(c.LastSeen), c.Events, c.Addresses, c.Priority, c.TLP, c.Reopened, c.Country, micros(c.Received), c.taxonomy()); err != nil {
			return err
		}
	}
	if err := b.reopen(ctx, t); err != nil {
		return err
	}
	if err := b.saveFeeds(ctx, t); err != nil {
		return err
	}
	for _, a := range b.Also {
		if _, err := t.exec(ctx, "case_also_add", a.Case, a.Party, micros(b.Now)); err != nil {
			return err
		}
	}
	if err := b.saveMended(ctx, t); err != nil {
		return err
	}
	for _, d := range b.Days {
		if _, err := t.exec(ctx, "desk_case_day_add", d.Case, days(d.Day), d.Source, d.Events, d.Addresses); err != nil {
			return err
		}
	}
	for _, c := range b.Coverage {
		if _, err := t.exec(ctx, "desk_coverage_add", c.Tenant, c.Source, c.Class, c.Identifier, days(c.Day), c.Events, c.Lines); err != nil {
			return err
		}
	}
	for _, q := range b.Bad {
		if _, err := t.exec(ctx, "desk_quarantine_add", b.Report, q.Place, q.Reason, q.Raw); err != nil {
			return err
		}
	}
	return nil
}

// reopen opens cases again, and says so in their log.
func (b DeskBatch) reopen(ctx context.Context, t *tx) error {
	var entries []CaseEntry
	for _, id := range b.Reopened {
		n, err := t.exec(ctx, "desk_case_reopen", id, micros(b.Now))
		if err != nil {
			return err
		}
		if n > 0 {
			entries = append(entries, CaseEntry{Case: id, Actor: "desk", Act: "case.move", Detail: map[string]string{"to": "reopened", "report": b.Report}})
		}
	}
	return appendLog(ctx, t, entries, b.Now)
}

// DeskState is what the desk goes on with after a start.
type DeskState struct {
	Cases    []DeskCase    // open, or changed since the time asked for
	Segments []DeskSegment // of the days since then
}

// DeskState gives what the desk needs to go on: cases that are open or changed since a time, segments since its day.
func (s *Store) DeskState(ctx context.Context, since time.Time) (d DeskState, err error) {
	err = s.view(ctx, func(t *tx) error {
		var err1, err2 error
		d.Cases, err1 = list(ctx, t, "desk_cases_current", scanCase, micros(since))
		d.Segments, err2 = list(ctx, t, "desk_segment_all", scanSegment, days(since))
		return errors.Join(err1, err2)
	})
	if err != nil {
		return DeskState{}, fmt.Errorf("reading the desk's state: %w", err)
	}
	return d, nil
}

// CasesChanged gives the cases whose state was changed at a time or later, and those that no report opened then, the earliest
// first.
func (s *Store) CasesChanged(ctx context.Context, since time.Time) (out []DeskCase, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "desk_cases_changed", scanCase, micros(since))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing changed cases: %w", err)
	}
	return out, nil
}

func scanCase(row scanner) (c DeskCase, err error) {
	var at [5]int64
	err = row.Scan(&c.ID, &c.Tenant, &c.Party, &c.Class, &c.Identifier, &c.State, &at[0], &at[1], &at[2], &at[3], &c.Events, &c.Addresses,
		&c.Priority, &c.TLP, &c.Reopened, &c.Country, &at[4])
	c.Opened, c.Changed, c.FirstSeen, c.LastSeen, c.Received = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromMicros(at[4])
	return c, err
}

func scanSegment(row scanner) (g DeskSegment, err error) {
	var day int64
	err = row.Scan(&day, &g.Source, &g.Bytes, &g.Events, &g.Frames, &g.Generation)
	g.Day = dayOf(day)
	return g, err
}

// days gives a day as the number of days since 1970.
func days(t time.Time) int64 { return t.Unix() / 86400 }

func dayOf(n int64) time.Time { return time.Unix(n*86400, 0).UTC() }
