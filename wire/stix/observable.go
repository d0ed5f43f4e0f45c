package stix

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"

	"pahra/wire/jsontree"
)

// contributing are the properties that an observable's id is made of (section 2.9 and each type's in section 6). A process
// has none.
var contributing = map[string][]string{
	"artifact": {"hashes", "payload_bin"}, "autonomous-system": {"number"}, "directory": {"path"}, "domain-name": {"value"},
	"email-addr": {"value"}, "email-message": {"from_ref", "subject", "body"}, "file": {"hashes", "name", "extensions", "parent_directory_ref"},
	"ipv4-addr": {"value"}, "ipv6-addr": {"value"}, "mac-addr": {"value"}, "mutex": {"name"},
	"network-traffic": {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"},
	"software":        {"name", "cpe", "swid", "vendor", "version"}, "url": {"value"}, "user-account": {"account_type", "user_id", "account_login"},
	"windows-registry-key": {"key", "values"}, "x509-certificate": {"hashes", "serial_number"}, "process": nil,
}

// namespace is that of the ids of observables, 00abedb4-aa42-466c-9c01-fed23315a9b7.
var namespace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// ObservableID gives the deterministic id of an observable of one of the standard's types: a UUID of version 5 over the
// contributing properties in canonical JSON (section 2.9). An observable that has none of them, and every process, has none:
// it gives "", and a random UUID of version 4 it must be. Of several hashes the first of MD5, SHA-1, SHA-256 and
// SHA-512 counts, of others the one that stands first.
func ObservableID(o *Object) (string, error) {
	names, known := contributing[o.Type()]
	if !known {
		return "", fmt.Errorf("%.60q is no type of an observable", o.Type())
	}
	var of jsontree.Value
	for _, name := range names {
		v := o.Get(name)
		switch {
		case v == nil:
		case name == "hashes":
			if m := oneHash(v); m != nil {
				of.Set(name, jsontree.Dict(*m))
			}
		default:
			of.Set(name, *v)
		}
	}
	if len(of.Members) == 0 {
		return "", nil
	}
	name, err := of.AppendCanonical(namespace[:])
	if err != nil {
		return "", fmt.Errorf("making the id of %s: %w", o.Type(), err)
	}
	sum := sha1.Sum(name)
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return o.Type() + "--" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

func oneHash(v *jsontree.Value) *jsontree.Member {
	for _, name := range [...]string{"MD5", "SHA-1", "SHA-256", "SHA-512"} {
		if h := v.Get(name); h != nil {
			return &jsontree.Member{Name: name, Value: *h}
		}
	}
	if len(v.Members) == 0 {
		return nil
	}
	return &v.Members[0]
}

// observableID checks that an observable that cannot have a deterministic id has a random one.
func (c *checker) observableID() {
	_, uuid, err := SplitID(c.object.ID())
	if id, errID := ObservableID(c.object); err == nil && errID == nil && id == "" && uuid[14] != '4' {
		c.fault("id", "it must be a UUID of version 4, for no property contributes to it")
	}
}
