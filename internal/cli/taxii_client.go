package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pahra/internal/source/taxii"
	"pahra/wire/stix"
)

const taxiiPollLong = `Take what is new in a collection of a partner's TAXII 2.1 server, as JSON, one object a line.

--url is the address of the server's discovery or of an API root, --collection the collection's id or alias. --resume names a file that
keeps how far it came: the next poll goes on from there. With -o as well, nothing is lost and nothing is there twice, whenever the program
or the machine dies; on standard output a page may come twice then. A server that asks to wait is waited for.

Exit status: 0 done, 2 wrong use, 3 the server cannot be asked, or pages in a way that leads nowhere.`

// taxiiPoll are the flags as typed.
type taxiiPoll struct {
	remote             remote
	collection, resume string
	output             string
	limit              int
}

func newTaxiiPoll() *cobra.Command {
	p := new(taxiiPoll)
	cmd := &cobra.Command{
		Use:     "poll --url U --collection C",
		Short:   "Take what is new in a collection of a partner's server",
		Long:    taxiiPollLong,
		Example: "  pahra taxii poll --url https://taxii.cert-nadia.example/taxii2/ --collection nadia --user atlantica --password-stdin --resume nadia.json -o nadia.jsonl < word",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	p.remote.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.collection, "collection", "", "`id` or alias of the collection")
	set.StringVar(&p.resume, "resume", "", "`file` that keeps how far it came")
	set.StringVarP(&p.output, "output", "o", "", "`file` to append to; default: standard output")
	set.IntVar(&p.limit, "limit", 500, "objects to ask for at once")
	return cmd
}

func (p *taxiiPoll) run(cmd *cobra.Command) error {
	if p.limit < 1 || p.limit > 10_000 {
		return usageError(fmt.Errorf("--limit is %d; 1 to 10000 are possible", p.limit))
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	client, to, err := findCollection(ctx, cmd, &p.remote, p.collection)
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	var from taxii.Resume
	begun := false
	if p.resume != "" {
		if from, begun, err = taxii.ReadResume(p.resume); err != nil {
			return err
		}
	}
	keep := func(r taxii.Resume) error {
		if p.resume == "" {
			return nil
		}
		return taxii.WriteResume(p.resume, r)
	}
	count := 0
	write := func(objects []json.RawMessage, now taxii.Resume) error {
		count += len(objects)
		if err := taxii.WriteLines(cmd.OutOrStdout(), objects); err != nil {
			return err
		}
		return keep(now)
	}
	if p.output != "" {
		out, err := taxii.OpenOutput(p.output, from.Octets, begun)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := keep(from); err != nil { // from here on the output is this poll's
			return err
		}
		write = func(objects []json.RawMessage, now taxii.Resume) (err error) {
			count += len(objects)
			if now.Octets, err = out.Append(objects); err != nil {
				return err
			}
			return keep(now)
		}
	}
	poller := &taxii.Poller{Client: client, Collection: to, Limit: p.limit}
	if err := poller.Poll(ctx, from, write); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d objects\n", count)
	return nil
}

// findCollection makes a client of the flags and finds the collection.
func findCollection(ctx context.Context, cmd *cobra.Command, r *remote, name string) (*taxii.Client, *taxii.Collection, error) {
	if name == "" {
		return nil, nil, usageError(errors.New("--collection names the collection"))
	}
	as, authorization, err := r.client(cmd.InOrStdin())
	if err != nil {
		return nil, nil, err
	}
	talk := cmd.ErrOrStderr()
	client := &taxii.Client{HTTP: as, Authorization: authorization, Told: func(what string) { fmt.Fprintf(talk, "pahra: %s\n", harmless(what)) }}
	to, err := client.Find(ctx, r.url, name)
	if err != nil {
		as.CloseIdleConnections()
		return nil, nil, err
	}
	return client, to, nil
}

const taxiiPushLong = `Put objects of STIX into a collection of a partner's TAXII 2.1 server. FILE is a bundle, an envelope, or objects one after the other; "-" is
standard input. Each post is followed until the server has dealt with it, and what it did not take is told.

--resume names a file that keeps how many objects of the input the server has dealt with: with it a push that died goes on there, with the
same input.

Exit status: 0 done, 1 done, and the server did not take some, 2 wrong use, 3 the server or the input cannot be used.`

// taxiiPush are the flags as typed.
type taxiiPush struct {
	remote             remote
	collection, resume string
	json               bool
}

func newTaxiiPush() *cobra.Command {
	p := new(taxiiPush)
	cmd := &cobra.Command{
		Use:     "push FILE|- --url U --collection C",
		Short:   "Put objects into a collection of a partner's server",
		Long:    taxiiPushLong,
		Example: "  pahra taxii push bundle.json --url https://taxii.cert-nadia.example/taxii2/ --collection inbox --cert ours.pem --cert-key ours.key",
		Args:    oneArg("the file with objects"),
		RunE:    func(cmd *cobra.Command, args []string) error { return p.run(cmd, args[0]) },
	}
	p.remote.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.collection, "collection", "", "`id` or alias of the collection")
	set.StringVar(&p.resume, "resume", "", "`file` that keeps how far it came")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

func (p *taxiiPush) run(cmd *cobra.Command, path string) error {
	if path == "-" && (p.remote.password || p.remote.token) {
		return usageError(errors.New("standard input cannot be both the objects and the password"))
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	client, to, err := findCollection(ctx, cmd, &p.remote, p.collection)
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	at := taxii.Resume{Of: to.Address()}
	if p.resume != "" {
		from, begun, err := taxii.ReadResume(p.resume)
		if err != nil {
			return err
		}
		if begun && from.Of != at.Of {
			return fmt.Errorf("%s: %w", p.resume, taxii.ErrOther)
		}
		at.Pushed = from.Pushed
	}
	in, err := openEvents(path, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	before, so := at.Pushed, taxii.Outcome{Failures: []taxii.Failure{}}
	err = taxii.Push(ctx, client, to, objectsBehind(in, before), func(o taxii.Outcome) error {
		so = o
		if at.Pushed = before + o.Pushed; p.resume == "" {
			return nil
		}
		return taxii.WriteResume(p.resume, at)
	})
	if err := errors.Join(err, printPush(cmd.OutOrStdout(), so, p.json)); err != nil {
		return err
	}
	if so.Failed > 0 {
		return found()
	}
	return nil
}

// objectsBehind reads objects, but for the first few.
func objectsBehind(in io.Reader, skip int64) func() (json.RawMessage, error) {
	r := stix.NewReader(in)
	return func() (json.RawMessage, error) {
		for {
			if _, err := r.Next(); err != nil {
				return nil, err
			}
			if skip--; skip < 0 {
				return append(json.RawMessage(nil), r.Text()...), nil
			}
		}
	}
}

func printPush(out io.Writer, so taxii.Outcome, asJSON bool) error {
	if asJSON {
		return printJSON(out, so)
	}
	for _, f := range so.Failures {
		fmt.Fprintf(out, "not taken: %s %s: %s\n", harmless(f.ID), harmless(f.Version), harmless(f.Message))
	}
	fmt.Fprintf(out, "%d objects pushed, %d not taken\n", so.Pushed, so.Failed)
	return nil
}
