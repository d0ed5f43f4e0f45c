package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pahra/internal/limit"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// How often a silent stream says that it is there, and how long writing to it may take.
const (
	beatEvery  = 20 * time.Second
	writeLimit = 10 * time.Second
)

// News is an event of the stream: an incident began, changed or ended.
type News struct {
	Incident *Incident `json:"incident" doc:"Null where it is not shown to you"`
	Kind     string    `json:"kind"`
	Open     bool      `json:"open"`
}

// streamInput are the parameters of the stream.
type streamInput struct {
	Where
	Kind string `query:"kind" enum:"hijack,rpki-invalid,bogon-prefix,bogon-asn,leak,path-anomaly"`
	ASN  string `query:"asn" pattern:"^([Aa][Ss])?[0-9]{1,10}$" maxLength:"12" doc:"The announcing network."`
}

// streams registers the stream of incidents.
func (a *API) streams() {
	op := huma.Operation{
		OperationID: "stream-incidents", Method: http.MethodGet, Path: streamPath, Tags: []string{"Incidents"}, Summary: "Incidents as they come",
		Description: "Server-Sent Events: an event \"incident\" for each that begins, changes or ends, by the same publication policy as everything else. One that is not shown to you is told by its kind alone, and not at all where the stream is about some networks. What is missed while not connected is in /api/v1/incidents?since=.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString, Description: "Events \"incident\" whose data are JSON: incident (as /api/v1/incidents has it, or null), kind, open"}},
		}}},
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
		want, err := a.wanted(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		q := askedIn(ctx)
		leave, own := a.config.Streams.Open(limit.Client(q.viewer.Account, q.client))
		switch wait := (http.Header{"Retry-After": {"60"}}); {
		case own:
			return nil, huma.ErrorWithHeaders(huma.Error429TooManyRequests("too many streams from you are open"), wait)
		case leave == nil:
			return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("too many listen just now"), wait)
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer leave()
			r, w := humago.Unwrap(hc)
			a.stream(w, r, want)
		}}, nil
	})
}

// wanted gives the test that news must pass.
func (a *API) wanted(ctx context.Context, in *streamInput) (func(service.News) bool, error) {
	where, err := in.where()
	if err != nil {
		return nil, err
	}
	var members []values.ASN
	if in.ASN != "" {
		asn, err := (OneASN{in.ASN}).asn()
		if err != nil {
			return nil, wrongParameter("asn", in.ASN, "no AS number")
		}
		members = []values.ASN{asn}
	}
	if in.Country+in.Region+in.Neighbourhood != "" {
		found, err := ask[[]values.ASN](ctx, a, service.MembersOfQuestion{Where: where})
		if err != nil {
			return nil, err
		}
		if in.ASN != "" {
			found = slices.DeleteFunc(slices.Clone(found), func(n values.ASN) bool { return n != members[0] })
		}
		members = found
	}
	all := in.ASN+in.Country+in.Region+in.Neighbourhood == ""
	return func(n service.News) bool {
		if in.Kind != "" && n.Kind != watch.Kind(in.Kind) {
			return false
		}
		if all {
			return true
		}
		if n.Line == nil { // that there is one would tell
			return false
		}
		_, in := slices.BinarySearch(members, n.Line.ASN)
		return in
	}, nil
}

// stream tells of incidents as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html).
func (a *API) stream(w http.ResponseWriter, r *http.Request, want func(service.News) bool) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	say := func(format string, args ...any) bool {
		_ = out.SetWriteDeadline(a.config.Now().Add(writeLimit)) // where the connection has none, none is needed
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && out.Flush() == nil
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	news := a.config.Reader.Listen(ctx, askedIn(ctx).viewer)
	if !say("retry: 5000\n: listening\n\n") {
		return
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if !say(": still here\n\n") {
				return
			}
		case one, ok := <-news:
			if !ok {
				return
			}
			if !want(one) {
				continue
			}
			event := News{Kind: string(one.Kind), Open: one.New}
			if one.Line != nil {
				line := incidentOf(*one.Line)
				event.Incident = &line
			}
			text, err := json.Marshal(event)
			if err != nil || !say("event: incident\ndata: %s\n\n", text) {
				return
			}
		}
	}
}
