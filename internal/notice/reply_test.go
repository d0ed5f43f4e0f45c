package notice_test

import (
	"strings"
	"testing"
	"time"

	"pahra/internal/notice"
	"pahra/wire/arf"
)

func keys(t testing.TB) *notice.Keys {
	t.Helper()
	k, err := notice.NewKeys([]byte(strings.Repeat("k", notice.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestToken(t *testing.T) {
	k, now := keys(t), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	l := notice.Link{Notice: 7, Case: 12, Expires: now.Add(time.Hour)}
	token := k.Token(l)
	if got, err := k.Open(token, now); err != nil || got != l {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := k.Open(token, now.Add(time.Hour)); err == nil {
		t.Error("a link is good after it expired")
	}
	other, err := notice.NewKeys([]byte(strings.Repeat("x", notice.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(token, now); err == nil {
		t.Error("a link of another service is good")
	}
	for i := range token {
		for _, c := range "Ab_9" {
			if bad := token[:i] + string(c) + token[i+1:]; bad != token {
				if _, err := k.Open(bad, now); err == nil {
					t.Fatalf("a link changed at %d is good", i)
				}
			}
		}
	}
	if _, err := notice.NewKeys([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

func TestForm(t *testing.T) {
	k, now := keys(t), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	form := k.Form("token", now)
	for what, ok := range map[string]bool{
		"sent at once": k.CheckForm("token", form, now), "after an hour": k.CheckForm("token", form, now.Add(time.Hour)),
		"!after a day": k.CheckForm("token", form, now.Add(24*time.Hour)), "!of another page": k.CheckForm("other", form, now),
		"!without": k.CheckForm("token", "", now), "!from the future": k.CheckForm("token", form, now.Add(-time.Hour)),
	} {
		if ok == strings.HasPrefix(what, "!") {
			t.Errorf("a form %s: %t", what, ok)
		}
	}
}

func TestReturn(t *testing.T) {
	k := keys(t)
	const base = "bounces@example.net"
	to := k.Return(base, 7)
	if id, ok := k.OpenReturn(base, "<"+strings.ToUpper(to)+">"); !ok || id != 7 {
		t.Errorf("%s is read as %d, %t", to, id, ok)
	}
	for _, bad := range []string{strings.Replace(to, "+7-", "+8-", 1), base, "bounces+7@example.net", "", strings.Replace(to, "example.net", "example.org", 1)} {
		if id, ok := k.OpenReturn(base, bad); ok {
			t.Errorf("%q is read as %d", bad, id)
		}
	}
	id := k.MessageID("example.net", 7)
	if n, ok := k.OpenMessageID("example.net", "<"+id+">"); !ok || n != 7 {
		t.Errorf("%s is read as %d, %t", id, n, ok)
	}
	if _, ok := k.OpenMessageID("example.net", strings.Replace(id, ".7.", ".8.", 1)); ok {
		t.Error("a Message-ID of our own making is taken")
	}
}

func TestRead(t *testing.T) {
	k := keys(t)
	r := notice.Reader{Keys: k, Return: "bounces@example.net", Domain: "example.net", AuthServ: "mx.example.net"}
	verp, id := k.Return(r.Return, 7), k.MessageID(r.Domain, 7)
	for name, c := range map[string]struct {
		mail string
		want notice.Reply
	}{
		"bounce": {dsn(verp, "failed", "5.1.1", "smtp; 550 5.1.1 no such user"),
			notice.Reply{Kind: notice.Bounce, Notice: 7, Permanent: true, Status: "5.1.1", Says: "550 5.1.1 no such user", From: "mailer-daemon@mx.example.org", Subject: "Undelivered"}},
		"bounce that may pass": {dsn(verp, "failed", "4.2.2", "full"),
			notice.Reply{Kind: notice.Bounce, Notice: 7, Status: "4.2.2", Says: "full", From: "mailer-daemon@mx.example.org", Subject: "Undelivered"}},
		"not yet":                    {dsn(verp, "delayed", "4.4.1", "x"), notice.Reply{Kind: notice.Delayed, Notice: 7, From: "mailer-daemon@mx.example.org", Subject: "Undelivered"}},
		"bounce known by its header": {strings.Replace(dsn("desk@example.net", "failed", "5.0.0", "x"), "Message-ID: <x>", "Message-ID: <"+id+">", 1), notice.Reply{Kind: notice.Bounce, Notice: 7, Permanent: true, Status: "5.0.0", Says: "x", From: "mailer-daemon@mx.example.org", Subject: "Undelivered"}},
		"forged bounce":              {dsn(strings.Replace(verp, "+7-", "+8-", 1), "failed", "5.1.1", "x"), notice.Reply{Kind: notice.Bounce, Permanent: true, Status: "5.1.1", Says: "x", From: "mailer-daemon@mx.example.org", Subject: "Undelivered"}},
		"out of office":              {answer("Auto-Submitted: auto-replied\r\nIn-Reply-To: <" + id + ">\r\n"), notice.Reply{Kind: notice.Automatic, Notice: 7, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"of Exchange":                {answer("X-Auto-Response-Suppress: All\r\n"), notice.Reply{Kind: notice.Automatic, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"without return path":        {answer("Return-Path: <>\r\n"), notice.Reply{Kind: notice.Automatic, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"by hand":                    {answer("Auto-Submitted: no\r\nReferences: <a@b> <" + id + ">\r\n"), notice.Reply{Kind: notice.Answer, Notice: 7, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"a loop":                     {answer("X-Pahra-Notice: 7\r\n"), notice.Reply{Kind: notice.Own, From: "noc@sub.example.org", Subject: "Re: case"}},
		"signed": {answer("Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=x; dkim=pass (2048-bit key; ok) header.d=example.org header.i=@example.org\r\nTo: <" + verp + ">\r\n"),
			notice.Reply{Kind: notice.Answer, Notice: 7, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it.", Signed: "example.org"}},
		"signed by another": {answer("Authentication-Results: mx.example.net; dkim=pass header.d=mailer.example.com\r\n"), notice.Reply{Kind: notice.Answer, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"findings of another server": {answer("Authentication-Results: mx.example.org; dkim=pass header.d=example.org\r\nAuthentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n"),
			notice.Reply{Kind: notice.Answer, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
		"findings within a comment": {answer("Authentication-Results: mx.example.net; dkim=fail reason=\"x; dkim=pass header.d=example.org\" (; dkim=pass header.d=example.org)\r\n"),
			notice.Reply{Kind: notice.Answer, From: "noc@sub.example.org", Subject: "Re: case", Text: "We look into it."}},
	} {
		m, err := arf.ReadMail(strings.NewReader(c.mail))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := r.Read(m); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func answer(header string) string {
	return header + "From: NOC <noc@sub.example.org>\r\nSubject: Re: case\r\n\r\nWe look into it.\r\n> [case] as you wrote\r\n-- \r\nNOC\r\n"
}

func dsn(to, action, status, says string) string {
	return strings.ReplaceAll(`Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: `+to+`
Subject: Undelivered
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; noc@example.org
Action: `+action+`
Status: `+status+`
Diagnostic-Code: `+says+`
--b
Content-Type: text/rfc822-headers

Message-ID: <x>
Subject: case
--b--
`, "\n", "\r\n")
}

// TestSender: a mail of several senders, or of none that can be told, is nobody's.
func TestSender(t *testing.T) {
	r := notice.Reader{Keys: keys(t), Return: "bounces@example.net", Domain: "example.net"}
	for from, want := range map[string]string{
		"noc@Example.org": "noc@example.org", `"a, <b@c>" <noc@example.org>`: "noc@example.org", "noc@example.org (NOC)": "noc@example.org",
		"a@example.org, b@example.org": "", "<a@example.org> <b@example.org>": "", "NOC": "", "a@example.org\r\nFrom: b@example.org": "",
	} {
		m, err := arf.ReadMail(strings.NewReader("From: " + from + "\r\n\r\nx\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Read(m).From; got != want {
			t.Errorf("%s: from %q, want %q", from, got, want)
		}
	}
}

// FuzzRead: whatever comes, reading it ends and stays within bounds.
func FuzzRead(f *testing.F) {
	f.Add(dsn("bounces+7-0011223344556677@example.net", "failed", "5.1.1", "x"))
	f.Add(answer("Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n"))
	f.Fuzz(func(t *testing.T, mail string) {
		m, err := arf.ReadMail(strings.NewReader(mail))
		if err != nil {
			return
		}
		r := notice.Reader{Keys: keys(t), Return: "bounces@example.net", Domain: "example.net", AuthServ: "mx.example.net"}
		if got := r.Read(m); len(got.Text) > 17<<10 || len(got.Says) > 2000 || got.Kind == "" {
			t.Errorf("%+v", got)
		}
	})
}
