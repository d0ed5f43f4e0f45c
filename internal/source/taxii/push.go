package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"pahra/internal/source"
)

// Outcome is what became of what was pushed.
type Outcome struct {
	Pushed   int64     `json:"pushed"` // objects that the server has dealt with, from the first
	Success  int64     `json:"success"`
	Failures []Failure `json:"failures"` // the first hundred
	Failed   int64     `json:"failed"`
}

// Failure is an object that the server did not take.
type Failure struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
	Message string `json:"message,omitempty"`
}

// The bounds of a push.
const (
	batchObjects = 500
	batchOctets  = 4 << 20
	mostAsked    = 1000 // times that a status is asked for
	mostFailures = 100
)

// status is a server's status resource.
type status struct {
	ID           string
	Status       string
	SuccessCount int64     `json:"success_count"`
	FailureCount int64     `json:"failure_count"`
	Failures     []Failure `json:"failures"`
}

// Push posts objects, as many at once as the server takes. next gives one after the other, and io.EOF at the end; done is called after
// each batch that the server has dealt with, with what became of all so far. The server takes one that it has as done: what was posted
// and not noted as done may be pushed again.
func Push(ctx context.Context, c *Client, to *Collection, next func() (json.RawMessage, error), done func(Outcome) error) error {
	p := pusher{c: c, to: to, done: done, octets: batchOctets, so: Outcome{Failures: []Failure{}}}
	if to.most > 0 {
		p.octets = min(p.octets, to.most)
	}
	var batch []json.RawMessage
	size := int64(0)
	for {
		object, err := next()
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		if len(batch) > 0 && (last || len(batch) == batchObjects || size+int64(len(object))+1 > p.octets-envelopeOctets) {
			if err := p.batch(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		if last {
			return nil
		}
		batch, size = append(batch, object), size+int64(len(object))+1
	}
}

// envelopeOctets are those around the objects.
const envelopeOctets = 32

// pusher posts batches.
type pusher struct {
	c      *Client
	to     *Collection
	done   func(Outcome) error
	octets int64
	so     Outcome
}

// batch posts objects; where they are too many octets for the server, in halves.
func (p *pusher) batch(ctx context.Context, objects []json.RawMessage) error {
	body := []byte(`{"objects":[`)
	for i, o := range objects {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, o...)
	}
	a, err := p.c.do(ctx, http.MethodPost, p.to.objects(), append(body, "]}"...))
	var said *StatusError
	if errors.As(err, &said) && said.Code == http.StatusRequestEntityTooLarge && len(objects) > 1 {
		p.octets = max(p.octets/2, envelopeOctets)
		if err := p.batch(ctx, objects[:len(objects)/2]); err != nil {
			return err
		}
		return p.batch(ctx, objects[len(objects)/2:])
	}
	if err != nil {
		return fmt.Errorf("pushing objects %d to %d: %w", p.so.Pushed+1, p.so.Pushed+int64(len(objects)), err)
	}
	var is status
	if err := json.Unmarshal(a.body, &is); err != nil {
		return fmt.Errorf("pushing: %w: %w", errAnswer, err)
	}
	if err := p.follow(ctx, &is); err != nil {
		return err
	}
	p.so.Pushed += int64(len(objects))
	p.so.Success += is.SuccessCount
	p.so.Failed += is.FailureCount
	p.so.Failures = append(p.so.Failures, is.Failures[:min(len(is.Failures), mostFailures-len(p.so.Failures))]...)
	return p.done(p.so)
}

// follow asks for a status until the server has dealt with all of it.
func (p *pusher) follow(ctx context.Context, is *status) error {
	sleep := p.c.Sleep
	if sleep == nil {
		sleep = source.Sleep
	}
	back := source.Backoff{Min: 200 * time.Millisecond, Max: 10 * time.Second}
	for range mostAsked {
		if is.Status == "complete" {
			return nil
		}
		if is.Status != "pending" || is.ID == "" {
			return fmt.Errorf("pushing: %w: its status is %.60q", errAnswer, is.Status)
		}
		if err := sleep(ctx, back.Next()); err != nil {
			return err
		}
		id := is.ID
		*is = status{}
		if _, err := p.c.get(ctx, p.to.root.JoinPath("status", url.PathEscape(id)+"/"), is); err != nil {
			return err
		}
	}
	return fmt.Errorf("pushing: %w: a status stays pending", ErrLoop)
}
