package rdap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"pahra/wire/values"
)

// ErrBusy says that enough was asked for now: registries refuse who asks more.
var ErrBusy = errors.New("too much is asked of the registry at the moment")

const (
	abuseKeptFor = 24 * time.Hour
	mostAbuse    = 10_000
	perMinute    = 30 // questions for abuse contacts
)

// Abuse is whom a registry names for reports of abuse.
type Abuse struct {
	Mail      string // "" where it names nobody
	Registrar string // of a domain: the name of its registrar
	Source    string // which server said so
}

// abuseCache keeps answers about abuse contacts, and counts questions.
type abuseCache struct {
	kept   map[string]keptAbuse
	minute int64
	asked  int
}

type keptAbuse struct {
	until  time.Time
	answer Abuse
}

// AbuseOfAddress gives whom the registry names for an address: the entity with the role abuse of the smallest range.
func (c *Client) AbuseOfAddress(ctx context.Context, a netip.Addr) (Abuse, error) {
	a = a.Unmap().WithZone("")
	return c.abuse(ctx, "ip/"+a.String(), func(o *object) error {
		first, err1 := netip.ParseAddr(o.Start)
		last, err2 := netip.ParseAddr(o.End)
		if o.Class != "ip network" || err1 != nil || err2 != nil || a.Compare(first) < 0 || a.Compare(last) > 0 {
			return errors.New("its answer is not about that address")
		}
		return nil
	})
}

// AbuseOfNetwork gives whom the registry names for a network.
func (c *Client) AbuseOfNetwork(ctx context.Context, asn values.ASN) (Abuse, error) {
	return c.abuse(ctx, "autnum/"+asn.String(), func(o *object) error {
		if o.Class != "autnum" || o.First == nil || o.Last == nil || uint64(asn) < *o.First || uint64(asn) > *o.Last {
			return errors.New("its answer is not about that network")
		}
		return nil
	})
}

// AbuseOfDomain gives a domain's registrar, and whom that names.
func (c *Client) AbuseOfDomain(ctx context.Context, name string) (Abuse, error) {
	return c.abuse(ctx, "domain/"+url.PathEscape(name), func(o *object) error {
		if o.Class != "domain" || !strings.EqualFold(strings.TrimSuffix(o.Name, "."), name) {
			return errors.New("its answer is not about that domain")
		}
		return nil
	})
}

// object is an answer's form (RFC 9083 sections 5.3 to 5.5), as far as it matters.
type object struct {
	Class    string   `json:"objectClassName"`
	Start    string   `json:"startAddress"`
	End      string   `json:"endAddress"`
	First    *uint64  `json:"startAutnum"`
	Last     *uint64  `json:"endAutnum"`
	Name     string   `json:"ldhName"`
	Entities []entity `json:"entities"`
}

// abuse asks, or gives what is kept.
func (c *Client) abuse(ctx context.Context, path string, about func(*object) error) (Abuse, error) {
	now := c.now()
	found, known, busy := c.keptAbuse(path, now)
	if known {
		return found, nil
	}
	if busy {
		return Abuse{}, fmt.Errorf("asking the registry for %s: %w", path, ErrBusy)
	}
	a, err := c.askAbuse(ctx, path, about)
	if err != nil {
		return Abuse{}, fmt.Errorf("asking the registry for %s: %w", path, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.abuses.kept) >= mostAbuse || c.abuses.kept == nil {
		c.abuses.kept = map[string]keptAbuse{}
	}
	c.abuses.kept[path] = keptAbuse{now.Add(abuseKeptFor), a}
	return a, nil
}

// keptAbuse gives what is kept; busy says that nothing is, and that no more may be asked now.
func (c *Client) keptAbuse(path string, now time.Time) (a Abuse, known, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.abuses.kept[path]; ok && now.Before(k.until) {
		return k.answer, true, false
	}
	if minute := now.Unix() / 60; minute != c.abuses.minute {
		c.abuses.minute, c.abuses.asked = minute, 0
	}
	if c.abuses.asked == perMinute {
		return Abuse{}, false, true
	}
	c.abuses.asked++
	return Abuse{}, false, false
}

func (c *Client) askAbuse(ctx context.Context, path string, about func(*object) error) (Abuse, error) {
	text, host, err := c.get(ctx, path)
	if err != nil || text == nil {
		return Abuse{}, err
	}
	return parseAbuse(text, host, about)
}

// parseAbuse reads an answer, which must be what was asked about.
func parseAbuse(text []byte, host string, about func(*object) error) (Abuse, error) {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return Abuse{}, fmt.Errorf("its answer cannot be read: %w", err)
	}
	if err := about(&o); err != nil {
		return Abuse{}, err
	}
	var n network
	left := maxEntities
	n.gather(o.Entities, host, maxDepth, &left)
	a := Abuse{Source: host}
	for _, k := range n.contacts {
		if k.Role == "abuse" && strings.Count(k.Address, "@") == 1 && !strings.ContainsAny(k.Address, " \t\r\n<>,;") {
			a.Mail = k.Address
			break
		}
	}
	for _, e := range o.Entities {
		for _, role := range e.Roles {
			if role == "registrar" && a.Registrar == "" {
				a.Registrar = e.fullName()
			}
		}
	}
	return a, nil
}

// fullName gives the name in a jCard.
func (e *entity) fullName() string {
	if len(e.VCard) < 2 {
		return ""
	}
	var properties [][]json.RawMessage
	if json.Unmarshal(e.VCard[1], &properties) != nil {
		return ""
	}
	for _, p := range properties {
		var name, value string
		if len(p) >= 4 && json.Unmarshal(p[0], &name) == nil && name == "fn" && json.Unmarshal(p[3], &value) == nil && len(value) <= 200 {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
