package stix

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/jsontree"
	"pahra/wire/stix/pattern"
	"pahra/wire/values"
)

// rules checks what one property says of another, and what only one type wants.
func (c *checker) rules() {
	o := c.object
	c.markings()
	c.references()
	switch o.Type() {
	case "bundle":
		c.fault("type", "a bundle is no object of a bundle")
	case "indicator":
		c.indicator()
	case "marking-definition":
		c.markingDefinition()
	case "relationship":
		if typ := o.Text("relationship_type"); strings.Trim(typ, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			c.fault("relationship_type", "%.60q has other characters than a–z, 0–9 and hyphens", typ)
		}
	}
	if c.old {
		return
	}
	switch o.Type() {
	case "extension-definition":
		if o.Get("extension_properties") != nil && !slices.Contains(o.List("extension_types"), "toplevel-property-extension") {
			c.fault("extension_properties", "only a toplevel-property-extension has any")
		}
	case "language-content":
		c.contents()
	case "location":
		c.together("latitude", "longitude")
		c.needs("precision", "latitude")
	case "malware":
		if o.Get("is_family").True() && o.Get("name") == nil {
			c.fault("name", "a family of malware must have one")
		}
	case "observed-data":
		c.apart("objects", "object_refs")
	}
	if t, known := tables.types[o.Type()]; known && t.Class == Observable {
		c.observable()
	}
}

func (c *checker) has(name string) bool { return c.object.Get(name) != nil }

func (c *checker) together(a, b string) {
	c.needs(a, b)
	c.needs(b, a)
}

func (c *checker) needs(a, b string) {
	if c.has(a) && !c.has(b) {
		c.fault(b, "%s is there without it", a)
	}
}

func (c *checker) apart(a, b string) {
	if c.has(a) && c.has(b) {
		c.fault(b, "it cannot be there together with %s", a)
	}
}

func (c *checker) markings() {
	for i := range c.object.granular() {
		at := join("granular_markings", "["+strconv.Itoa(i)+"]")
		g := c.object.Get("granular_markings").At(i)
		if g.Get("lang") != nil && g.Get("marking_ref") != nil {
			c.fault(at, "it has both lang and marking_ref")
		}
		for _, selector := range g.Get("selectors").Strings() {
			if _, err := c.object.Resolve(selector); err != nil {
				c.fault(at+".selectors", "%v", err)
			}
		}
	}
}

var (
	cveID   = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)
	capecID = regexp.MustCompile(`^CAPEC-\d+$`)
)

// references checks that references to CVE and CAPEC are written as these want.
func (c *checker) references() {
	refs := c.object.Get("external_references")
	if t := tables.types[c.object.Type()]; refs == nil || t != nil && t.Class == Observable {
		return
	}
	for i := range refs.Items {
		r := &refs.Items[i]
		form := map[string]*regexp.Regexp{"cve": cveID, "capec": capecID}[r.Get("source_name").Str()]
		if id := r.Get("external_id").Str(); form != nil && !form.MatchString(id) {
			c.fault(join("external_references", "["+strconv.Itoa(i)+"]")+".external_id", "%.40q is no id of %s", id, r.Get("source_name").Str())
		}
	}
}

func (c *checker) indicator() {
	o := c.object
	if typ := o.Text("pattern_type"); typ != "stix" && !(c.old && typ == "") || o.Text("pattern") == "" {
		return
	}
	p, err := pattern.Parse(o.Text("pattern"))
	if err != nil {
		c.fault("pattern", "%v", err)
		return
	}
	for t := range p.Tests() {
		last := t.Path.Steps[len(t.Path.Steps)-1].Name
		if len(t.Path.Steps) < 2 || t.Path.Steps[len(t.Path.Steps)-2].Name != "hashes" || t.Op != pattern.Equal && t.Op != pattern.In {
			continue
		}
		for _, v := range t.Values {
			if n, known := hashLengths[last]; known && v.Kind == pattern.Text && len(v.Text) != n {
				c.fault("pattern", "%.60q is no hash of %s", v.Text, last)
			}
		}
	}
}

