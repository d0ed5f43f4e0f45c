package parties

import (
	"context"
	"fmt"
	"strings"

	"pahra/internal/desk/party"
	"pahra/internal/source/rdap"
	"pahra/internal/source/securitytxt"
)

// Askers give who asks over the network for contacts: a registry by RDAP, sites for their security.txt. Nil is not asked.
func Askers(registry *rdap.Client, sites *securitytxt.Client) map[party.Place]party.Asker {
	list := map[party.Place]party.Asker{}
	if registry != nil {
		list[party.FromRDAP] = asksRegistry{registry}
	}
	if sites != nil {
		list[party.FromSecurityTxt] = asksSite{sites}
	}
	return list
}

type asksRegistry struct{ client *rdap.Client }

// Ask asks for the address, else for the network, else for the domain.
func (a asksRegistry) Ask(ctx context.Context, f *party.Facts) (address, source, none string) {
	var got rdap.Abuse
	var err error
	what := ""
	switch {
	case f.Addr.IsValid():
		what = f.Addr.String()
		got, err = a.client.AbuseOfAddress(ctx, f.Addr)
	case f.ASN != 0:
		what = "AS" + f.ASN.String()
		got, err = a.client.AbuseOfNetwork(ctx, f.ASN)
	case f.Name != "":
		what = f.Name
		got, err = a.client.AbuseOfDomain(ctx, f.Name)
	default:
		return "", "", "there is nothing to ask about"
	}
	switch {
	case err != nil:
		return "", "", err.Error()
	case got.Mail == "":
		return "", "", "the registry names nobody for " + what
	}
	if got.Registrar != "" {
		what += ", registrar " + got.Registrar
	}
	return got.Mail, fmt.Sprintf("%s, role abuse of %s", got.Source, what), ""
}

type asksSite struct{ client *securitytxt.Client }

// Ask asks the site that an event is about.
func (a asksSite) Ask(ctx context.Context, f *party.Facts) (address, source, none string) {
	if f.Name == "" {
		return "", "", "the event is about no site"
	}
	file, err := a.client.Fetch(ctx, f.Name)
	if err != nil {
		return "", "", err.Error()
	}
	for _, c := range file.Contact {
		if mail, is := strings.CutPrefix(c, "mailto:"); is {
			mail, _, _ = strings.Cut(mail, "?")
			return strings.ToLower(mail), "security.txt of " + f.Name, ""
		}
	}
	return "", "", "it names no mail address"
}
