package notice

import (
	"bytes"
	"slices"
	"strings"

	"pahra/wire/arf"
)

// Kind is what a mail that came is.
type Kind string

// The kinds of mail.
const (
	Bounce    Kind = "bounce"    // it could not be delivered (RFC 3464)
	Delayed   Kind = "delayed"   // it was not delivered yet, or it was: nothing is to be done
	Automatic Kind = "automatic" // a machine answered: out of office, a ticket's number (RFC 3834)
	Own       Kind = "own"       // one of ours that came back: a loop
	Answer    Kind = "answer"    // by a person, as far as can be told
)

// Reply is a mail that came, as far as it concerns the desk.
type Reply struct {
	Kind      Kind
	Notice    int64 // that it is about; 0: it cannot be told
	From      string
	Subject   string
	Text      string // plain text, without what was quoted; bounded
	Permanent bool   // of a bounce: trying again is useless
	Status    string // of a bounce, such as "5.1.1"
	Says      string // of a bounce: why
	// Signed is the domain that vouches for the sender (DKIM, aligned with From); "" for none.
	Signed string
}

// Reader reads mails that came. AuthServ is the name by which our own mail server signs its findings
// (Authentication-Results, RFC 8601); that server must take off such fields of others, and "" trusts nobody.
type Reader struct {
	Keys     *Keys
	Return   string // the return address of notices, without a number in it
	Domain   string // of Message-IDs
	AuthServ string
}

// HeaderOwn is the field by which a notice that comes back is known.
const HeaderOwn = "X-Pahra-Notice"

// mostText bounds what is kept of an answer, in octets.
const mostText = 16 << 10

// Read says what a mail is.
func (r Reader) Read(m *arf.Mail) Reply {
	reply := Reply{Kind: Answer, Subject: clip(m.Header.Get("Subject"), 300), From: Sent(m.Header)}
	reply.Notice = r.notice(m)
	switch {
	case m.Header.Get(HeaderOwn) != "":
		reply.Kind = Own
	case m.Type == "multipart/report" && strings.EqualFold(m.Params["report-type"], "delivery-status"):
		r.readReport(m, &reply)
	case automatic(m.Header):
		reply.Kind = Automatic
	}
	if reply.Kind == Answer || reply.Kind == Automatic {
		reply.Text = plain(m)
		reply.Signed = Signed(m.Header, r.AuthServ)
	}
	return reply
}

// Sent gives the address that a mail says it is from, in lower case; "" where there is not exactly one.
func Sent(h arf.Header) string {
	all := h.All("From")
	if len(all) != 1 || len(all[0]) > 1000 {
		return ""
	}
	address := strings.TrimSpace(bare(all[0]))
	if _, in, ok := strings.Cut(address, "<"); ok {
		if address, ok = strings.CutSuffix(in, ">"); !ok {
			return ""
		}
	}
	if strings.Count(address, "@") != 1 || strings.ContainsAny(address, " \t,;:<>") {
		return ""
	}
	return strings.ToLower(address)
}

// notice finds which notice a mail is about: by the address that it came to, else by what it refers to.
func (r Reader) notice(m *arf.Mail) int64 {
	for _, name := range []string{"Envelope-To", "X-Original-To", "Delivered-To", "To", "Cc"} {
		for _, value := range m.Header.All(name) {
			for address := range strings.SplitSeq(value, ",") {
				if i := strings.IndexByte(address, '<'); i >= 0 {
					address = address[i:]
				}
				if id, ok := r.Keys.OpenReturn(r.Return, address); ok {
					return id
				}
			}
		}
	}
	return r.referred(m.Header)
}

// referred reads the Message-IDs that a mail refers to; the last is the nearest.
func (r Reader) referred(h arf.Header) int64 {
	ids := strings.Fields(h.Get("References") + " " + h.Get("In-Reply-To"))
	for _, id := range slices.Backward(ids) {
		if n, ok := r.Keys.OpenMessageID(r.Domain, id); ok {
			return n
		}
	}
	return 0
}

