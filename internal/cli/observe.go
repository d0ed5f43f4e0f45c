package cli

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
)

const observeLong = `Read a folder of routing data, hold what was announced against what was authorised at that time, and write the
incidents, the scores of every network, and the snapshot from which anyone can recompute them.

DIR holds any of these; a kind that is missing is "no data", never an error, but for MRT files:
  mrt/<collector>/{rib,bview,updates}.YYYYMMDD.HHMM[.gz|.bz2|.zst]   vrp/YYYYMMDDTHHMMZ.json[.gz|.bz2]
  irr/<SOURCE>.db[.gz] or irr/<SOURCE>/*.db                          registry/ (delegated statistics, names)
  relations/YYYYMMDD.as-rel[2].txt[.gz|.bz2]                         relations/YYYYMMDD.as-org2info.jsonl[.gz]
  bogons/   peeringdb/   spoofer/   neighbourhoods/*.yaml, .csv      sources.yaml (overrides the names)

What DIR holds before --from is the baseline. Where no table dump came before, the first six hours of updates only
teach (--set warm_up=1h shortens that); a window that ends within them finds nothing.
Once what stood before is known, who buys transit of whom and who are peers is inferred from the data's own AS paths,
again every 24 hours; files of relations, ASPAs, registries' policies and PeeringDB join in where they are at hand.
--relations listed or inferred uses the one or the other alone.
Only what was known at a moment judges that moment: --allow-anachronism KIND uses an input against its time or age
all the same, marks all that it touches and bars that from publication.

OUT gets incidents.jsonl, scores.jsonl, comparison.jsonl, snapshot.json and archive/ (Parquet, the manifest last), over an
earlier run's.

--html DIR writes the same as pages, as "pahra pages" does.

Exit status: 0 done, with or without incidents, 2 wrong use, 3 could not finish.`

const observeExample = `  pahra observe --data data --from 2008-02-22T00:00:00Z --to 2008-02-23T00:00:00Z -o out
  pahra observe --data data --from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z --collector rrc06 --profile pahra-1 -o may
  pahra observe --data data --from 2021-01-02T05:00:00Z --to 2021-01-02T10:00:00Z --set warm_up=1h --limit relations=2160h -o out
  jq -r 'select(.kind=="hijack") | [.start, .asn, .victim, .confidence] | @tsv' out/incidents.jsonl`

// observeFlags are the flags as typed.
type observeFlags struct {
	data, out, from, to, profile string
	html                         string
	relations                    string
	collectors, allow            []string
	off, set, limits             []string
	asJSON                       bool
}

func newObserve() *cobra.Command {
	var f observeFlags
	cmd := &cobra.Command{
		Use:     "observe --data DIR --from T --to T -o OUT",
		Short:   "Find the incidents in a folder of routing data and score the networks",
		Long:    observeLong,
		Example: observeExample,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.data, "data", "", "folder of inputs")
	fl.StringVarP(&f.out, "output", "o", "", "folder of results")
	fl.StringVar(&f.from, "from", "", "beginning of the window (RFC 3339)")
	fl.StringVar(&f.to, "to", "", "end of the window, exclusive (RFC 3339)")
	fl.StringSliceVar(&f.collectors, "collector", nil, "only these collectors")
	fl.StringVar(&f.profile, "profile", norms.DefaultProfile,
		"profile of the norms: "+strings.Join(norms.EmbeddedIDs(), ", ")+", or a YAML file")
	fl.StringSliceVar(&f.allow, "allow-anachronism", nil, "use inputs of this kind against their time or age: "+kindList())
	fl.StringVar(&f.relations, "relations", string(service.RelationsAll), "what relations between networks rest on: all, listed (files of relations) or inferred (the data's own AS paths)")
	fl.StringArrayVar(&f.set, "set", nil, "a threshold of the detectors, NAME=VALUE; docs/formulas.md lists them")
	fl.StringArrayVar(&f.limits, "limit", nil, "how old an input of a kind may be, KIND=DURATION")
	fl.StringSliceVar(&f.off, "without-exclusion", nil, "benign explanations not to try, to measure what they are worth")
	fl.StringVar(&f.html, "html", "", "write pages into this folder too")
	fl.BoolVar(&f.asJSON, "json", false, "print the summary as JSON")
	return cmd
}

