package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"pahra/internal/service"
)

// version is the API's own; it changes with what it answers, not with the program.
const version = "1.0.0"

const about = `What a Pahra sees of how networks follow the norms of routing, for programs. Everything is read with GET.

Without a token an answer has what the public may see; a token (Authorization: Bearer pahra_…, made on the page of your
account) adds what its account may see. What has no data is null with a reason beside it. Lists come in parts: follow
"next", or the Link header. Tables come as CSV with ?format=csv or Accept: text/csv. Errors are problem documents
(RFC 9457).`

// settings are huma's: JSON alone, since CSV is made of the same answers, and no pages of its own.
func settings() huma.Config {
	spec := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Pahra", Version: version, Description: about},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "A token of an account, with the scope read."},
			},
		},
		Security: []map[string][]string{{}, {"token": {}}},
		Tags: []*huma.Tag{
			{Name: "Networks", Description: "Autonomous systems: who they are, how they stand, what they have to mend."},
			{Name: "Neighbourhoods", Description: "Named sets of networks: countries, associations, exchanges, lists."},
			{Name: "Incidents", Description: "What went wrong in routing, with the evidence."},
			{Name: "Watch", Description: "What is seen through what, and how figures come about."},
		},
	}
	plain := huma.Format{Marshal: func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }, Unmarshal: json.Unmarshal}
	return huma.Config{
		OpenAPI:                      spec,
		Formats:                      map[string]huma.Format{"application/json": plain, "json": plain}, // the second is for what ends in +json
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// Form chooses the form of an answer.
type Form struct {
	Format string `query:"format" enum:"json,csv" doc:"The form of the answer, before what Accept says. CSV is of tables alone."`
}

// endpoint is something that can be asked for.
type endpoint struct {
	id, path, tag, title, says string
}

// answered is what huma writes.
type answered[B any] struct {
	Body B
}

// get registers an endpoint that answers with a B, which table, unless nil, turns into rows with a head.
func get[I, B any](a *API, e endpoint, answer func(ctx context.Context, in *I) (B, error), table func(B) [][]string) {
	op := huma.Operation{
		OperationID: e.id, Method: http.MethodGet, Path: e.path, Tags: []string{e.tag}, Summary: e.title, Description: e.says,
	}
	a.tables["GET "+e.path] = table != nil
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*answered[B], error) {
		body, err := answer(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		if q := askedIn(ctx); q.csv {
			q.rows = table(body)
		}
		return &answered[B]{body}, nil
	})
	replies := a.huma.OpenAPI().Paths[e.path].Get.Responses
	replies["200"].Headers = replyHeaders()
	if table != nil {
		replies["200"].Content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "UTF-8 with a head, RFC 4180"}}
	}
	replies["304"] = &huma.Response{Description: "Not changed since the ETag in If-None-Match"}
	replies["default"].Description = "A problem document (RFC 9457): 401 for a token that does not stand, 404, 406, 422 for a wrong parameter, 429 with Retry-After, 503 before there is anything"
}

// replyHeaders describes what goes with every answer.
func replyHeaders() map[string]*huma.Param {
	text := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.Param{
		"ETag":             {Description: "Of this form of the answer; send it as If-None-Match.", Schema: text},
		"Link":             {Description: "The next part of a list (RFC 8288).", Schema: text},
		"RateLimit":        {Description: "What is left (draft-ietf-httpapi-ratelimit-headers).", Schema: text},
		"RateLimit-Policy": {Description: "How much there is.", Schema: text},
	}
}

// ask puts a question for whoever asks, and gives its answer.
func ask[V any](ctx context.Context, a *API, q service.Question) (page V, err error) {
	view, err := a.config.Reader.Answer(ctx, askedIn(ctx).viewer, q)
	if err != nil {
		return page, err
	}
	return view.(V), nil
}

// nextPart gives the address of the next part of a list, and remembers it for the Link header; nil after the last.
func nextPart(ctx context.Context, path string, in url.Values, cursor string) *string {
	if cursor == "" {
		return nil
	}
	v := url.Values{}
	for name, list := range in {
		v[name] = list
	}
	v.Set("cursor", cursor)
	at := path + "?" + v.Encode()
	q := askedIn(ctx)
	if q.next = at; q.csv {
		v.Set("format", "csv")
		q.next = path + "?" + v.Encode()
	}
	return &at
}

// Run says what the figures of an answer rest on.
type Run struct {
	Snapshot string `json:"snapshot" doc:"Id of the inputs, see /api/v1/snapshots"`
	From     string `json:"from" format:"date-time" doc:"Beginning of the time observed"`
	To       string `json:"to" format:"date-time" doc:"End of it; incidents may be newer"`
	Profile  string `json:"profile" doc:"Id of the profile that scored"`
	// Synthetic is there only where it is so.
	Synthetic bool `json:"synthetic,omitempty" doc:"The Internet observed is made up"`
}

func runOf(r service.PageRun) Run {
	return Run{Snapshot: r.Snapshot, From: moment(r.From), To: moment(r.To), Profile: r.Profile, Synthetic: r.Synthetic}
}
