package catalogue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/fetch"
)

// Puller fetches sources into a folder. Its zero value lacks Dir; the rest has defaults.
type Puller struct {
	Dir       string        // the data folder; made where missing
	UserAgent string        // names the program and where to read about it
	Client    *http.Client  // default: no total timeout, 30 s for headers, 5 redirects, none from https to http
	Gap       time.Duration // least time between requests to one host; default 1 s
	Idle      time.Duration // a connection that is silent for so long is broken; default 60 s
	Retries   int           // how often a broken connection is taken up again; default 5, below 0 never
	MaxFiles  int           // files of one source in one pull; default 10,000
	MaxPages  int           // pages of one session query; default 1,000, the rate CAIDA asks for in a day

	Now   func() time.Time                           // default time.Now
	Sleep func(context.Context, time.Duration) error // default a timer

	Done func(Result) // called for each file; may be nil
}

// Options narrow a pull.
type Options struct {
	Accept     []string  // sources whose terms are accepted
	Collectors []string  // for sources by collector
	From, To   time.Time // for archives: the files of From ≤ time < To; zero is the latest only
}

// Result is what became of one file.
type Result struct {
	Pulled
	Outcome Outcome
	Resumed int64 // bytes that were there from an earlier try
	Err     error // why it is not in place; Outcome is Failed or Missing
}

// Outcome tells the ends a file can come to.
type Outcome string

// The outcomes.
const (
	Fetched   Outcome = "fetched"
	Unchanged Outcome = "unchanged" // the folder has it already
	Missing   Outcome = "missing"   // the server has no such file
	Failed    Outcome = "failed"
)

// TermsError says that terms were not accepted.
type TermsError struct{ Source Source }

func (e *TermsError) Error() string {
	return fmt.Sprintf("%s has terms that are not accepted yet: %s (%s). Read them, then add --accept %s",
		e.Source.Name, e.Source.Terms, e.Source.Statement, e.Source.Name)
}

// ManualError says that a source cannot be pulled.
type ManualError struct{ Source Source }

func (e *ManualError) Error() string {
	var how []string
	for _, f := range e.Source.Files {
		how = append(how, f.URL+" to "+f.Path)
	}
	return fmt.Sprintf("%s must be fetched by hand: %s. %s", e.Source.Name, strings.Join(how, ", "), e.Source.Note)
}

// Pull fetches sources one after the other. Before anything is fetched it refuses the lot with a TermsError where terms
// are not accepted, and records those that options accept. What becomes of each file goes to Done; the error joins all
// that failed, and what is missing in an archive is no failure unless nothing was there.
func (p *Puller) Pull(ctx context.Context, sources []Source, options Options) (err error) {
	s, err := p.open(true)
	if err != nil {
		return fmt.Errorf("pulling into %s: %w", p.Dir, err)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, source := range sources {
		if source.Form == "manual" {
			return &ManualError{source}
		}
		if source.Collectors != nil && len(options.Collectors) == 0 {
			return fmt.Errorf("%s is kept by collector, and none is named", source.Name)
		}
	}
	for _, name := range options.Collectors {
		if !ValidCollector(name) {
			return fmt.Errorf("%q is not the name of a collector", name)
		}
	}
	if err := s.terms(sources, options.Accept); err != nil {
		return err
	}
	var failures []error
	for _, source := range sources {
		if err := s.source(ctx, source, options); err != nil {
			failures = append(failures, fmt.Errorf("pulling %s: %w", source.Name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

// session is one Pull.
type session struct {
	Puller
	root    *os.Root
	release func() error
	books   bool              // what was pulled is booked, and what is bad is put aside
	pulled  map[string]Pulled // by path
	unsaved int
	last    map[string]time.Time // host → its latest request
}

// workDir holds what is not complete; data folders pass over names with a dot.
const workDir = ".pull"

func (p *Puller) open(books bool) (*session, error) {
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return nil, err
	}
	s := &session{Puller: p.withDefaults(), root: root, pulled: map[string]Pulled{}, last: map[string]time.Time{}}
	if err := root.MkdirAll(workDir+"/quarantine", 0o755); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	if s.release, err = lock(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	if s.books = books; !books {
		return s, nil
	}
	list, err := ReadPulled(p.Dir)
	if err != nil {
		return nil, errors.Join(err, s.release(), root.Close())
	}
	for _, f := range list {
		s.pulled[f.Path] = f
	}
	return s, nil
}

func (s *session) close() error { return errors.Join(s.save(), s.release(), s.root.Close()) }

// record books a file; the book is written every few files and at the end, so that a crash costs a second look at some.
func (s *session) record(f Pulled) error {
	if !s.books {
		return nil
	}
	s.pulled[f.Path] = f
	if s.unsaved++; s.unsaved < 16 {
		return nil
	}
	return s.save()
}

func (s *session) save() error {
	if s.unsaved == 0 {
		return nil
	}
	s.unsaved = 0
	list := make([]Pulled, 0, len(s.pulled))
	for _, f := range s.pulled {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Pulled) int { return strings.Compare(a.Path, b.Path) })
	return writeBook(s.root, pulledName, "pulled", list)
}

// terms refuses or records, for all sources before the first.
func (s *session) terms(sources []Source, accept []string) error {
	accepted, err := ReadAccepted(s.Dir)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if source.Accept && !slices.Contains(accept, source.Name) && !isAccepted(accepted, source) {
			return &TermsError{source}
		}
	}
	for _, source := range sources {
		if !source.Accept || isAccepted(accepted, source) {
			continue
		}
		a := Acceptance{source.Name, source.Terms, source.termsHash(), s.Now().UTC().Truncate(time.Second)}
		if err := recordAcceptance(s.root, a); err != nil {
			return err
		}
	}
	return nil
}

func isAccepted(list []Acceptance, s Source) bool {
	return slices.ContainsFunc(list, func(a Acceptance) bool { return a.Name == s.Name && a.SHA256 == s.termsHash() })
}

func (p Puller) withDefaults() Puller {
	if p.UserAgent == "" {
		p.UserAgent = "pahra (data pull)"
	}
	if p.Client == nil {
		p.Client = fetch.NewClient()
	}
	if p.Gap == 0 {
		p.Gap = time.Second
	}
	if p.Idle == 0 {
		p.Idle = time.Minute
	}
	if p.Retries == 0 {
		p.Retries = 5
	}
	if p.MaxFiles == 0 {
		p.MaxFiles = 10_000
	}
	if p.MaxPages == 0 {
		p.MaxPages = 1000
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Sleep == nil {
		p.Sleep = source.Sleep
	}
	if p.Done == nil {
		p.Done = func(Result) {}
	}
	return p
}
