// Package duties does what the desk owes those whose data it holds: it erases what is over by the legal profile, finds, gives out,
// corrects and erases what is held of one address, mail address or domain, and records who looked.
//
// [Service.Expire] is the job that goes on, [Service.Search] and what follows it answer a data subject. A segment of events is written
// anew beside the old one and counts when the store says so, so that a crash leaves either; what was erased leaves a record without
// content. A legal hold keeps what it names from being erased, by whomever.
package duties

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/desk/class"
	"pahra/internal/desk/duty"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// Service does the desk's duties.
type Service struct {
	Store   *store.Store
	Spool   *spool.Spool
	Profile *duty.Profile
	Classes *class.Tables
	Key     []byte // of the hashes that stand for persons in records
	Alone   bool   // no other process takes reports in meanwhile, so that today's events can be written anew
	Now     func() time.Time
}

// Access records that personal data was looked at or taken out. The purpose must be said; about, which may be empty, stands in the
// record as a keyed hash.
func (s *Service) Access(ctx context.Context, actor, act, about, purpose string) error {
	if strings.TrimSpace(purpose) == "" {
		return errors.New("what the data is looked at for must be said")
	}
	return s.Store.AppendAccess(ctx, account.Entry{Actor: actor, Act: act, Subject: s.hash(about), Detail: purpose}, s.Now())
}

func (s *Service) hash(about string) string {
	if about == "" {
		return ""
	}
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte(strings.ToLower(about)))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// settled gives the day of intake before which segments can be written anew: nothing is added to them any more.
func (s *Service) settled() time.Time {
	today := s.Now().UTC().Truncate(24 * time.Hour)
	if s.Alone {
		return today.AddDate(0, 0, 1)
	}
	return today.AddDate(0, 0, -1) // a report that came in around midnight may still be of the day before
}

// holds are those that hold.
type holds struct {
	all     bool
	sources map[string]bool
	cases   map[uint64]bool
}

func (h holds) source(name string) bool { return h.all || h.sources[name] }

// CheckScope says whether a hold can have a scope.
func CheckScope(scope string) error {
	name, isSource := strings.CutPrefix(scope, "source:")
	number, isCase := strings.CutPrefix(scope, "case:")
	switch {
	case scope == "all":
		return nil
	case isSource:
		return spool.CheckSource(name)
	case isCase:
		if n, err := strconv.ParseUint(number, 10, 63); err == nil && n > 0 {
			return nil
		}
	}
	return fmt.Errorf("%q is no scope of a hold: all, source:NAME or case:NUMBER", scope)
}

func (s *Service) holds(ctx context.Context) (holds, error) {
	list, err := s.Store.Holds(ctx)
	h := holds{sources: map[string]bool{}, cases: map[uint64]bool{}}
	for _, one := range list {
		if one.Lifted != nil {
			continue
		}
		name, isSource := strings.CutPrefix(one.Scope, "source:")
		number, isCase := strings.CutPrefix(one.Scope, "case:")
		switch {
		case isSource:
			h.sources[name] = true
		case isCase:
			n, err := strconv.ParseUint(number, 10, 63)
			if err != nil {
				return h, fmt.Errorf("hold %d: %w", one.ID, err)
			}
			h.cases[n] = true
		default:
			h.all = true // one that is not understood holds everything
		}
	}
	return h, err
}

// Done is how much was erased, or would be.
type Done struct {
	Events     int64 `json:"events"`
	Reports    int64 `json:"reports"`
	Quarantine int64 `json:"quarantine"`
	Others     int64 `json:"others"` // reporters, mails, notices, notes on cases, contacts
	Held       int64 `json:"held"`   // segments, reports and places that a hold keeps
	Later      int64 `json:"later"`  // segments that are still written to: they come later
}

// replace writes a segment anew and has it count. Changed lines are counted into done.
func (s *Service) replace(ctx context.Context, g store.SweptSegment, e store.Erasure, done *Done, change func(spool.Entry, []byte) ([]byte, bool, error)) error {
	held := done.Held
	is, changed, err := s.Spool.Rewrite(g.Source, g.Day, g.Mark(), change)
	if err != nil {
		return err
	}
	next := g
	if e.Kind == "retention" && done.Held == held { // what a hold kept is looked at again
		next.Swept = s.Now().UTC()
	}
	if changed > 0 {
		next.Bytes, next.Events, next.Frames, next.Generation = is.Bytes, is.Events, is.Frames, is.Generation
	}
	e.Day, e.Source, e.Events = g.Day, g.Source, changed
	err = s.Store.ReplaceSegment(ctx, g, next, e)
	if errors.Is(err, store.ErrChanged) {
		done.Later++
		next, err = g, nil
	}
	if err != nil {
		return err
	}
	if next.Generation != g.Generation {
		done.Events += changed
	}
	return s.Spool.Tidy(g.Source, g.Day, next.Generation)
}

// ProfileOf gives the legal profile that is built in under a name, or the operator's own in a file of that path.
func ProfileOf(name string) (*duty.Profile, error) {
	if !strings.ContainsAny(name, "./"+string(filepath.Separator)) {
		return duty.Load(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading a legal profile: %w", err)
	}
	return duty.Read(text)
}
