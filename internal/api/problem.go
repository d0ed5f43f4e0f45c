package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pahra/internal/service"
)

// problem answers with a problem document (RFC 9457).
func problem(w http.ResponseWriter, r *http.Request, status int, detail string) {
	text, err := json.Marshal(&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
	if err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	text = append(text, '\n')
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // whoever asked went away
	}
}

// retryAfter is when to ask again before the first run is published, in seconds.
const retryAfter = "30"

// failed gives the problem for an error of the reader.
func (a *API) failed(ctx context.Context, err error) error {
	var use *service.WrongUse
	var known huma.StatusError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &use):
		return huma.Error422UnprocessableEntity(use.Reason)
	case errors.Is(err, service.ErrNoPage):
		return huma.Error404NotFound("nothing is known by that name, or it is not shown to you")
	case errors.Is(err, service.ErrNotYet):
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(service.ErrNotYet.Error()), http.Header{"Retry-After": {retryAfter}})
	case errors.Is(err, context.Canceled) && ctx.Err() != nil: // nobody waits for it
		return huma.Error503ServiceUnavailable("cut short")
	}
	a.config.Log.Error("answering the API", "error", err)
	return huma.Error500InternalServerError("it is in the log")
}

// wrongParameter says what is wrong with a parameter.
func wrongParameter(name, value, says string) error {
	return huma.Error422UnprocessableEntity("a parameter is wrong", &huma.ErrorDetail{Location: "query." + name, Message: says, Value: value})
}
