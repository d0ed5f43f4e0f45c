// Package sourcetest is what the tests of sources of facts have in common: [Shelf], a depot that remembers, and [Pass],
// which lets time go by. It is for tests alone.
package sourcetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/source"
)

// Shelf is a depot that remembers what it was given. Its methods are safe for concurrent use; Facts and Texts are to be
// read when nobody stores. The zero value is ready.
type Shelf struct {
	Facts []source.Fact
	Texts []string      // what each fact wrote
	Told  chan struct{} // where set, gets a value behind each Put

	mu    sync.Mutex
	err   error
	alarm string
}

// Put stores a fact, unless it shall fail.
func (s *Shelf) Put(_ context.Context, f source.Fact) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Told != nil {
		defer func() { s.Told <- struct{}{} }()
	}
	if s.err != nil {
		return s.err
	}
	var text strings.Builder
	err := f.Write(&text)
	s.Facts, s.Texts = append(s.Facts, f), append(s.Texts, text.String())
	return err
}

// Alarm says what it shall say.
func (s *Shelf) Alarm(string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alarm
}

// Answer changes what Put and Alarm give from now on.
func (s *Shelf) Answer(err error, alarm string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.alarm = err, alarm
}

// Count is how many facts were stored.
func (s *Shelf) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.Facts)
}

// Last gives the latest fact and what it wrote. There must be one.
func (s *Shelf) Last(t testing.TB) (source.Fact, string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Facts) == 0 {
		t.Fatal("nothing was stored")
	}
	return s.Facts[len(s.Facts)-1], s.Texts[len(s.Texts)-1]
}

// Pass lets time go by in a bubble of synctest, and then whatever is under way.
func Pass(d time.Duration) {
	time.Sleep(d) // of a bubble: no time at all
	synctest.Wait()
}
