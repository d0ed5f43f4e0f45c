package bmp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"pahra/internal/source/catalogue"
	wire "pahra/wire/bmp"
)

// Config is a listener in the configuration. All but Listen may be left out.
type Config struct {
	// Listen is the address and port to listen on, such as "192.0.2.10:1790" or "[::]:1790".
	Listen string `yaml:"listen"`
	// Allow are the addresses and prefixes that may connect. It may be empty only where Listen is this machine alone;
	// "0.0.0.0/0" and "::/0" let everyone in.
	Allow []string `yaml:"allow"`
	// Routers name routers by the address that they connect from. Others may connect too, if Allow lets them.
	Routers []Router `yaml:"routers"`
	// View is the table that is taken of a router: pre-policy (the default), post-policy or loc-rib.
	View string `yaml:"view"`
	// Instance is the routing instance that is taken: empty for the default one, else a route distinguisher such as
	// "64500:7" or "192.0.2.1:7", or the instance's number as a router gives it.
	Instance string `yaml:"instance"`
	// MaxRouters is how many routers may be connected at a time; 0 stands for 64.
	MaxRouters int `yaml:"max_routers"`
	// MaxPeers is how many neighbours of one router are followed; 0 stands for 4096.
	MaxPeers int `yaml:"max_peers"`
	// MaxMessage is how long a message may be, in bytes; 0 stands for 262144. MaxRouters times as much, and some
	// 32 KiB a router, is what can be under way in memory.
	MaxMessage int `yaml:"max_message"`
	// Stall is how long a message may take to come whole; 0 stands for a minute.
	Stall time.Duration `yaml:"stall"`
	// Idle closes the connection of a router that said nothing for so long; 0 stands for never. A router that is gone
	// is found by TCP keep-alive within half a minute; this is for one that hangs. It should be longer than the
	// interval of the router's statistics.
	Idle time.Duration `yaml:"idle"`
}

// Router is what is configured of one router.
type Router struct {
	Address string `yaml:"address"` // that it connects from
	// Collector is the name that its routes get; empty for the name that it gives itself.
	Collector string `yaml:"collector"`
	// View and Instance replace those of the listener where they are not empty.
	View     string `yaml:"view"`
	Instance string `yaml:"instance"`
}

// router is a Router that was checked.
type router struct {
	collector string
	view      wire.View
	// distinguisher names the instance; 0 is the default one.
	distinguisher uint64
}

// plan is a Config that was checked, its defaults filled in.
type plan struct {
	Config
	allow   []netip.Prefix
	routers map[netip.Addr]router
	others  router
}

// Check tells what is wrong with the configuration.
func (c Config) Check() error {
	_, err := c.plan()
	return err
}

func (c Config) plan() (*plan, error) {
	p := &plan{Config: c, routers: make(map[netip.Addr]router)}
	for _, n := range []*int{&p.MaxRouters, &p.MaxPeers, &p.MaxMessage} {
		if *n < 0 {
			return nil, errors.New("max_routers, max_peers and max_message must not be below 0")
		}
	}
	if c.Stall < 0 || c.Idle < 0 {
		return nil, errors.New("stall and idle must not be below 0")
	}
	fill(&p.MaxRouters, 64)
	fill(&p.MaxPeers, 4096)
	fill(&p.MaxMessage, wire.DefaultMaxMessage)
	fill(&p.Stall, time.Minute)
	var err error
	if p.others, err = c.router(Router{}); err != nil {
		return nil, err
	}
	if err := p.readAllow(); err != nil {
		return nil, err
	}
	return p, p.readRouters()
}

func fill[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

func (p *plan) readAllow() error {
	host, port, err := net.SplitHostPort(p.Listen)
	if err != nil {
		return fmt.Errorf("listen %q is not an address and port", p.Listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("listen %q has no port number", p.Listen)
	}
	addr, err := netip.ParseAddr(host)
	if host != "" && err != nil {
		return fmt.Errorf("listen %q is not an address of this machine", p.Listen)
	}
	for _, text := range p.Allow {
		one, err := netip.ParseAddr(text)
		if err == nil {
			p.allow = append(p.allow, netip.PrefixFrom(one.Unmap(), one.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("allow: %q is neither an address nor a prefix", text)
		}
		p.allow = append(p.allow, prefix.Masked())
	}
	if len(p.allow) == 0 && !addr.IsLoopback() {
		return fmt.Errorf("allow is missing: anyone who reaches %s could tell routes that are none", p.Listen)
	}
	return nil
}

// allowed tells whether an address may connect.
func (p *plan) allowed(addr netip.Addr) bool {
	for _, a := range p.allow {
		if a.Contains(addr) {
			return true
		}
	}
	return len(p.allow) == 0
}

// named tells whether the configuration gives a name to a router.
func (p *plan) named(collector string) bool {
	for _, r := range p.routers {
		if collector != "" && r.collector == collector {
			return true
		}
	}
	return false
}

func (p *plan) readRouters() error {
	names := map[string]bool{}
	for _, r := range p.Routers {
		addr, err := netip.ParseAddr(r.Address)
		if err != nil {
			return fmt.Errorf("routers: %q is not an address", r.Address)
		}
		addr = addr.Unmap()
		if _, twice := p.routers[addr]; twice {
			return fmt.Errorf("routers: %s is there twice", addr)
		}
		if r.Collector != "" {
			if !catalogue.ValidCollector(r.Collector) || len(r.Collector) > maxName {
				return fmt.Errorf("routers: %q is no name of a collector: letters and digits, with single dots or hyphens between, at most %d", r.Collector, maxName)
			}
			if names[r.Collector] {
				return fmt.Errorf("routers: two are named %s", r.Collector)
			}
			names[r.Collector] = true
		}
		if p.routers[addr], err = p.router(r); err != nil {
			return fmt.Errorf("routers: %s: %w", addr, err)
		}
	}
	return nil
}

// router fills in what a router does not have of its own.
func (c Config) router(r Router) (out router, err error) {
	out.collector = r.Collector
	fill(&r.View, c.View)
	fill(&r.View, wire.AdjRIBInPre.String())
	fill(&r.Instance, c.Instance)
	switch r.View {
	case wire.AdjRIBInPre.String():
		out.view = wire.AdjRIBInPre
	case wire.AdjRIBInPost.String():
		out.view = wire.AdjRIBInPost
	case wire.LocRIBView.String():
		out.view = wire.LocRIBView
	default:
		return out, fmt.Errorf("view %q is none of pre-policy, post-policy and loc-rib", r.View)
	}
	out.distinguisher, err = parseInstance(r.Instance)
	return out, err
}
