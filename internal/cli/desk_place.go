package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/source/resolver"
	"pahra/internal/store"
)

// deskPlace says what to tell by who is responsible.
type deskPlace struct {
	storePlace
	tenant, data         string
	constituents         string
	documents            map[string]*string // files, by kind
	later, resolve, bare bool               // bare: without the store
}

func (p *deskPlace) flags(cmd *cobra.Command) {
	p.storePlace.flags(cmd)
	cmd.Flags().StringVar(&p.tenant, "tenant", store.National, "`team` whose desk it is")
}

// known are the flags for what is known beside the store.
func (p *deskPlace) known(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&p.data, "data", "", "data `folder`: who announced and holds which addresses")
	set.BoolVar(&p.later, "later", false, "let data of another time stand in where there is none of the event's")
	set.BoolVar(&p.resolve, "resolve", false, "ask the name servers of this machine for addresses of names")
}

// files are the flags for tables and rules from files, in place of those of the store.
func (p *deskPlace) files(cmd *cobra.Command) {
	p.known(cmd)
	set := cmd.Flags()
	set.StringVar(&p.constituents, "constituents", "", "`file` with the constituents, in place of those of the store")
	p.documents = map[string]*string{
		parties.Policy:   set.String("rules", "", "`file` with the policy: rules, and who else is told"),
		parties.Contacts: set.String("contacts", "", "`file` with contacts kept by hand"),
		parties.CERTs:    set.String("certs", "", "`file` with national CERTs"),
	}
}

// options reads what the flags name.
func (p *deskPlace) options(talk io.Writer) (parties.Options, error) {
	opt := parties.Options{Data: p.data, Later: p.later, Now: time.Now, Say: func(format string, args ...any) {
		fmt.Fprintln(talk, "pahra: "+harmless(fmt.Sprintf(format, args...)))
	}}
	if p.resolve {
		opt.Resolver = resolver.New(resolver.Config{}, net.DefaultResolver.LookupNetIP, time.Now)
	}
	if p.constituents != "" {
		list, err := readConstituents(p.constituents)
		if err != nil {
			return opt, err
		}
		opt.Constituents = list
	}
	for kind, file := range p.documents {
		if *file == "" {
			continue
		}
		text, err := readDocument(kind, *file)
		if err != nil {
			return opt, err
		}
		if opt.Documents == nil {
			opt.Documents = map[string][]byte{}
		}
		opt.Documents[kind] = text
	}
	return opt, nil
}

// reading runs do with the desks that the flags describe, and their store, if they name one: beside a service that has it open.
func (p *deskPlace) reading(cmd *cobra.Command, do func(context.Context, *parties.Desks, *store.Store) error) error {
	return p.with(cmd, do, store.ReadOnly())
}

// with runs do with the desks that the flags describe, and their store, if they name one.
func (p *deskPlace) with(cmd *cobra.Command, do func(context.Context, *parties.Desks, *store.Store) error, opts ...store.Option) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	opt, err := p.options(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if p.state == "" && p.url == "" && p.bare {
		d, err := parties.Open(ctx, opt)
		if err != nil {
			return err
		}
		return do(ctx, d, nil)
	}
	url, err := p.address()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, url, opts...)
	if err != nil {
		return err
	}
	opt.Store = s
	d, err := parties.Open(ctx, opt)
	if err == nil {
		err = do(ctx, d, s)
	}
	return errors.Join(err, s.Close())
}

// readConstituents reads a table of constituents; "-" is not one, for it is read twice.
func readConstituents(name string) ([]party.Constituent, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := party.ReadConstituents(f)
	if err != nil {
		return nil, inFile(name, err)
	}
	if list == nil {
		list = []party.Constituent{}
	}
	return list, nil
}

// readDocument reads a document and says what is wrong with it.
func readDocument(kind, name string) ([]byte, error) {
	text, err := reports.ReadSmall(name)
	if err != nil {
		return nil, err
	}
	if err := parties.Check(kind, text); err != nil {
		return nil, inFile(name, err)
	}
	return text, nil
}

// inFile says of each line of an error which file it is about.
func inFile(name string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = harmless(name + ": " + lines[i])
	}
	return errors.New(strings.Join(lines, "\n"))
}
