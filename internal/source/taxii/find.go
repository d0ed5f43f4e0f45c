package taxii

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Collection is a collection of a server.
type Collection struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Alias    string `json:"alias"`
	CanRead  bool   `json:"can_read"`
	CanWrite bool   `json:"can_write"`
	root     *url.URL
	most     int64 // octets that may be posted at once
}

// objects is the address of its objects.
func (c *Collection) objects() *url.URL { return c.root.JoinPath("collections", c.ID, "objects/") }

// Address is where its objects are.
func (c *Collection) Address() string { return c.objects().Redacted() }

// rootAnswer is what discovery or an API root says of itself.
type rootAnswer struct {
	APIRoots []string `json:"api_roots"`
	Versions []string `json:"versions"`
	Most     int64    `json:"max_content_length"`
}

// mostRoots bounds the API roots that are looked at.
const mostRoots = 32

// Find looks for a collection by its id or alias, at the address of a server's discovery or of an API root. Of several roots the first
// counts that has it.
func (c *Client) Find(ctx context.Context, address, name string) (*Collection, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no address: %w", address, err)
	}
	if !strings.HasSuffix(at.Path, "/") {
		at = at.JoinPath("/")
	}
	var said rootAnswer
	if _, err := c.get(ctx, at, &said); err != nil {
		return nil, err
	}
	if len(said.Versions) > 0 || len(said.APIRoots) == 0 {
		return c.in(ctx, at, said.Most, name)
	}
	var errs []error
	for _, root := range said.APIRoots[:min(len(said.APIRoots), mostRoots)] {
		found, err := c.inRoot(ctx, at, root, name)
		if err == nil {
			return found, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// inRoot looks at an API root that discovery names.
func (c *Client) inRoot(ctx context.Context, from *url.URL, root, name string) (*Collection, error) {
	at, err := from.Parse(root)
	if err != nil || at.Host != from.Host || at.Scheme != from.Scheme {
		return nil, fmt.Errorf("the API root %.200q is at another place: name it itself if it is meant", root)
	}
	var said rootAnswer
	if _, err := c.get(ctx, at, &said); err != nil {
		return nil, err
	}
	return c.in(ctx, at, said.Most, name)
}

func (c *Client) in(ctx context.Context, root *url.URL, most int64, name string) (*Collection, error) {
	var said struct{ Collections []Collection }
	if _, err := c.get(ctx, root.JoinPath("collections/"), &said); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(said.Collections, func(one Collection) bool { return one.ID != "" && (one.ID == name || one.Alias == name) })
	if i < 0 {
		return nil, fmt.Errorf("%s has no collection %q that we may see", root.Redacted(), name)
	}
	found := said.Collections[i]
	found.root, found.most = root, most
	return &found, nil
}