// readReport reads what a mail server says of a delivery (RFC 3464).
func (r Reader) readReport(m *arf.Mail, reply *Reply) {
	reply.Kind = Delayed
	for i := range m.Parts {
		switch p := &m.Parts[i]; p.Type {
		case "message/delivery-status", "message/global-delivery-status":
			readStatus(p.Body, reply)
		case "text/rfc822-headers", "message/rfc822", "message/rfc822-headers", "message/global-headers", "message/global":
			if reply.Notice > 0 {
				continue
			}
			if h, _, err := arf.ParseHeader(p.Body); err == nil {
				if id, ok := r.Keys.OpenMessageID(r.Domain, h.Get("Message-Id")); ok {
					reply.Notice = id
				}
			}
		}
	}
}

// readStatus reads the groups of fields of a delivery status: the first is about the mail, each other about a recipient.
func readStatus(body []byte, reply *Reply) {
	for len(bytes.TrimSpace(body)) > 0 {
		group, rest, err := arf.ParseHeader(bytes.TrimLeft(body, "\r\n"))
		if err != nil || len(rest) >= len(body) {
			return
		}
		body = rest
		if !strings.EqualFold(strings.TrimSpace(group.Get("Action")), "failed") {
			continue
		}
		reply.Kind = Bounce
		reply.Status, _, _ = strings.Cut(strings.TrimSpace(group.Get("Status")), " ")
		reply.Status = clip(reply.Status, 20)
		reply.Permanent = !strings.HasPrefix(reply.Status, "4.")
		_, says, typed := strings.Cut(group.Get("Diagnostic-Code"), ";")
		if !typed {
			says = group.Get("Diagnostic-Code")
		}
		reply.Says = clip(strings.TrimSpace(says), 500)
		return
	}
}

// automatic says whether a machine wrote a mail (RFC 3834 section 5, RFC 5321 section 4.5.5, and what is in use besides).
func automatic(h arf.Header) bool {
	if word, _, _ := strings.Cut(h.Get("Auto-Submitted"), ";"); strings.TrimSpace(word) != "" && !strings.EqualFold(strings.TrimSpace(word), "no") {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, name := range []string{"X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "List-Id"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return len(h.All("Return-Path")) > 0 && strings.TrimSpace(h.Get("Return-Path")) == "<>"
}

// plain gives the first plain text of a mail without the lines that it quotes.
func plain(m *arf.Mail) string {
	for i := range m.Parts {
		if m.Parts[i].Type != "text/plain" {
			continue
		}
		var b strings.Builder
		for line := range strings.Lines(strings.ToValidUTF8(string(m.Parts[i].Body), "\uFFFD")) {
			line = strings.TrimRight(line, "\r\n")
			if strings.HasPrefix(line, ">") {
				continue
			}
			if b.Len()+len(line) >= mostText || line == "-- " {
				break
			}
			b.WriteString(line + "\n")
		}
		return strings.TrimSpace(b.String())
	}
	return ""
}

// Signed gives the domain that signed a mail by DKIM, if our own server, of that name, found the signature good and the
// domain is the sender's; "" for none.
func Signed(h arf.Header, authServ string) string {
	_, at, _ := strings.Cut(Sent(h), "@")
	results := h.All("Authentication-Results")
	if authServ == "" || at == "" || len(results) == 0 {
		return ""
	}
	// The topmost: what our own server put there last. One further down may have come with the mail.
	server, findings, _ := strings.Cut(bare(results[0]), ";")
	words := strings.Fields(server)
	if len(words) == 0 || !strings.EqualFold(words[0], authServ) {
		return ""
	}
	for finding := range strings.SplitSeq(findings, ";") {
		words := strings.Fields(strings.ToLower(finding))
		if len(words) == 0 || words[0] != "dkim=pass" {
			continue
		}
		for _, w := range words {
			if d, ok := strings.CutPrefix(w, "header.d="); ok && strings.Contains(d, ".") && (at == d || strings.HasSuffix(at, "."+d)) {
				return d
			}
		}
	}
	return ""
}

// bare takes the comments and quoted strings out of a field, which may hold anything.
func bare(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
