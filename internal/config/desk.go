package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"pahra/internal/deliver/mail"
	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/health"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/service/mailroom"
	"pahra/internal/service/notices"
	"pahra/internal/source/imap"
	"pahra/internal/source/inbox"
	"pahra/internal/source/maildir"
	"pahra/internal/source/taxii"
	"pahra/internal/spool"
	"pahra/wire/values"
)

// Desk says how reports of security incidents come in.
type Desk struct {
	// Tenant is the team whose cases reports become.
	Tenant string `yaml:"tenant"`
	// Schema is the file with Shadowserver's schema; empty: the newest that was pulled into State/data.
	Schema string `yaml:"schema"`
	// Key is the file with the key (age) that reports are encrypted with where they lie; empty: one is made in State/desk.
	Key string `yaml:"key"`
	// MostReport and MostWaiting are octets: of one report, and of reports that wait to be read.
	MostReport  int64 `yaml:"most_report"`
	MostWaiting int64 `yaml:"most_waiting"`
	// TableAge is how long after it was written a table of prefixes says who an address was with.
	TableAge time.Duration `yaml:"table_age"`
	// LaterTables lets tables of prefixes from after an event say who its address was with; what they touch is marked.
	LaterTables bool `yaml:"later_tables"`
	// Deadlines is a file with deadlines beside those that are built in.
	Deadlines string `yaml:"deadlines"`
	// Recovery says how many days of reports without a case show that it has recovered.
	Recovery cases.Measuring `yaml:"recovery"`
	// Rota is a file that says who is on duty when, and what they are called for by mail, as alerts.mail sends; empty: nobody is.
	Rota string `yaml:"rota"`
	// Notices tell networks by mail, as alerts.mail sends; while from is empty nobody is told. Signing is what they are signed with.
	Notices notices.Settings `yaml:"notices"`
	Signing mail.Signing     `yaml:"signing"`
	// Law is the legal profile by which data is erased when its time is over: cert-in, eu or a file; empty: nothing is by itself.
	Law string `yaml:"law"`
	// Smallest is the smallest figure that statistics show.
	Smallest int64 `yaml:"smallest"`
	// Maildir is where mail to the desk is delivered: reports of sources that have a rule for it, and what comes back to notices.
	Maildir *maildir.Config `yaml:"maildir"`
	// IMAP is a mailbox that the same mail may come by.
	IMAP *imap.Config `yaml:"imap"`
	// Form lets everybody report over a page and its API, without an account.
	Form DeskForm `yaml:"form"`
	// Sources are who reports come from, by name.
	Sources map[string]DeskSource `yaml:"sources"`
}

// DeskForm is the form for everybody.
type DeskForm struct {
	Open   bool   `yaml:"open"`
	Offset string `yaml:"offset"` // of the times that are entered, unless another is chosen: "+05:30"
}

// DeskSource is one of those that reports come from.
type DeskSource struct {
	Format  string        `yaml:"format"`  // see pahra desk parse
	Mapping string        `yaml:"mapping"` // file that says where the columns of a CSV go
	TLP     string        `yaml:"tlp"`     // of events that have none
	Licence string        `yaml:"licence"` // terms under which the reports are given
	Folder  *inbox.Config `yaml:"folder"`  // where they are put
	TAXII   *taxii.Config `yaml:"taxii"`   // a collection at a partner's server that is polled
	// Partner is the team of a partner: what it posts to its TAXII inbox is a report of this source.
	Partner string `yaml:"partner"`
	// Mail says which mails bring them.
	Mail *mailroom.Rule `yaml:"mail"`
	// Accounts are names of those that may send reports of it, beside analysts.
	Accounts []string `yaml:"accounts"`
	// Secrets says that its reports hold passwords or tokens: they are not taken in while there is no key to encrypt them with.
	Secrets bool `yaml:"secrets"`
}

// Tells says whether networks are told by mail.
func (d *Desk) Tells() bool { return d.Notices.From != (notice.Sender{}) }

func (d *Desk) check() error {
	var errs []error
	if d.Tenant == "" {
		errs = append(errs, errors.New("tenant: a name is needed"))
	}
	if d.MostReport <= 0 || d.MostWaiting <= 0 {
		errs = append(errs, errors.New("most_report, most_waiting: numbers of octets are needed"))
	}
	if err := d.Signing.Check(); err != nil {
		errs = append(errs, fmt.Errorf("signing: %w", err))
	}
	if _, err := time.Parse("Z07:00", d.Form.Offset); err != nil {
		errs = append(errs, fmt.Errorf("form.offset: %q is no offset such as +05:30", d.Form.Offset))
	}
	if d.Tells() {
		if err := d.Notices.Check(); err != nil {
			errs = append(errs, fmt.Errorf("notices: %w", err))
		}
	}
	if d.Maildir != nil {
		if err := d.Maildir.Check(); err != nil {
			errs = append(errs, fmt.Errorf("maildir: %w", err))
		}
	}
	if d.IMAP != nil {
		if err := d.IMAP.Check(); err != nil {
			errs = append(errs, fmt.Errorf("imap: %w", err))
		}
	}
	if d.TableAge <= 0 {
		errs = append(errs, errors.New("table_age: it is not above 0"))
	}
	if tables, err := class.Load(); err != nil {
		errs = append(errs, err)
	} else if err := d.Recovery.Check(tables); err != nil {
		errs = append(errs, fmt.Errorf("recovery: %w", err))
	}
	if d.Smallest < health.Smallest {
		errs = append(errs, fmt.Errorf("smallest: %d tells of single hosts; at least %d", d.Smallest, health.Smallest))
	}
	for name, s := range d.Sources {
		if s.Secrets && d.Key == "" {
			errs = append(errs, fmt.Errorf("sources: %s: its reports hold secrets, and desk.key names no key to encrypt them with", name))
		}
		if err := errors.Join(spool.CheckSource(name), s.check()); err != nil {
			errs = append(errs, fmt.Errorf("sources: %s: %w", name, err))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func (s *DeskSource) check() error {
	if !intake.Known(s.Format) {
		return fmt.Errorf("format: %w", oneOf(s.Format, intake.Formats()...))
	}
	if s.Format != "csv" && s.Mapping != "" {
		return errors.New("mapping: it belongs to format csv")
	}
	if s.TLP != "" {
		if _, err := values.ParseTLP(s.TLP); err != nil {
			return fmt.Errorf("tlp: %w", err)
		}
	}
	if s.Mail != nil {
		if err := s.Mail.Check(); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	}
	if s.TAXII != nil {
		if err := s.TAXII.Check(); err != nil {
			return fmt.Errorf("taxii: %w", err)
		}
		if s.Format != "stix" {
			return errors.New("taxii: it brings reports of format stix")
		}
	}
	if s.Partner != "" && s.Format != "stix" {
		return errors.New("partner: its inbox brings reports of format stix")
	}
	if s.Folder == nil {
		return nil
	}
	if err := s.Folder.Check(); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	return nil
}
