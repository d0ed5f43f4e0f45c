package ledger

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Remote is a log at an address.
type Remote struct {
	Client        *http.Client
	URL           string // what stands before "/checkpoint"
	Authorization string // the header; empty: none
}

// mostResource bounds what is read of one resource: a bundle of the longest entries.
const mostResource = tileWidth * (2 + maxEntry)

// Read gets a resource. Its errors wrap [ErrUnread].
func (r *Remote) Read(ctx context.Context, path string) ([]byte, error) {
	body, err := r.read(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnread, path, err)
	}
	return body, nil
}

func (r *Remote) read(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(r.URL, "/")+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if r.Authorization != "" {
		req.Header.Set("Authorization", r.Authorization)
	}
	answer, err := r.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	most := int64(mostResource)
	if path == "checkpoint" || path == "key" {
		most = mostCheckpoint
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("it has more than %d octets", most)
	}
	return body, err
}
