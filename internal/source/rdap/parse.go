package rdap

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pahra/internal/account"
	"pahra/wire/values"
)

// autnum is the answer's form (RFC 9083 section 5.5), as far as it matters.
type autnum struct {
	Class    string   `json:"objectClassName"`
	First    *uint64  `json:"startAutnum"`
	Last     *uint64  `json:"endAutnum"`
	Remarks  []remark `json:"remarks"`
	Entities []entity `json:"entities"`
}

type remark struct {
	Description []string `json:"description"`
}

// entity is a person, role or organisation.
type entity struct {
	Roles    []string          `json:"roles"`
	VCard    []json.RawMessage `json:"vcardArray"` // jCard, RFC 7095
	Entities []entity          `json:"entities"`
}

// roles are the roles that somebody can speak for a network in (RFC 9083 section 10.2.4).
func roles() []string { return []string{"technical", "administrative", "abuse", "noc"} }

// parse reads an answer. It must be about the network.
func parse(text []byte, asn values.ASN, source string) (*network, error) {
	var a autnum
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("its answer cannot be read: %w", err)
	}
	if a.Class != "autnum" || a.First == nil || a.Last == nil || uint64(asn) < *a.First || uint64(asn) > *a.Last {
		return nil, errors.New("its answer is not about that network")
	}
	if *a.First != *a.Last { // a block that is not handed out as this network speaks for nobody
		return &network{}, nil
	}
	n := &network{}
	for _, r := range a.Remarks {
		n.remarks = append(n.remarks, account.Remark{Source: source, Text: strings.Join(r.Description, "\n")})
	}
	left := maxEntities
	n.gather(a.Entities, source, maxDepth, &left)
	return n, nil
}

// gather takes the contacts out of entities and those within them.
func (n *network) gather(list []entity, source string, depth int, left *int) {
	for _, e := range list {
		if *left--; *left < 0 || depth == 0 {
			return
		}
		for _, address := range e.addresses() {
			for _, role := range e.Roles {
				c := account.Contact{Role: role, Source: source, Address: address}
				if slices.Contains(roles(), role) && !slices.Contains(n.contacts, c) {
					n.contacts = append(n.contacts, c)
				}
			}
		}
		n.gather(e.Entities, source, depth-1, left)
	}
}

// addresses gives the mail addresses of a jCard: ["vcard", [["email", {…}, "text", "noc@example.net"], …]].
func (e *entity) addresses() (list []string) {
	if len(e.VCard) < 2 {
		return nil
	}
	var properties [][]json.RawMessage
	if json.Unmarshal(e.VCard[1], &properties) != nil {
		return nil
	}
	for _, p := range properties {
		var name, value string
		if len(p) < 4 || json.Unmarshal(p[0], &name) != nil || name != "email" || json.Unmarshal(p[3], &value) != nil {
			continue
		}
		list = append(list, strings.ToLower(strings.TrimSpace(value)))
	}
	return list
}
