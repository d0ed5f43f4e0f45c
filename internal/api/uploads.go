package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/limit"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// UploadsRoot is where [Uploads] expects to be mounted.
const UploadsRoot = "/api/v1/desk/reports"

// Intake takes the reports that were sent.
type Intake interface {
	// Upload accepts a file of a source for who sent it: account.ErrForbidden where that is not theirs to send,
	// reports.ErrNoSource, reports.ErrBusy, reports.ErrPacked, spool.ErrTooLarge.
	Upload(ctx context.Context, v account.Viewer, source, name string, f *os.File) ([]store.DeskReport, error)
	// Sent gives what became of a report, to who may send those of its source: store.ErrNotFound.
	Sent(ctx context.Context, v account.Viewer, id string) (store.DeskReport, error)
}

// UploadsConfig is what uploads are made of. All but Client are needed.
type UploadsConfig struct {
	Intake Intake
	Log    *slog.Logger
	// Who says who asks, by a token alone: account.ErrRefused is for one that does not stand.
	Who    func(*http.Request) (account.Viewer, error)
	Client func(*http.Request) netip.Addr
	Most   int64  // octets of what is sent
	Dir    string // where it lies until it was accepted
	Limits Limits
	Now    func() time.Time
}

// Uploads takes reports from programs, each as the body of a POST, and tells what became of them. What it answered 201 for
// is durable. It takes tokens and no sessions, so that no page of another site can send anything. Safe for concurrent use.
type Uploads struct {
	config UploadsConfig
	api    API // counts requests
}

// NewUploads gives the handler.
func NewUploads(c UploadsConfig) *Uploads {
	if c.Client == nil {
		c.Client = connected
	}
	return &Uploads{config: c, api: API{config: Config{Limits: c.Limits}, requests: limit.NewRequests(c.Limits.Window, c.Now)}}
}

// ServeHTTP takes a report, or tells of one.
func (u *Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers(w.Header())
	if !strings.HasPrefix(strings.ToLower(r.Header.Get("Authorization")), "bearer ") {
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(w, r, http.StatusUnauthorized, "Send a token that has the scope report.")
		return
	}
	viewer, err := u.config.Who(r)
	if !u.api.allow(w, r, viewer, u.config.Client(r)) {
		return
	}
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		u.failed(w, r, err)
		return
	}
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, UploadsRoot), "/")
	switch {
	case r.Method == http.MethodPost && id == "":
		u.take(w, r, viewer)
	case r.Method == http.MethodGet && id != "":
		u.tell(w, r, viewer, id)
	default:
		w.Header().Set("Allow", map[bool]string{true: "POST", false: "GET"}[id == ""])
		problem(w, r, http.StatusMethodNotAllowed, "Reports are sent with POST; GET with a report's id tells what became of it.")
	}
}

// SentReport is a report as who sent it sees it.
type SentReport struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	SHA256     string `json:"sha256"`
	Size       int64  `json:"size"`
	State      string `json:"state"` // waiting, read, refused
	Reason     string `json:"reason,omitempty"`
	Lines      int64  `json:"lines"`
	Events     int64  `json:"events"`
	Duplicates int64  `json:"duplicates"`
	Quarantine int64  `json:"quarantine"`
}

func sent(r store.DeskReport) SentReport {
	return SentReport{ID: r.ID, Name: r.Name, SHA256: r.SHA256, Size: r.Size, State: string(r.State), Reason: r.Reason,
		Lines: r.Lines, Events: r.Events, Duplicates: r.Duplicates, Quarantine: r.Bad}
}

func (u *Uploads) take(w http.ResponseWriter, r *http.Request, v account.Viewer) {
	source, name := r.URL.Query().Get("source"), r.URL.Query().Get("name")
	if source == "" || name == "" || strings.ContainsAny(name, "/\\\x00") || len(name) > 255 {
		problem(w, r, http.StatusUnprocessableEntity, "?source= and ?name= are needed: who the report is from, and its file's name.")
		return
	}
	f, err := u.receive(w, r)
	if err != nil {
		u.failed(w, r, err)
		return
	}
	defer func() {
		f.Close()
		os.Remove(f.Name())
	}()
	list, err := u.config.Intake.Upload(r.Context(), v, source, name, f)
	if err != nil {
		u.failed(w, r, err)
		return
	}
	var answer struct {
		Reports []SentReport `json:"reports"`
	}
	for _, report := range list {
		answer.Reports = append(answer.Reports, sent(report))
	}
	u.answer(w, http.StatusCreated, answer)
}

// Those who send are let go when this long nothing came.
const silence = 30 * time.Second

// errCut is of a body that did not come to its end.
var errCut = errors.New("the report did not come to its end")

// receive keeps the body in a file until it was accepted.
func (u *Uploads) receive(w http.ResponseWriter, r *http.Request) (*os.File, error) {
	f, err := os.CreateTemp(u.config.Dir, "upload-*")
	if err != nil {
		return nil, err
	}
	body := patient{http.MaxBytesReader(w, r.Body, u.config.Most), http.NewResponseController(w), u.config.Now}
	if _, err = io.Copy(f, body); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// patient gives who sends more time for each piece, in place of one limit for all.
type patient struct {
	body    io.Reader
	control *http.ResponseController
	now     func() time.Time
}

// Read waits for a piece.
func (p patient) Read(b []byte) (int, error) {
	until := p.now().Add(silence)
	_ = errors.Join(p.control.SetReadDeadline(until), p.control.SetWriteDeadline(until.Add(time.Minute))) // a test's recorder has none
	n, err := p.body.Read(b)
	var large *http.MaxBytesError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &large) {
		err = errors.Join(errCut, err)
	}
	return n, err
}

func (u *Uploads) tell(w http.ResponseWriter, r *http.Request, v account.Viewer, id string) {
	report, err := u.config.Intake.Sent(r.Context(), v, id)
	if err != nil {
		u.failed(w, r, err)
		return
	}
	u.answer(w, http.StatusOK, sent(report))
}

func (u *Uploads) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked went away
}

func (u *Uploads) failed(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, account.ErrRefused):
		problem(w, r, http.StatusUnauthorized, "The token does not stand: it was never given, has ended, or was taken back.")
	case errors.Is(err, account.ErrForbidden):
		problem(w, r, http.StatusForbidden, "Reports of this source are not yours to send.")
	case errors.Is(err, reports.ErrNoSource):
		problem(w, r, http.StatusNotFound, "No source of that name is set.")
	case errors.Is(err, store.ErrNotFound):
		problem(w, r, http.StatusNotFound, "There is no such report.")
	case errors.As(err, &large), errors.Is(err, spool.ErrTooLarge):
		problem(w, r, http.StatusRequestEntityTooLarge, "The report is too large.")
	case errors.Is(err, reports.ErrPacked):
		problem(w, r, http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, reports.ErrBusy):
		w.Header().Set("Retry-After", retryAfter)
		problem(w, r, http.StatusServiceUnavailable, "Too much is waiting to be read; send it again later.")
	case errors.Is(err, errCut):
		problem(w, r, http.StatusBadRequest, errCut.Error())
	case errors.Is(err, context.Canceled):
	default:
		u.config.Log.Error("taking a report", "err", err)
		problem(w, r, http.StatusInternalServerError, "It was not accepted. The reason is in the log.")
	}
}
