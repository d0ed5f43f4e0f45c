package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"pahra/wire/values"
)

// errNotPublic says that an address is not of the public Internet.
var errNotPublic = errors.New("the address is not of the public Internet")

// control looks at an address when the connection to it is about to be made: the name was resolved by then, so that one
// which resolves otherwise the second time gains nothing.
func (p *Poster) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", errNotPublic, address)
	}
	return p.allowed(at.Addr())
}

// allowed says whether an address may be posted to.
func (p *Poster) allowed(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(p.set.AllowNetworks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
		return nil
	}
	if !values.IsPublic(ip) {
		return fmt.Errorf("%w: %s", errNotPublic, ip)
	}
	if inner, ok := values.Embedded(ip); ok {
		return p.allowed(inner)
	}
	return nil
}
