package service

import (
	"net/netip"

	"pahra/internal/norms"
	"pahra/internal/programme"
)

func actionTitle(a norms.Metric) string { return programme.ActionTitle(a) }

func findingOrder() []programme.KindStep { return programme.Kinds() }

func registeredBy(p *norms.Profile, state string) bool { return programme.Registered(p, state) }

func prefixList(list []netip.Prefix) string { return programme.PrefixList(list) }
