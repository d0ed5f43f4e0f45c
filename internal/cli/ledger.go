package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"pahra/internal/ledger"
	"pahra/internal/service/reports"
	"pahra/internal/source/durable"
)

const ledgerLong = `The ledger of what left: one append-only log for each direction of an agreement, which partners and auditors can verify.

Each answer that a partner got is an entry, on disk before its last byte was sent. docs/ledger.md says what an entry holds, what it
proves and what not.`

func newLedger() *cobra.Command {
	return family(&cobra.Command{
		Use:   "ledger",
		Short: "The ledger of what left: verify it, check its files",
		Long:  ledgerLong,
	}, newLedgerVerify(), newLedgerFsck())
}

const ledgerVerifyLong = `Verify ledgers from outside: the newest checkpoint is signed by the log's key, the log only grew since it was last verified, and every
new entry is in its tree. DIR is the folder of a ledger, or one with several below it; with --url it is read from the partner that keeps
it, whose user you are.

--state names a file that remembers the key, size and root that were seen: what was seen once can then not be taken back or changed
without being found. Without it the key is taken as the log gives it, unless --key names the one you know.

Exit status: 0 all is well, 1 something is not, 2 wrong use, 3 a ledger cannot be read.`

// ledgerVerify are the flags as typed.
type ledgerVerify struct {
	remote     remote
	key, state string
	json       bool
}

func newLedgerVerify() *cobra.Command {
	p := new(ledgerVerify)
	cmd := &cobra.Command{
		Use:   "verify (DIR | --url U)",
		Short: "Verify that a ledger is signed, whole and only grew",
		Long:  ledgerVerifyLong,
		Example: "  pahra ledger verify /var/lib/pahra/ledger\n" +
			"  pahra ledger verify --url https://taxii.cert-nadia.example/ledger/91a7b528-80eb-42ed-a74d-c6fbd5a26116 --user atlantica --password-stdin --state nadia.json < word",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args) },
	}
	p.remote.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.key, "key", "", "the log's public `key`, where you know it")
	set.StringVar(&p.state, "state", "", "`file` that remembers what was seen")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

// namedSource is a ledger to verify.
type namedSource struct {
	name string
	ledger.Source
}

func (p *ledgerVerify) run(cmd *cobra.Command, args []string) error {
	if (p.remote.url == "") == (len(args) == 0) {
		return usageError(errors.New("either a folder or --url names the ledger"))
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	var list []namedSource
	if p.remote.url != "" {
		client, authorization, err := p.remote.client(cmd.InOrStdin())
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		list = append(list, namedSource{p.remote.url, &ledger.Remote{Client: client, URL: p.remote.url, Authorization: authorization}})
	} else {
		logs, err := p.folders(args[0])
		if err != nil {
			return err
		}
		for i := range logs {
			defer logs[i].Close()
			list = append(list, namedSource{logs[i].Dir, logs[i]})
		}
	}
	return p.all(ctx, cmd.OutOrStdout(), list)
}

// folders opens the ledgers in a folder.
func (p *ledgerVerify) folders(dir string) (logs []*ledger.Log, err error) {
	dirs, err := ledger.Find(dir)
	if err == nil && len(dirs) == 0 {
		err = fmt.Errorf("%s: there is no ledger", dir)
	}
	if err == nil && len(dirs) > 1 && (p.state != "" || p.key != "") {
		err = usageError(fmt.Errorf("%s holds %d ledgers; --state and --key are of one", dir, len(dirs)))
	}
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		l, err := ledger.OpenToRead(dir)
		if err != nil {
			return nil, errors.Join(err, closeAll(logs))
		}
		logs = append(logs, l)
	}
	return logs, nil
}

func closeAll(logs []*ledger.Log) error {
	var err error
	for _, l := range logs {
		err = errors.Join(err, l.Close())
	}
	return err
}

// ledgerVerdict is what verify says of one ledger with --json.
type ledgerVerdict struct {
	Ledger string `json:"ledger"`
	*ledger.Verdict
	Key string `json:"key"`
}

func (p *ledgerVerify) all(ctx context.Context, out io.Writer, list []namedSource) error {
	seen, err := readSeen(p.state)
	if err != nil {
		return err
	}
	if p.key != "" {
		if seen.Key != "" && seen.Key != p.key {
			return usageError(fmt.Errorf("--key is not the one that %s remembers", p.state))
		}
		seen.Key = p.key
	}
	verdicts, bad := []ledgerVerdict{}, false
	for _, one := range list {
		v, now, err := ledger.Verify(ctx, one, seen, isLeaf)
		if err != nil {
			return err
		}
		bad = bad || len(v.Faults) > 0
		verdicts = append(verdicts, ledgerVerdict{one.name, v, now.Key})
		if p.state != "" && len(v.Faults) == 0 {
			if err := writeSeen(p.state, now); err != nil {
				return err
			}
		}
	}
	if err := printVerdicts(out, verdicts, p.json); err != nil {
		return err
	}
	if bad {
		return found()
	}
	return nil
}

func isLeaf(entry []byte) error {
	_, err := ledger.ParseLeaf(entry)
	return err
}

func printVerdicts(out io.Writer, verdicts []ledgerVerdict, asJSON bool) error {
	if asJSON {
		return printJSON(out, verdicts)
	}
	for _, v := range verdicts {
		for _, f := range v.Faults {
			fmt.Fprintf(out, "%s: %s\n", harmless(v.Ledger), harmless(f.String()))
		}
		if len(v.Faults) == 0 {
			fmt.Fprintf(out, "%s: %s has %d entries, %d of them new, root %s\nsigned by %s\n", harmless(v.Ledger), harmless(v.Origin), v.Size, v.Entries, v.Root, harmless(v.Key))
		}
	}
	return nil
}

// readSeen reads what was seen of a ledger; a file that is not there has seen nothing.
func readSeen(path string) (seen ledger.Seen, err error) {
	if path == "" {
		return seen, nil
	}
	text, err := reports.ReadSmall(path)
	if errors.Is(err, os.ErrNotExist) {
		return seen, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &seen)
	}
	if err != nil {
		return seen, fmt.Errorf("reading %s: %w", path, err)
	}
	return seen, nil
}

func writeSeen(path string, seen ledger.Seen) error {
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(f).Encode(seen); err != nil {
		f.Abandon()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Commit()
}
