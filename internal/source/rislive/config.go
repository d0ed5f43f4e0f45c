package rislive

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config says which stream is heard. The zero value is all of RIPE's.
type Config struct {
	// URL is the WebSocket address; RIPE's unless given.
	URL string `yaml:"url"`
	// Client is how Pahra names itself to the server, whose keepers ask for a name that tells whom to write to.
	Client string `yaml:"client"`
	// Collectors are those to hear, as "rrc00"; empty for all.
	Collectors []string `yaml:"collectors"`
	// Idle is how long no message may come before the connection is made anew. Default 2m, for RIS is never silent.
	Idle time.Duration `yaml:"idle"`
}

const (
	defaultURL    = "wss://ris-live.ripe.net" + streamPath
	streamPath    = "/v1/ws/" // where RIS Live is; a proxy may have it elsewhere
	defaultClient = "pahra"
	defaultIdle   = 2 * time.Minute
	maxCollectors = 200 // far more than there are
)

// Check tells what is wrong with the configuration.
func (c Config) Check() error {
	if c.URL != "" {
		u, err := url.Parse(c.URL)
		if err != nil {
			return fmt.Errorf("url: %w", err)
		}
		if u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			return fmt.Errorf("url %q is not like wss://host%s", c.URL, streamPath)
		}
	}
	if len(c.Collectors) > maxCollectors || slices.Contains(c.Collectors, "") {
		return fmt.Errorf("collectors: 0 to %d names, none of them empty", maxCollectors)
	}
	if c.Idle < 0 || c.Idle > 0 && c.Idle < time.Second {
		return errors.New("idle is at least 1s")
	}
	return nil
}

// address gives the URL with the name of the client.
func (c Config) address() (string, error) {
	if c.URL == "" {
		c.URL = defaultURL
	}
	if c.Client == "" {
		c.Client = defaultClient
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("client", c.Client)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
