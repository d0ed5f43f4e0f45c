package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/alert"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

const deskCasesLong = `List cases, those of the highest priority first.

A case is what one party must deal with of one class. --todo takes those of which the same is to be done next: overdue (a
deadline has passed), reply (the party wrote and nobody answered), disputed, reopened (seen again), new, close (it has
recovered), waiting. How many there are of each stands above the list. A list goes on with --after, as it says itself.

Exit status: 0 some are listed or none, 2 wrong use, 3 could not be done.`

// deskCases are the flags as typed.
type deskCases struct {
	place  casePlace
	filter store.CaseFilter
	todo   string
	json   bool
}

func newDeskCases() *cobra.Command {
	p := new(deskCases)
	cmd := &cobra.Command{
		Use:     "cases",
		Short:   "List cases",
		Long:    deskCasesLong,
		Example: "  pahra desk cases --state /var/lib/pahra --todo new --country IN",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	p.place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.todo, "todo", "", "what is to be done `next`")
	set.StringVar(&p.filter.State, "is", "", "`state`: new, notified, acknowledged, in-progress, disputed, recovered, closed, reopened")
	set.StringVar(&p.filter.Class, "class", "", "`class` of the RSIT: fraud, or fraud/phishing")
	set.StringVar(&p.filter.Party, "party", "", "`party` responsible, such as as:64500")
	set.StringVar(&p.filter.Country, "country", "", "`country`, two letters")
	set.StringVar(&p.filter.Assignee, "assignee", "", "`account` that works on them")
	set.StringVar(&p.filter.Text, "text", "", "a `part` of party, class or identifier, or a number")
	set.IntVar(&p.filter.Limit, "limit", 50, "at most so `many`")
	set.StringVar(&p.filter.Cursor, "after", "", "`where` to go on")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

func (p *deskCases) run(cmd *cobra.Command) error {
	if p.filter.Todo = store.Todo(p.todo); p.todo != "" && !slices.Contains(store.Todos(), p.filter.Todo) {
		return usageError(fmt.Errorf("--todo %q: one of %v is needed", p.todo, store.Todos()))
	}
	if p.filter.Limit < 1 || p.filter.Limit > 1000 {
		return usageError(errors.New("--limit is from 1 to 1000"))
	}
	return p.place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
		now := time.Now()
		page, err := s.Store.Cases(ctx, v, now, p.filter)
		if err != nil {
			return err
		}
		groups, err := s.Store.CaseGroups(ctx, v, now, p.filter)
		if err != nil {
			return err
		}
		if p.json {
			out := caseList{Groups: groups, Next: page.Next, Cases: []caseView{}}
			for _, c := range page.Items {
				out.Cases = append(out.Cases, viewOf(c))
			}
			return printJSON(cmd.OutOrStdout(), out)
		}
		return printCases(cmd, page, groups)
	}, store.ReadOnly())
}

// caseList is the list as JSON.
type caseList struct {
	Groups map[store.Todo]int64 `json:"groups"`
	Cases  []caseView           `json:"cases"`
	Next   string               `json:"next,omitempty"`
}

// caseView is a case as JSON.
type caseView struct {
	ID           int64      `json:"id"`
	Tenant       string     `json:"tenant"`
	Party        string     `json:"party"`
	Class        string     `json:"class"`
	Identifier   string     `json:"identifier"`
	State        string     `json:"state"`
	Priority     int        `json:"priority"`
	Country      string     `json:"country,omitempty"`
	Assignee     string     `json:"assignee,omitempty"`
	Compartment  string     `json:"compartment,omitempty"`
	TLP          string     `json:"tlp,omitempty"`
	Events       int64      `json:"events"`
	Addresses    int64      `json:"address_days"`
	Reopened     int        `json:"reopened"`
	Opened       time.Time  `json:"opened_at"`
	Changed      time.Time  `json:"changed_at"`
	FirstSeen    time.Time  `json:"first_seen"`
	LastSeen     time.Time  `json:"last_seen"`
	Received     *time.Time `json:"received_at,omitempty"`
	Detected     *time.Time `json:"detected_at,omitempty"`
	Noticed      *time.Time `json:"noticed_at,omitempty"`
	Notified     *time.Time `json:"notified_at,omitempty"`
	Acknowledged *time.Time `json:"acknowledged_at,omitempty"`
	Gone         *time.Time `json:"first_day_without,omitempty"`
	Due          *time.Time `json:"due_at,omitempty"`
	Incident     string     `json:"incident,omitempty"`
}

func viewOf(c store.Case) caseView {
	v := caseView{ID: c.ID, Tenant: c.Tenant, Party: c.Party, Class: c.Class, Identifier: c.Identifier, State: c.State, Priority: c.Priority, Country: c.Country,
		Assignee: c.Assignee, Compartment: c.Compartment, TLP: c.TLP, Events: c.Events, Addresses: c.Addresses, Reopened: c.Reopened, Opened: c.Opened,
		Changed: c.Changed, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Detected: c.Detected, Noticed: c.Noticed, Notified: c.Notified,
		Acknowledged: c.Acknowledged, Gone: c.Gone, Due: c.Due, Incident: c.Incident}
	if c.Received.Unix() > 0 {
		v.Received = &c.Received
	}
	return v
}

func printCases(cmd *cobra.Command, page store.Page[store.Case], groups map[store.Todo]int64) error {
	var counts []string
	for _, todo := range store.Todos() {
		counts = append(counts, fmt.Sprintf("%s %d", todo, groups[todo]))
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s\n\n", strings.Join(counts, " · "))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tPRIORITY\tSTATE\tPARTY\tCLASS\tIDENTIFIER\tEVENTS\tLAST SEEN\tDUE\tASSIGNEE")
	for _, c := range page.Items {
		due := "–"
		if c.Due != nil {
			due = c.Due.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", c.ID, c.Priority, c.State, alert.Harmless(c.Party), c.Class, dash(alert.Harmless(c.Identifier)),
			c.Events, c.LastSeen.Format(time.DateOnly), due, dash(alert.Harmless(c.Assignee)))
	}
	err := w.Flush()
	if page.Next != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "there are more: --after %s\n", page.Next)
	}
	return err
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
