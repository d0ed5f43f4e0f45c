package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/service/cases"
	"pahra/internal/service/reports"
	"pahra/internal/store"
)

// Intake is where what lies in quarantine is mended, dropped or read again. *reports.Desk is one.
type Intake interface {
	Mend(ctx context.Context, v store.Sight, report string, seq int64, text []byte) error
	Drop(ctx context.Context, v store.Sight, report string, seq int64, reason string) error
	Replay(ctx context.Context, v store.Sight, report string) (int64, error)
}

func quarantineDone(word string) string {
	return map[string]string{"mend": "It is mended, and read again in a moment.", "drop": "It is dropped, and stays on record.",
		"replay": "What is held of the report is read again in a moment."}[word]
}

// mend does what one of the forms of the quarantine says.
func (p *deskPage) mend(w http.ResponseWriter, r *http.Request) error {
	ctx, report, act := r.Context(), r.PostFormValue("report"), r.PathValue("act")
	if p.desk.Intake == nil {
		return store.ErrNotFound
	}
	seq, err := strconv.ParseInt(r.PostFormValue("seq"), 10, 64)
	if err != nil && act != "replay" {
		return wrong("%.20q is no place", r.PostFormValue("seq"))
	}
	switch act {
	case "mend":
		err = p.desk.Intake.Mend(ctx, p.sight, report, seq, []byte(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")))
	case "drop":
		err = p.desk.Intake.Drop(ctx, p.sight, report, seq, r.PostFormValue("reason"))
	case "replay":
		_, err = p.desk.Intake.Replay(ctx, p.sight, report)
	default:
		err = store.ErrNotFound
	}
	if errors.Is(err, reports.ErrBadMend) {
		_, says, _ := strings.Cut(err.Error(), reports.ErrBadMend.Error()+": ")
		err = fmt.Errorf("%w: %s", cases.ErrBad, says)
	}
	if err != nil {
		return err
	}
	return back(w, r, url.Values{"did": {act}})
}
