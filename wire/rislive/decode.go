package rislive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Decoder decodes messages. The zero value is ready. Not safe for concurrent use.
type Decoder struct {
	fields [fieldCount][]byte
	peers  map[string]netip.Addr
	hosts  map[string]string
	raw    []byte // storage of Message.Message
	wide   []byte // likewise, where it had to be widened
	build  builder
}

// How many addresses and names are kept, so that most messages need no parsing of them. RIS has some 1,500 sessions.
const (
	keptPeers = 1 << 16
	keptHosts = 1 << 10
)

var errTooLong = fmt.Errorf("it is longer than %d octets", MaxMessage)

// Decode decodes one message of the server into m, which it resets first.
func (d *Decoder) Decode(m *Message, data []byte) error {
	*m = Message{Collectors: m.Collectors[:0]}
	if len(data) > MaxMessage {
		return errTooLong
	}
	s := scanner{b: data}
	var kind, list []byte
	d.fields = [fieldCount][]byte{}
	err := s.members(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = s.value()
		case "data":
			if s.peek() == '{' {
				return s.members(func(key []byte) error { return d.member(&s, key) })
			}
			list, err = s.value()
		default:
			_, err = s.value()
		}
		return err
	})
	if err != nil {
		return err
	}
	if s.peek(); s.i < len(data) {
		return s.fail()
	}
	name, _ := text(kind)
	switch string(name) {
	case "ris_message":
		m.Type = BGP
		return d.bgp(m)
	case "ris_error":
		m.Type = Error
		said, _ := text(d.fields[fieldMessage])
		m.Text = string(said)
	case "ris_rrc_list":
		m.Type = Collectors
		return d.list(m, list)
	case "ris_subscribe_ok":
		m.Type = Subscribed
	case "pong":
		m.Type = Pong
	case "":
		return errors.New("it has no type")
	}
	return nil
}

// member files one member of data under its field.
func (d *Decoder) member(s *scanner, key []byte) error {
	v, err := s.value()
	if f, ok := fieldOf(key); ok && err == nil {
		if string(v) == "null" {
			v = nil
		}
		d.fields[f] = v
	}
	return err
}

func (d *Decoder) list(m *Message, list []byte) error {
	s := scanner{b: list}
	return s.elements(func() error {
		v, err := s.value()
		if err != nil {
			return err
		}
		host, _ := text(v)
		name, err := d.collector(host)
		if err != nil {
			return err
		}
		m.Collectors = append(m.Collectors, name)
		return nil
	})
}

// bgp decodes a message of a session from the fields.
func (d *Decoder) bgp(m *Message) (err error) {
	if m.Sec, m.Micro, err = timestamp(d.fields[fieldTimestamp]); err != nil {
		return err
	}
	if m.Peer, err = d.peer(d.fields[fieldPeer]); err != nil {
		return err
	}
	if m.PeerAS, err = asn(d.fields[fieldPeerASN]); err != nil {
		return fmt.Errorf("peer_asn: %w", err)
	}
	host, _ := text(d.fields[fieldHost])
	if m.Collector, err = d.collector(host); err != nil {
		return err
	}
	m.ID, _ = text(d.fields[fieldID])
	kind, _ := text(d.fields[fieldType])
	switch string(kind) {
	case "UPDATE":
		m.Kind = Update
		return d.update(m)
	case "OPEN":
		return d.other(m, Open)
	case "NOTIFICATION":
		return d.other(m, Notification)
	case "KEEPALIVE":
		return d.other(m, Keepalive)
	case "RIS_PEER_STATE", "STATE":
		m.Kind = PeerState
		return state(m, d.fields[fieldState])
	}
	return nil
}

// state reads the state of a session. "connected" is read as up, though the software that the name comes from means the
// connection below: streams were seen in which nothing follows it but routes.
func state(m *Message, v []byte) error {
	switch s, _ := text(v); string(s) {
	case "up", "connected":
		m.Up = true
	case "down":
	default:
		return fmt.Errorf("state %.40q is none of connected, up and down", s)
	}
	return nil
}

// update gives m its UPDATE: that of the raw field, else one made from the others.
func (d *Decoder) update(m *Message) error {
	raw, _ := text(d.fields[fieldRaw])
	if len(raw) == 0 {
		m.Rebuilt = true
		var err error
		m.Message, err = d.build.update(&d.fields)
		return err
	}
	msg, err := d.unhex(raw, bgp.TypeUpdate)
	if err != nil {
		return fmt.Errorf("raw: %w", err)
	}
	if bgp.TwoOctet(msg[bgp.HeaderLen:]) {
		if d.wide, err = bgp.Widen(d.wide[:0], msg); err != nil {
			return fmt.Errorf("raw: %w", err)
		}
		msg = d.wide
	}
	m.Message = msg
	return nil
}

