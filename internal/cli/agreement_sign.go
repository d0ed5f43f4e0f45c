package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/exchange/agreement"
	"pahra/internal/openpgp"
	"pahra/internal/service/agreements"
)

const agreementSignLong = `Sign an agreement with an OpenPGP key. The signature, detached, is written to A.<team>.asc beside the agreement A, where <team> is the
party whose key it is; a key that the document does not name is refused.

What is signed is the document's data in canonical JSON (RFC 8785), not the file: comments, the order of keys and how a text is quoted
may change. --show writes those bytes to standard output and signs nothing, for those who sign with other tools:

  pahra agreement sign A --show | gpg --armor --detach-sign --local-user KEY > A.<team>.asc

Exit status: 0 done, 2 wrong use, 3 the agreement or the key cannot be used.`

// agreementSign are the flags as typed.
type agreementSign struct {
	key, passphrase string
	show, json      bool
}

func newAgreementSign() *cobra.Command {
	p := new(agreementSign)
	cmd := &cobra.Command{
		Use:     "sign A --key F",
		Short:   "Sign an agreement",
		Long:    agreementSignLong,
		Example: "  pahra agreement sign nadia-atlantica.yaml --key cert-nadia.key --passphrase-file word",
		Args:    oneArg("the agreement"),
		RunE:    func(cmd *cobra.Command, args []string) error { return p.run(cmd.OutOrStdout(), args[0]) },
	}
	set := cmd.Flags()
	set.StringVar(&p.key, "key", "", "`file` of the private key, armoured")
	set.StringVar(&p.passphrase, "passphrase-file", "", "`file` with the key's passphrase")
	set.BoolVar(&p.show, "show", false, "write what is signed, and sign nothing")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

func (p *agreementSign) run(out io.Writer, path string) error {
	if (p.key == "") != p.show {
		return usageError(fmt.Errorf("--key names the key to sign with; --show signs nothing"))
	}
	a, err := agreements.Read(path)
	if err != nil {
		return err
	}
	if p.show {
		_, err := out.Write(a.SignedBytes())
		return err
	}
	key, err := openpgp.ReadPrivate(p.key, p.passphrase)
	if err != nil {
		return err
	}
	s, err := agreements.Sign(path, a, key)
	if err != nil {
		return err
	}
	if p.json {
		return printJSON(out, map[string]any{"team": s.Team, "file": s.File, "fingerprint": s.Fingerprint, "sha256": signedHash(a)})
	}
	fmt.Fprintf(out, "%s signed %s, version %d (SHA-256 of the signed bytes %s)\nby key %s\ninto %s\n", s.Team, a.ID, a.Version, signedHash(a), s.Fingerprint, harmless(s.File))
	return nil
}

func signedHash(a *agreement.Agreement) string {
	sum := sha256.Sum256(a.SignedBytes())
	return hex.EncodeToString(sum[:])
}

const agreementVerifyLong = `Tell who signed an agreement, and whether it is in force: signed by both parties, and inside its dates.

A signature counts if one of the keys made it that the document names of that party. Whose a key is the document cannot prove: compare
fingerprints over another channel, and give those you know with --pin TEAM=FINGERPRINT. --notice is when a party gave notice to end it.

Exit status: 0 in force, 1 not in force, 2 wrong use, 3 the agreement cannot be read.`

// agreementVerify are the flags as typed.
type agreementVerify struct {
	at, notice string
	pins       []string
	json       bool
}

// verifyResult is what verify says with --json.
type verifyResult struct {
	Agreement  string                 `json:"agreement"`
	Version    int                    `json:"version"`
	SHA256     string                 `json:"sha256"` // of the signed bytes
	At         time.Time              `json:"at"`
	Start      time.Time              `json:"start"`
	End        time.Time              `json:"end"`
	Signatures []agreements.Signature `json:"signatures"`
	InForce    bool                   `json:"in_force"`
	Reason     string                 `json:"reason"` // why it is not
}

func newAgreementVerify() *cobra.Command {
	p := new(agreementVerify)
	cmd := &cobra.Command{
		Use:     "verify A",
		Short:   "Tell who signed an agreement and whether it is in force",
		Long:    agreementVerifyLong,
		Example: "  pahra agreement verify nadia-atlantica.yaml --pin cert-atlantica=91D1EFF672A4EEE3B336ED43A15A458FE05C30FC",
		Args:    oneArg("the agreement"),
		RunE:    func(cmd *cobra.Command, args []string) error { return p.run(cmd.OutOrStdout(), args[0]) },
	}
	set := cmd.Flags()
	set.StringVar(&p.at, "at", "", "`time` to look at, RFC 3339; default now")
	set.StringVar(&p.notice, "notice", "", "`time` at which a party gave notice")
	set.StringArrayVar(&p.pins, "pin", nil, "`TEAM=FINGERPRINT` that is known of a party; may be given again")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

func (p *agreementVerify) run(out io.Writer, path string) error {
	r := verifyResult{At: time.Now().UTC().Truncate(time.Second)}
	notice, pins := time.Time{}, map[string]string{}
	var err error
	if p.at != "" {
		if r.At, err = agreementTime("at", p.at); err != nil {
			return err
		}
	}
	if p.notice != "" {
		if notice, err = agreementTime("notice", p.notice); err != nil {
			return err
		}
	}
	for _, pin := range p.pins {
		team, f, is := strings.Cut(pin, "=")
		if !is {
			return usageError(fmt.Errorf("--pin %q is not TEAM=FINGERPRINT", pin))
		}
		pins[team] = strings.ToUpper(strings.ReplaceAll(f, " ", ""))
	}
	a, err := agreements.Read(path)
	if err != nil {
		return err
	}
	for team := range pins {
		if _, party := a.Party(team); !party {
			return usageError(fmt.Errorf("--pin: %q is no party of %s", team, a.ID))
		}
	}
	r.fill(a, agreements.Verify(path, a, pins, r.At), notice)
	if err := r.print(out, p.json); err != nil {
		return err
	}
	if !r.InForce {
		return found()
	}
	return nil
}

func (r *verifyResult) fill(a *agreement.Agreement, signatures []agreements.Signature, notice time.Time) {
	r.Agreement, r.Version, r.SHA256, r.Signatures = a.ID, a.Version, signedHash(a), signatures
	r.Start, r.End = a.Term.Bounds(notice)
	r.InForce, r.Reason = a.InForce(r.At, agreements.Standing(signatures, notice))
}

func (r *verifyResult) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	fmt.Fprintf(out, "%s, version %d, from %s until before %s\nSHA-256 of the signed bytes: %s\n", r.Agreement, r.Version, r.Start.Format(time.RFC3339), r.End.Format(time.RFC3339), r.SHA256)
	for _, s := range r.Signatures {
		switch {
		case !s.Good:
			fmt.Fprintf(out, "%s: no good signature in %s: %s\n", s.Team, harmless(s.File), harmless(s.Problem))
		default:
			fmt.Fprintf(out, "%s: signed on %s by %s\n", s.Team, s.Made.Format(time.RFC3339), s.Fingerprint)
		}
	}
	if r.InForce {
		fmt.Fprintf(out, "in force on %s\n", r.At.Format(time.RFC3339))
		return nil
	}
	fmt.Fprintf(out, "not in force on %s: %s\n", r.At.Format(time.RFC3339), r.Reason)
	return nil
}
