package taxii

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"pahra/internal/service/exchange"
)

// The paths beside TAXII's at which a partner verifies the ledger of its collection, and reads and acknowledges what was taken back.
const (
	LedgerPath  = "/ledger/"  // COLLECTION/checkpoint, …/key, …/tile/…
	RecallsPath = "/recalls/" // COLLECTION/, and by POST COLLECTION/NUMBER/
)

// books answers what is about ledgers and recalls; found is false where a path is of neither.
func (s *Server) books(q *request) (found bool, err error) {
	if s.Books == nil {
		return false, nil
	}
	if below, is := strings.CutPrefix(q.r.URL.Path, LedgerPath); is {
		return true, s.ledger(q, below)
	}
	if below, is := strings.CutPrefix(q.r.URL.Path, RecallsPath); is {
		return true, s.recalls(q, strings.Split(strings.TrimSuffix(below, "/"), "/"))
	}
	return false, nil
}

func (s *Server) ledger(q *request, below string) error {
	collection, path, _ := strings.Cut(below, "/")
	of, err := s.Books.Ledger(q.ctx, s.Service, q.caller, collection)
	if err != nil {
		return err
	}
	part := q.r.Clone(q.ctx)
	part.URL.Path = "/" + path
	of.ServeHTTP(q.w, part)
	return nil
}

// recalls lists what was taken back from a collection, or acknowledges one of them.
func (s *Server) recalls(q *request, part []string) error {
	get := q.r.Method == http.MethodGet || q.r.Method == http.MethodHead
	switch {
	case len(part) == 1 && get:
		list, err := s.Books.Taken(q.ctx, s.Service, q.caller, part[0])
		if err != nil {
			return err
		}
		return q.plain(map[string]any{"recalls": list})
	case len(part) == 2 && q.r.Method == http.MethodPost:
		number, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil {
			return exchange.ErrNotFound
		}
		one, err := s.Books.Acknowledge(q.ctx, s.Service, q.caller, part[0], number)
		if err != nil {
			return err
		}
		return q.plain(one)
	case len(part) > 2 || part[0] == "":
		return exchange.ErrNotFound
	}
	q.w.Header().Set("Allow", []string{"GET", "POST"}[len(part)-1])
	return &problem{http.StatusMethodNotAllowed, "the method is not allowed here", ""}
}

// plain writes JSON that is none of TAXII's resources.
func (q *request) plain(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/json")
	_, _ = q.w.Write(body) // nobody can be told any more that the connection has ended
	return nil
}
