package taxii

import (
	"net/http"
	"sync"

	"pahra/internal/service/exchange"
	"pahra/internal/store"
	wire "pahra/wire/taxii"
)

// query makes the service's question of a request's filters.
func (q *request) query() (exchange.Query, string, error) {
	f, err := wire.ParseFilter(q.r.URL.RawQuery)
	if err != nil {
		return exchange.Query{}, "", err
	}
	limit := f.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	return exchange.Query{After: f.AddedAfter, IDs: f.IDs, Types: f.Types, Versions: store.MemberVersions(f.Versions),
		SpecVersions: f.SpecVersions, Limit: min(limit, maxLimit)}, f.Next, nil
}

// page asks for a page and tells its dates in the headers.
func (s *Server) page(q *request, ask exchange.Query, next string) (exchange.Page, error) {
	page, err := s.Service.Objects(q.ctx, q.caller, q.part[2], ask, next)
	if n := len(page.Rows); err == nil && n > 0 {
		q.w.Header().Set(wire.HeaderAddedFirst, wire.FormatTime(page.Rows[0].Added))
		q.w.Header().Set(wire.HeaderAddedLast, wire.FormatTime(page.Rows[n-1].Added))
	}
	return page, err
}

func (s *Server) objects(q *request) error {
	ask, next, err := q.query()
	if err != nil {
		return err
	}
	page, err := s.page(q, ask, next)
	if err != nil {
		return err
	}
	return q.envelope(page)
}

// bodies lends the memory that envelopes are put together in.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// maxLent is how large a piece of memory is kept for the next envelope.
const maxLent = 1 << 20

func (q *request) envelope(page exchange.Page) error {
	list := make([][]byte, len(page.Rows))
	for i := range page.Rows {
		list[i] = page.Rows[i].Body
	}
	lent := bodies.Get().(*[]byte)
	*lent = wire.AppendEnvelope((*lent)[:0], wire.Envelope{More: page.More, Next: page.Next}, list)
	err := q.write(http.StatusOK, *lent)
	if cap(*lent) <= maxLent {
		bodies.Put(lent)
	}
	return err
}

func (s *Server) manifest(q *request) error {
	ask, next, err := q.query()
	if err != nil {
		return err
	}
	ask.NoBody = true
	page, err := s.page(q, ask, next)
	if err != nil {
		return err
	}
	m := wire.Manifest{More: page.More, Next: page.Next}
	for i := range page.Rows {
		r := &page.Rows[i]
		m.Objects = append(m.Objects, wire.ManifestRecord{ID: r.ID, DateAdded: wire.FormatTime(r.Added), Version: r.Version, MediaType: stixMedia + r.SpecVersion})
	}
	return q.send(http.StatusOK, m)
}

// single asks for versions of the object that the path names. Where there is none of it at all, the object is not found.
func (s *Server) single(q *request, change func(*exchange.Query)) (exchange.Page, error) {
	ask, next, err := q.query()
	if err != nil {
		return exchange.Page{}, err
	}
	ask.IDs, ask.Types = []string{q.part[4]}, nil
	change(&ask)
	page, err := s.page(q, ask, next)
	if err != nil || len(page.Rows) > 0 {
		return page, err
	}
	known, err := s.Service.Known(q.ctx, q.caller, q.part[2], q.part[4])
	if err == nil && !known {
		err = exchange.ErrNotFound
	}
	return page, err
}

func (s *Server) object(q *request) error {
	page, err := s.single(q, func(*exchange.Query) {})
	if err != nil {
		return err
	}
	return q.envelope(page)
}

func (s *Server) versions(q *request) error {
	page, err := s.single(q, func(ask *exchange.Query) {
		ask.Versions, ask.NoBody = store.MemberVersions{All: true}, true
	})
	if err != nil {
		return err
	}
	v := wire.Versions{More: page.More, Next: page.Next}
	for i := range page.Rows {
		v.Versions = append(v.Versions, page.Rows[i].Version)
	}
	return q.send(http.StatusOK, v)
}

// remove deletes an object or versions of it. A filter that it does not know is refused: what is ignored elsewhere would delete
// more here than was meant.
func (s *Server) remove(q *request) error {
	f, err := wire.ParseFilter(q.r.URL.RawQuery)
	if err != nil {
		return err
	}
	for _, field := range f.Matches {
		if field != "version" && field != "spec_version" {
			return &wire.FilterError{Parameter: "match[" + field + "]", Reason: "it means nothing to a deletion"}
		}
	}
	if !f.AddedAfter.IsZero() {
		return &wire.FilterError{Parameter: "added_after", Reason: "it means nothing to a deletion"}
	}
	ask := exchange.Query{Versions: store.MemberVersions(f.Versions), SpecVersions: f.SpecVersions}
	if err := s.Service.Delete(q.ctx, q.caller, q.part[2], q.part[4], ask); err != nil {
		return err
	}
	return q.write(http.StatusOK, []byte("{}"))
}

func (s *Server) post(q *request) error {
	if !wire.Understood(q.r.Header.Get("Content-Type")) {
		return &problem{http.StatusUnsupportedMediaType, "the Content-Type is not understood", "send Content-Type: " + wire.MediaType}
	}
	if q.r.ContentLength > MaxContentLength {
		q.w.Header().Set("Connection", "close") // what is on its way is not read
		return &http.MaxBytesError{Limit: MaxContentLength}
	}
	if !s.beginPost(q.caller.User) {
		return &problem{http.StatusServiceUnavailable, "too many posts are under way", ""}
	}
	defer s.endPost(q.caller.User)
	status, err := s.Service.Post(q.ctx, q.caller, q.part[2], http.MaxBytesReader(q.w, q.r.Body, MaxContentLength))
	if err != nil {
		return err
	}
	return q.send(http.StatusAccepted, status)
}

// beginPost counts a post in, unless there are too many.
func (s *Server) beginPost(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.posts >= postsAll || s.posting[user] >= postsEach {
		return false
	}
	if s.posting == nil {
		s.posting = map[string]int{}
	}
	s.posts++
	s.posting[user]++
	return true
}

func (s *Server) endPost(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts--
	if s.posting[user]--; s.posting[user] == 0 {
		delete(s.posting, user)
	}
}