// other gives m its message of another kind, where the raw field has a good one.
func (d *Decoder) other(m *Message, k Kind) error {
	m.Kind = k
	if raw, _ := text(d.fields[fieldRaw]); len(raw) > 0 {
		if msg, err := d.unhex(raw, k.octet()); err == nil {
			m.Message = msg
		}
	}
	return nil
}

const typeKeepalive = 4 // of a BGP message, beside those of package bgp (RFC 4271 section 4.1)

// octet gives the type of BGP message that a kind carries; 0 for none.
func (k Kind) octet() byte {
	return [PeerState + 1]byte{Update: bgp.TypeUpdate, Open: bgp.TypeOpen, Notification: bgp.TypeNotification, Keepalive: typeKeepalive}[k]
}

// unhex reads a BGP message of a type from its hexadecimal digits.
func (d *Decoder) unhex(digits []byte, want byte) ([]byte, error) {
	n := hex.DecodedLen(len(digits))
	if n > math.MaxUint16 {
		return nil, errors.New("it is longer than a BGP message can be")
	}
	if cap(d.raw) < n {
		d.raw = make([]byte, 2*n)
	}
	msg := d.raw[:n]
	if _, err := hex.Decode(msg, digits); err != nil {
		return nil, errors.New("it is not hexadecimal")
	}
	const marker = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	switch {
	case n < bgp.HeaderLen || string(msg[:16]) != marker:
		return nil, errors.New("it has no BGP header")
	case int(msg[16])<<8|int(msg[17]) != n:
		return nil, errors.New("its length is not the one that it states")
	case msg[18] != want:
		return nil, fmt.Errorf("it is of type %d", msg[18])
	}
	return msg, nil
}

// peer reads the address of a peer.
func (d *Decoder) peer(v []byte) (netip.Addr, error) {
	if ip, ok := d.peers[string(v)]; ok {
		return ip, nil
	}
	s, _ := text(v)
	ip, err := netip.ParseAddr(string(s))
	if err != nil || ip.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("peer %.60q is no address", s)
	}
	ip = ip.Unmap()
	if d.peers == nil || len(d.peers) == keptPeers {
		d.peers = make(map[string]netip.Addr)
	}
	d.peers[string(v)] = ip
	return ip, nil
}

// collector gives the name of a collector by its host. What is no name is refused, for files are named after it.
func (d *Decoder) collector(host []byte) (string, error) {
	if name, ok := d.hosts[string(host)]; ok {
		return name, nil
	}
	name := collectorName(string(host))
	if !validName(name) {
		return "", fmt.Errorf("host %.80q is no name of a collector", host)
	}
	if d.hosts == nil || len(d.hosts) == keptHosts {
		d.hosts = make(map[string]string)
	}
	d.hosts[string(host)] = name
	return name, nil
}

func collectorName(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".ripe.net") }

// validName tells whether s is 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit.
func validName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || c != '.' && c != '-' && c != '_') {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 64
}

// text gives the content of a JSON string; false for any other value.
func text(v []byte) ([]byte, bool) {
	if len(v) < 2 || v[0] != '"' {
		return nil, false
	}
	if in := v[1 : len(v)-1]; bytes.IndexByte(in, '\\') < 0 {
		return in, true
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// number reads an unsigned number, quoted or not.
func number(v []byte, most uint64) (uint64, error) {
	if in, ok := text(v); ok {
		v = in
	}
	var n uint64
	for _, c := range v {
		if c < '0' || c > '9' || n > most/10 {
			return 0, fmt.Errorf("%.40q is no number up to %d", v, most)
		}
		n = n*10 + uint64(c-'0')
	}
	if len(v) == 0 || n > most {
		return 0, fmt.Errorf("%.40q is no number up to %d", v, most)
	}
	return n, nil
}

func asn(v []byte) (values.ASN, error) {
	n, err := number(v, math.MaxUint32)
	return values.ASN(n), err
}

// timestamp reads seconds since 1970 with decimals, to the microsecond, and without the detour over a float unless there
// is an exponent.
func timestamp(v []byte) (sec, micro uint32, err error) {
	whole, part, _ := bytes.Cut(v, []byte{'.'})
	n, err := number(whole, math.MaxUint32)
	if err == nil && bytes.IndexByte(part, 'e') < 0 && bytes.IndexByte(part, 'E') < 0 && v[0] != '"' {
		for i := range 6 {
			micro *= 10
			if i < len(part) {
				micro += uint32(part[i] - '0')
			}
		}
		return uint32(n), micro, nil
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || !(f >= 0 && f < math.MaxUint32) {
		return 0, 0, fmt.Errorf("timestamp %.40q is no time", v)
	}
	all := uint64(math.Round(f * 1e6))
	return uint32(all / 1e6), uint32(all % 1e6), nil
}
