package service_test

import (
	"slices"
	"testing"
)

// TestBothFamiliesOfBogons: the lists of IPv4 and of IPv6 that were fetched one after the other are used side by side,
// whatever digits their dates have.
func TestBothFamiliesOfBogons(t *testing.T) {
	p := smallWorld(4)
	p.Quiet = true
	made, truth := madeWorld(t, p)
	lists := map[string]string{
		"bogons/fullbogons-ipv4.20260209T0600Z.txt": "192.0.2.0/24\n",
		"bogons/fullbogons-ipv6.20260209T0601Z.txt": "2001:db8::/32\n",
	}
	files := tree(t, made)
	for name, text := range lists {
		files[name] = text
	}
	r := newRig(t, copyTree(t, files, namesOf(files)), truth.Start, truth.End)
	r.observe(t)
	var used []string
	for _, u := range r.snapshot(t).Used {
		used = append(used, u.Path)
	}
	for name := range lists {
		if !slices.Contains(used, name) {
			t.Errorf("%s is not used; used are %v", name, used)
		}
	}
}
