package web

import (
	"time"

	"pahra/internal/ledger"
	"pahra/internal/store"
)

// ExchangeRecalls is the page of what was taken back.
type ExchangeRecalls struct {
	Said
	Item    string                 `json:"item"` // as entered
	Recalls []store.ExchangeRecall `json:"recalls"`
	Now     time.Time              `json:"-"`
}

// Late says what a receiver owes and has not done in time; "" where it is in time.
func (v *ExchangeRecalls) Late(r store.ExchangeRecall) string {
	switch {
	case r.Acknowledged == nil && v.Now.After(r.AnswerBy):
		return "not acknowledged in time"
	case r.Acknowledged == nil && v.Now.After(r.DeleteBy):
		return "to be deleted by now"
	}
	return ""
}

// ExchangeLedgers is the page of the ledgers of what left.
type ExchangeLedgers struct {
	Said
	Ledgers []ExchangeLedger `json:"ledgers"`
}

// ExchangeLedger is the ledger of one direction of an agreement, or that of refusals.
type ExchangeLedger struct {
	Name       string        `json:"name"`
	Entries    int           `json:"entries"`
	Checkpoint string        `json:"checkpoint"` // signed: what others hold the ledger against
	Key        string        `json:"key"`        // that it is signed with
	Last       []ledger.Leaf `json:"last"`       // the newest first
	Problem    string        `json:"problem"`    // why it cannot be shown; "" where it can
}
