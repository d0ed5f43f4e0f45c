// Package nrtm reads and writes what routing registries tell mirrors: Near Real Time Mirroring version 3, a line protocol
// that RIPE and IRRd document, and version 4 (RFC 10063), files by HTTPS.
//
// Version 3: [Query] asks, [ReadV3] reads the answer. Version 4: [VerifyNotification] checks and reads the signed Update
// Notification File, [ReadSnapshot] and [ReadDelta] the files that it names. Both give each [Change] in its order.
// [KeyOf] tells under which class and key a registry holds an object, which is how a change finds what it changes.
//
// A snapshot or an answer that breaks off is an error. Bounds: an object 4 MiB, a notification 64 MiB and 200,000 deltas.
// The package opens no connection, checks no hash (it reads streams, and whoever fetches a file hashes it), and does not
// understand the objects beyond their key.
package nrtm

import (
	"bytes"
	"errors"
	"strings"
)

// The bounds on foreign input.
const (
	maxObject       = 4 << 20 // octets of one object
	maxLine         = 1 << 20 // octets of one line of version 3
	maxRecord       = 6 * maxObject
	MaxNotification = 64 << 20 // octets of an Update Notification File
	maxDeltas       = 200_000
	maxHeadLines    = 1000 // lines before %START
)

// Change is one step: an object that comes, in place of an earlier one of its key, or that goes.
type Change struct {
	Delete bool
	Serial uint64 // version 3
	Class  string // in lower case
	Key    string // in upper case
	// Object is its text, lines ended by LF, without a blank line at the end. A deletion of version 4 has none.
	Object []byte
}

// errNoKey says that a text is no object that a registry could hold.
var errNoKey = errors.New("not an RPSL object: no class, key or origin")

// KeyOf gives the class of an object, in lower case, and its primary key, in upper case: the value of its first
// attribute, with the origin behind it for a route or route6, or of nic-hdl for a person or role (RFC 2622 section 2,
// RFC 4012, RFC 10063 section 8.3).
func KeyOf(object []byte) (class, key string, err error) {
	wanted := "" // the attribute that completes or is the key
	for line := range bytes.Lines(object) {
		if line[0] == '%' || line[0] == '#' {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || line[0] == ' ' || line[0] == '\t' || line[0] == '+' {
			if class == "" {
				return "", "", errNoKey
			}
			continue
		}
		if text, _, found := bytes.Cut(value, []byte("#")); found {
			value = text
		}
		plain := strings.ToUpper(strings.Join(strings.Fields(string(value)), " "))
		switch attribute := strings.ToLower(string(name)); {
		case class == "":
			class, key = attribute, plain
			switch class {
			case "route", "route6":
				wanted = "origin"
			case "person", "role":
				wanted, key = "nic-hdl", ""
			}
			if wanted == "" {
				return finish(class, key)
			}
		case attribute == wanted && plain != "":
			if class == "route" || class == "route6" {
				if key == "" {
					return "", "", errNoKey
				}
				return class, key + plain, nil
			}
			return finish(class, plain)
		}
	}
	return "", "", errNoKey
}

func finish(class, key string) (string, string, error) {
	if class == "" || key == "" || len(class) > 64 || strings.ContainsAny(class, " \t") {
		return "", "", errNoKey
	}
	return class, key, nil
}
