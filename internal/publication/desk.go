package publication

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"pahra/internal/account"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Records keeps records. Every method may be called from several goroutines.
type Records interface {
	// PublicationRecord gives the record of a network in an incident and its revision, 0 for one that was never saved.
	PublicationRecord(ctx context.Context, incident string, asn values.ASN) (Record, int, error)
	// SavePublicationRecord keeps a record whose revision was was, together with the override that its last step made,
	// if any. It fails with ErrConflict where the revision is another one.
	SavePublicationRecord(ctx context.Context, r Record, was int, made *Override) error
	// PublicationOverrides gives every override, by incident and network.
	PublicationOverrides(ctx context.Context) ([]Override, error)
}

// ErrConflict says that somebody else changed the record in between.
var ErrConflict = errors.New("somebody changed it in the meantime")

// Incidents gives incidents by their id.
type Incidents interface {
	IncidentByID(ctx context.Context, id string) (watch.Incident, error)
}

// Overrides takes what is signed to where runs read it: it is durable once Put returns. Putting the same again is no
// error.
type Overrides interface {
	Put(ctx context.Context, o Override) error
}

// Auditor writes down administrative acts.
type Auditor interface {
	Audit(ctx context.Context, e account.Entry) error
}

// Desk changes records. Every field is needed.
type Desk struct {
	Records   Records
	Incidents Incidents
	Overrides Overrides
	Audit     Auditor
	Key       ed25519.PrivateKey // signs overrides
	Now       func() time.Time
}

// Act is what somebody does to a record.
type Act struct {
	Incident string
	ASN      values.ASN
	Action   Action
	Reason   string
	Evidence string
}

// Do does what a viewer asks for, if they may.
func (d *Desk) Do(ctx context.Context, v account.Viewer, a Act) (Record, error) {
	return d.do(ctx, a, ActorOf(v, a.ASN), v.Account)
}

// Notified writes down that the service told a network's holder of an incident, and how.
func (d *Desk) Notified(ctx context.Context, incident string, asn values.ASN, how string) (Record, error) {
	return d.do(ctx, Act{Incident: incident, ASN: asn, Action: Notify, Reason: how}, System, "")
}

func (d *Desk) do(ctx context.Context, a Act, by Actor, who string) (Record, error) {
	r, revision, err := d.Records.PublicationRecord(ctx, a.Incident, a.ASN)
	if err != nil {
		return r, err
	}
	if revision == 0 {
		inc, err := d.Incidents.IncidentByID(ctx, a.Incident)
		if err != nil {
			return r, err
		}
		if !Accused(&inc, a.ASN) {
			return r, fmt.Errorf("AS%d is not accused in incident %s", a.ASN, a.Incident)
		}
		r = Record{Incident: inc.ID, ASN: a.ASN, Kind: inc.Kind, State: Open}
	}
	now := d.Now()
	if err := r.Do(Step{Action: a.Action, By: by, Account: who, Reason: a.Reason, Evidence: a.Evidence}, now); err != nil {
		return r, err
	}
	var made *Override
	if r.State.TakenBack() && r.Override == "" {
		if made, err = d.override(&r, a.Reason, now); err != nil {
			return r, err
		}
	}
	if err := d.Records.SavePublicationRecord(ctx, r, revision, made); err != nil {
		return r, err
	}
	if made != nil {
		if err := d.Overrides.Put(ctx, *made); err != nil {
			return r, err
		}
	}
	if by != Decider {
		return r, nil
	}
	return r, d.Audit.Audit(ctx, account.Entry{
		Actor: who, Act: "publication." + string(a.Action), Subject: fmt.Sprintf("%s AS%d", r.Incident, r.ASN), Detail: a.Reason,
	})
}

// override signs what takes the record back.
func (d *Desk) override(r *Record, reason string, now time.Time) (*Override, error) {
	o, err := Override{ASN: r.ASN, Decided: now, Ground: r.State, Incident: r.Incident, Kind: r.Kind, Reason: reason}.Sign(d.Key)
	if err != nil {
		return nil, err
	}
	r.Override, err = o.Hash()
	return &o, err
}

// Republish puts every override once more, for the start of the service: one could have been decided right before the
// program was stopped, or the folder of data be a new one.
func (d *Desk) Republish(ctx context.Context) error {
	list, err := d.Records.PublicationOverrides(ctx)
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := d.Overrides.Put(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Accused says whether a network can lose by an incident: it announced it, or let it pass.
func Accused(inc *watch.Incident, asn values.ASN) bool {
	return asn == inc.ASN || slices.ContainsFunc(inc.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn })
}
