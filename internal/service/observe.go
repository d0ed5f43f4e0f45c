package service

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/routes"
	"pahra/internal/source/folder"
	"pahra/internal/watch"
)

// Summary is what a run came to, in short.
type Summary struct {
	Snapshot  string            `json:"snapshot"`
	Digest    string            `json:"digest"`
	Incidents map[string]int    `json:"incidents"` // by kind
	Explained map[string]int    `json:"explained"` // candidates that a benign explanation covers, by explanation
	Leaks     watch.NaiveLeaks  `json:"leaks"`     // what a test for valley-free paths alone would find
	Scores    int               `json:"scores"`
	Networks  int               `json:"networks"` // that announced something, or had a part in an incident
	Elements  int64             `json:"elements"`
	Problems  int64             `json:"problems"` // damaged places in the MRT files
	Judged    float64           `json:"judged"`   // share of the window in which announcements were heard and judged
	NoData    map[string]string `json:"no_data"`  // by input kind, at the window's end
}

// Observe reads the folder of data, judges the window, and writes the results.
func Observe(ctx context.Context, opt Options) (Summary, error) {
	if err := opt.check(); err != nil {
		return Summary{}, err
	}
	defer LeanHeap(routes.HeapGrowth)()
	run, err := newRun(ctx, opt)
	if err != nil {
		return Summary{}, err
	}
	if err := run.watch(ctx); err != nil {
		return Summary{}, err
	}
	if err := run.dir.Unchanged(); err != nil {
		return Summary{}, err
	}
	return run.write()
}

// run is one observation in the making.
type run struct {
	opt      Options
	dir      *folder.Folder
	profile  *norms.Profile
	book     *book
	engine   *watch.Engine
	feed     *feed // while one is read
	months   []monthly
	elements int64
	// strangers counts elements of sessions beyond those that a table can tell apart.
	strangers int64
	heard     listening
	reports   []fileReport // by path
	harvested harvest

	incidents []watch.Incident
	scores    []norms.Score
	// The second opinion: its rules, and what it comes to.
	rules       *norms.ConformanceRules
	comparisons []norms.Comparison

	// What was taken back, and what that changes.
	overrides   overrides
	corrections []Correction
}

func newRun(ctx context.Context, opt Options) (*run, error) {
	profile, err := loadProfile(opt.Profile)
	if err != nil {
		return nil, &WrongUse{err.Error()}
	}
	rules, err := norms.EmbeddedConformance(norms.CAIDA2022)
	if err != nil {
		return nil, err
	}
	if err := ownFolder(opt.Out); err != nil {
		return nil, err
	}
	dir, err := folder.Scan(opt.Data)
	if err != nil {
		return nil, err
	}
	for _, name := range dir.Unrecognised {
		opt.Say("%s: not recognised, left out", name)
	}
	for _, r := range dir.Refused {
		opt.Say("%s: %s, left out", r.Path, r.Reason)
	}
	dir.Files = slices.DeleteFunc(dir.Files, func(f folder.File) bool {
		return opt.only != nil && !opt.only[f.Path] || f.Kind == folder.Reports || f.Kind == folder.MRT && len(opt.Collectors) > 0 && !slices.Contains(opt.Collectors, f.Collector)
	})
	if len(dir.Of(folder.MRT)) == 0 {
		return nil, fmt.Errorf("%s holds no MRT files to observe%s", opt.Data, ofCollectors(opt.Collectors))
	}
	if err := dir.Hash(ctx, 2); err != nil {
		return nil, err
	}
	taken, err := readOverrides(dir, opt.Say)
	if err != nil {
		return nil, err
	}
	r := &run{
		opt: opt, dir: dir, overrides: taken, profile: profile, rules: rules, book: newBook(dir, opt),
		engine: watch.New(opt.Settings, routes.NewTable(routes.NewInterner())),
	}
	r.engine.ForgetUnused(r.held)
	return r, nil
}

// ownFolder refuses a folder of results that holds what no run wrote.
func ownFolder(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("looking into the folder of results: %w", err)
	}
	for _, e := range entries {
		name := strings.TrimPrefix(e.Name(), ".") // names under which files are written begin with a dot
		if !slices.ContainsFunc([]string{incidentsFile, scoresFile, correctionsFile, comparisonFile, snapshotFile, archiveDir}, func(own string) bool {
			return strings.HasPrefix(name, own)
		}) {
			return fmt.Errorf("%s holds %s, which no run wrote; results need a folder of their own", out, e.Name())
		}
	}
	return nil
}

func ofCollectors(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " of collector " + strings.Join(names, ", ")
}

// watch feeds every element up to the window's end to the detectors, with the facts of each moment.
func (r *run) watch(ctx context.Context) error {
	to := r.opt.To.Unix()
	clock := newClock(r)
	if err := r.follow(ctx, clock, wholeFiles(r.dir.Of(folder.MRT)), to); err != nil {
		return err
	}
	r.heard.bound(r.opt.From, r.opt.To)
	if err := clock.reach(to); err != nil {
		return err
	}
	r.harvest()
	for _, rep := range r.reports {
		rep.say(r.opt.Say)
	}
	if r.strangers > 0 {
		r.opt.Say("%d elements of sessions beyond the first %d are left out", r.strangers, routes.MaxPeers)
	}
	return ctx.Err()
}

// say tells what was wrong with a file, with the first places.
func (f *fileReport) say(say func(string, ...any)) {
	for _, example := range f.Examples {
		say("%s: %s", f.Path, example)
	}
	if more := f.Problems - int64(len(f.Examples)); more > 0 {
		say("%s: %d more damaged places", f.Path, more)
	}
	if f.Error != "" {
		say("%s: read only in part: %s", f.Path, f.Error)
	}
}

// loadProfile gives an embedded profile by its id, or reads one from a file.
func loadProfile(name string) (*norms.Profile, error) {
	if name == "" {
		name = norms.DefaultProfile
	}
	if slices.Contains(norms.EmbeddedIDs(), name) || name == norms.CAIDA2022 { // that says why it scores nothing
		return norms.Embedded(name)
	}
	return readProfile(name)
}