func (c *checker) markingDefinition() {
	o := c.object
	for _, id := range o.AllMarks() {
		if id == o.ID() {
			c.fault("object_marking_refs", "it marks itself")
		}
	}
	if o.Get("extensions") == nil {
		c.together("definition_type", "definition")
	}
	definition := o.Get("definition")
	switch o.Text("definition_type") {
	case "statement":
		if !definition.Get("statement").Is(jsontree.String) {
			c.fault("definition.statement", "it is missing")
		}
	case "tlp":
		label, err := values.ParseTLP(definition.Get("tlp").Str())
		if v1, exists := label.V1(); err != nil || !exists || !strings.EqualFold(v1, definition.Get("tlp").Str()) {
			c.fault("definition.tlp", "%.40q is no label of TLP 1", definition.Get("tlp").Str())
		} else if o.ID() != tlp1IDs[label] {
			c.fault("id", "the marking of TLP:%s has the fixed id %s", v1, tlp1IDs[label])
		}
	}
	if ext := o.Get("extensions").Get(TLPExtension); ext != nil {
		label, err := values.ParseTLP(ext.Get("tlp_2_0").Str())
		if err != nil || strings.ToLower(label.Label()) != ext.Get("tlp_2_0").Str() {
			c.fault("extensions.'"+TLPExtension+"'.tlp_2_0", "%.40q is no label of TLP 2.0", ext.Get("tlp_2_0").Str())
		} else if o.ID() != tlpIDs[label] {
			c.fault("id", "the marking of %s has the fixed id %s", label, tlpIDs[label])
		}
	}
}

// contents checks the translations of language-content: languages, and in them names of properties.
func (c *checker) contents() {
	contents := c.object.Get("contents")
	if !contents.Is(jsontree.Object) {
		return
	}
	for i := range contents.Members {
		m := &contents.Members[i]
		at := join("contents", m.Name)
		if !validLanguage(m.Name) {
			c.fault(at, "%.40q is no %s", m.Name, textNames["lang"])
		}
		if !c.is(&m.Value, jsontree.Object, at) {
			continue
		}
		for j := range m.Value.Members {
			if name := m.Value.Members[j].Name; !validPropertyName(name) {
				c.fault(join(at, name), "this is no name of a property")
			}
		}
	}
}

// observable checks what single types of observables want.
func (c *checker) observable() {
	o := c.object
	value := o.Text("value")
	wrong := func(ok bool, what string) {
		if !ok && !o.Get("defanged").True() && o.Get("value").Is(jsontree.String) {
			c.fault("value", "%.80q is no %s", value, what)
		}
	}
	switch o.Type() {
	case "artifact":
		c.apart("payload_bin", "url")
		c.needs("url", "hashes")
		c.needs("decryption_key", "encryption_algorithm")
	case "domain-name":
		wrong(validDomain(value), "domain name")
	case "email-addr":
		name, host, _ := strings.Cut(value, "@")
		wrong(name != "" && host != "" && !strings.ContainsAny(value, " <>\t\r\n"), "mail address")
	case "email-message":
		if o.Get("is_multipart").True() {
			c.apart("is_multipart", "body")
		} else {
			c.apart("is_multipart", "body_multipart")
		}
	case "ipv4-addr":
		wrong(validAddress(value, netip.Addr.Is4), "address or network of IPv4")
	case "ipv6-addr":
		wrong(validAddress(value, netip.Addr.Is6), "address or network of IPv6")
	case "mac-addr":
		wrong(macAddress.MatchString(value), "MAC address in small letters and colons")
	case "network-traffic":
		if o.Get("is_active").True() {
			c.apart("is_active", "end")
		}
	case "software":
		if cpe := o.Text("cpe"); c.has("cpe") && !(strings.HasPrefix(cpe, "cpe:2.3:") && strings.Count(strings.ReplaceAll(cpe, `\:`, ""), ":") == 12) {
			c.fault("cpe", "%.80q is no CPE 2.3", cpe)
		}
	case "windows-registry-key":
		for _, short := range [...]string{"HKLM", "HKCC", "HKCR", "HKCU", "HKU"} {
			if hive, _, _ := strings.Cut(o.Text("key"), `\`); strings.EqualFold(hive, short) {
				c.fault("key", "the hive must not be shortened to %s", short)
			}
		}
	}
	c.observableID()
}

var macAddress = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)

// validDomain tells whether s can be a domain name (RFC 1034), in any script (RFC 5890) and with the underscores in use.
func validDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsAny(label, " \t\r\n/:@\\\"'<>?#[]()|") {
			return false
		}
	}
	return true
}