func kindList() string {
	var names []string
	for _, k := range authority.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// options turns the flags into options.
func (f *observeFlags) options() (opt service.Options, err error) {
	for _, needed := range []struct{ name, value string }{{"--data", f.data}, {"--from", f.from}, {"--to", f.to}, {"-o", f.out}} {
		if needed.value == "" {
			return opt, fmt.Errorf("observe needs %s; pahra observe --help shows its use", needed.name)
		}
	}
	opt = service.Options{
		Data: f.data, Out: f.out, Collectors: f.collectors, Profile: f.profile, Relations: service.Relations(f.relations),
		Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
	}
	if opt.From, err = parseTime("--from", f.from); err != nil {
		return opt, err
	}
	if opt.To, err = parseTime("--to", f.to); err != nil {
		return opt, err
	}
	if !opt.From.Before(opt.To) {
		return opt, fmt.Errorf("--to %s is not after --from %s", f.to, f.from)
	}
	if opt.Settings.Off, err = watch.Exclusions(f.off); err != nil {
		return opt, fmt.Errorf("--without-exclusion: %w", err)
	}
	for _, pair := range f.set {
		name, value, _ := strings.Cut(pair, "=")
		if err := opt.Settings.Set(name, value); err != nil {
			return opt, fmt.Errorf("--set %s: %w", pair, err)
		}
	}
	for _, pair := range f.limits {
		kind, value, _ := strings.Cut(pair, "=")
		age, err := time.ParseDuration(value)
		if err != nil || age <= 0 || !slices.Contains(authority.Kinds(), authority.Kind(kind)) {
			return opt, fmt.Errorf("--limit %s: it takes a kind (%s), = and a duration such as 48h", pair, kindList())
		}
		opt.Limits.Set(authority.Kind(kind), age)
	}
	for _, k := range f.allow {
		if !slices.Contains(authority.Kinds(), authority.Kind(k)) {
			return opt, fmt.Errorf("--allow-anachronism %q is none of %s", k, kindList())
		}
		opt.Allow = append(opt.Allow, authority.Kind(k))
	}
	return opt, nil
}

func parseTime(flag, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s %q is not a time in RFC 3339, such as 2008-02-22T00:00:00Z", flag, text)
	}
	return t.UTC(), nil
}

func (f *observeFlags) run(cmd *cobra.Command) error {
	opt, err := f.options()
	if err != nil {
		return usageError(err)
	}
	if f.html != "" {
		if err := roomForPages(f.html, f.data, f.out); err != nil {
			return usageError(err)
		}
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	talk := cmd.ErrOrStderr()
	opt.Say = sayOn(talk)
	opt.Progress = progressOn(talk)
	sum, err := service.Observe(ctx, opt)
	if opt.Progress != nil {
		fmt.Fprint(talk, "\r\033[K")
	}
	if err != nil {
		return refused(err)
	}
	if f.asJSON {
		err = printJSON(cmd.OutOrStdout(), sum)
	} else {
		printSummary(cmd.OutOrStdout(), sum, f.out)
	}
	if err != nil || f.html == "" {
		return err
	}
	run, err := service.OpenRun(f.out)
	if err != nil {
		return err
	}
	made, err := writePages(run, f.html)
	if err == nil {
		fmt.Fprintf(talk, "pages: %s\n", made)
	}
	return err
}

// sayOn writes lines to w: they hold names of files and pieces of input.
func sayOn(w io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		fmt.Fprintln(w, harmless(fmt.Sprintf(format, args...)))
	}
}

// progressOn tells how far the reading has come, if w is a terminal.
func progressOn(w io.Writer) func(time.Time, int64) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(at time.Time, elements int64) {
		fmt.Fprintf(w, "\r%s  %d elements\033[K", at.Format("2006-01-02 15:04:05"), elements)
	}
}

func printSummary(w io.Writer, s service.Summary, out string) {
	fmt.Fprintf(w, "%d elements read; %d networks seen; %.1f %% of the window heard and judged\n", s.Elements, s.Networks, 100*s.Judged)
	if s.Judged == 0 {
		fmt.Fprintf(w, "nothing was judged: the data lie outside the window, or all of it is warm-up (--set warm_up=1h shortens it)\n")
	}
	if len(s.NoData) > 0 {
		fmt.Fprintf(w, "no data: %s (snapshot.json says why)\n", strings.Join(slices.Sorted(maps.Keys(s.NoData)), ", "))
	}
	fmt.Fprintf(w, "incidents:\n")
	if len(s.Incidents) == 0 {
		fmt.Fprintf(w, "  none\n")
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Incidents)) {
		fmt.Fprintf(w, "  %-14s %d\n", kind, s.Incidents[kind])
	}
	if len(s.Explained) > 0 {
		fmt.Fprintf(w, "candidates with a benign explanation:\n")
		for _, by := range slices.Sorted(maps.Keys(s.Explained)) {
			fmt.Fprintf(w, "  %-22s %d\n", by, s.Explained[by])
		}
	}
	if n := s.Leaks; n.Triples > 0 {
		fmt.Fprintf(w, "against the relations, by paths alone: %d of %d announcements, %d (from, leaker, to); of the leaks found: %d announcements\n",
			n.Flagged, n.Announcements, n.Triples, n.Shown)
	}
	fmt.Fprintf(w, "snapshot %s\ndigest   %s\n", s.Snapshot, s.Digest)
	for _, name := range []string{"incidents.jsonl", "scores.jsonl", "comparison.jsonl", "snapshot.json", "archive"} {
		fmt.Fprintf(w, "%s\n", filepath.Join(out, name))
	}
}
