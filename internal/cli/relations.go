package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"pahra/internal/registry/infer"
	"pahra/internal/service"
	"pahra/wire/compressed"
	"pahra/wire/values"
)

const relationsLong = `Tell from the paths in MRT files who buys transit of whom and who are peers, with a confidence for each pair.

Each FILE is a table or updates of a route collector or a router; "-", or no FILE at all, is standard input.
Compression is recognised by content. Tables of many peers give most; updates add paths that were used for a while,
and what went wrong in that while. docs/relations.md describes the method (after AS-Rank), its figures and its limits.

Formats:
  as-rel   CAIDA's serial-1: provider|customer|-1 and peer|peer|0. As relations/YYYYMMDD.as-rel.txt in a folder of
           data it serves "pahra observe", the day being that of the tables
  as-rel2  CAIDA's serial-2: the same with the source "pahra" behind
  json     everything, with the confidence and what it rests on

--against holds the result against another's relations (serial-1 or -2) and prints how far they agree, in place of
the relations unless -o gives those a file.

Exit status: 0 done, 2 wrong use, 3 a file could not be read to its end or holds no path; nothing is written then.`

const relationsExample = `  pahra relations rib.20260501.0000.bz2 -o data/relations/20260501.as-rel.txt
  pahra relations rrc*/bview.20260501.0000.gz --format json | jq '.edges[] | select(.confidence < 0.5)'
  pahra relations rib.20080224.1800.bz2 --against 20080101.as-rel.txt.gz
  pahra relations rib.bz2 --min-confidence 0.8 --format as-rel2 -o sure.as-rel2.txt`

// relationsFlags are the flags as typed.
type relationsFlags struct {
	output, format, against string
	ixps, clique            []string
	confidence              float64
	repeats                 int
	asJSON                  bool
}

func newRelations() *cobra.Command {
	var f relationsFlags
	cmd := &cobra.Command{
		Use:                   "relations [FILE...]",
		Short:                 "Infer who buys transit of whom from MRT files",
		Long:                  relationsLong,
		Example:               relationsExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, files []string) error { return f.run(cmd, files) },
	}
	set := cmd.Flags()
	set.StringVarP(&f.output, "output", "o", "", "write the relations to this `file` instead of standard output")
	set.StringVar(&f.format, "format", "as-rel", "as-rel, as-rel2 or json")
	set.StringVar(&f.against, "against", "", "relations of another source to compare with, a `file`")
	set.Float64Var(&f.confidence, "min-confidence", 0, "leave out pairs of less confidence, from 0 to 1")
	set.StringSliceVar(&f.ixps, "ixp", nil, "`AS` numbers of exchanges' route servers, which are no hops of a path")
	set.StringSliceVar(&f.clique, "clique", nil, "`AS` numbers of the networks on top, instead of inferring them")
	set.IntVar(&f.repeats, "repeats", 4, "infer again from so many parts of the vantage points, for the confidence; 0 for none")
	set.BoolVar(&f.asJSON, "json", false, "print the counts and the comparison, and without them the relations, as JSON")
	return cmd
}

// relationsInput is a file that was read.
type relationsInput struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the octets as they lie there, compressed or not
	Bytes  int64  `json:"bytes"`
}

// relationsDoc is what "pahra relations" has to say.
type relationsDoc struct {
	Method     string           `json:"method"`
	Version    string           `json:"version"`
	Inputs     []relationsInput `json:"inputs"`
	Confidence float64          `json:"min_confidence"`
	Repeats    int              `json:"repeats"`
	IXPs       []values.ASN     `json:"ixps,omitempty"`
	Read       infer.ReadCount  `json:"read"`
	Stats      infer.Stats      `json:"stats"`
	Clique     []values.ASN     `json:"clique"`
	Sold       int              `json:"provider_customer"`
	Peers      int              `json:"peers"`
	Against    *relationsInput  `json:"against,omitempty"`
	Agreement  *agreementDoc    `json:"agreement,omitempty"`
	Edges      []infer.Edge     `json:"edges,omitempty"`
}

// agreementDoc adds the shares to the counts.
type agreementDoc struct {
	*infer.Agreement
	CoverOurs   float64 `json:"coverage_of_ours"`
	CoverTheirs float64 `json:"coverage_of_theirs"`
	SoldTheirs  float64 `json:"c2p_agreement_of_theirs"`
	SoldOurs    float64 `json:"c2p_agreement_of_ours"`
	PeersTheirs float64 `json:"p2p_agreement_of_theirs"`
	PeersOurs   float64 `json:"p2p_agreement_of_ours"`
}

func (f *relationsFlags) run(cmd *cobra.Command, files []string) error {
	opt, ixps, err := f.options()
	if err != nil {
		return usageError(err)
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	if err := notAnInput(f.output, append(slices.Clone(files), f.against), cmd.InOrStdin()); err != nil {
		return err
	}
	in := relationsReader{paths: infer.NewPaths(ixps, 0), stdin: cmd.InOrStdin(), talk: cmd.ErrOrStderr()}
	in.mrt = infer.NewReader(in.paths)
	doc := relationsDoc{Method: infer.Method, Version: service.Version(), Confidence: f.confidence, Repeats: f.repeats, IXPs: ixps}
	for _, name := range files {
		input, err := in.file(name, func(r io.Reader) error { return in.mrt.Read(r, in.problem(name)) })
		if err != nil {
			return &exitError{exitFail, err}
		}
		doc.Inputs = append(doc.Inputs, input)
	}
	var known *infer.Known
	if f.against != "" {
		input, err := in.file(f.against, func(r io.Reader) (err error) {
			known, err = infer.ReadKnown(r, in.problem(f.against))
			return err
		})
		if err != nil {
			return &exitError{exitFail, err}
		}
		doc.Against = &input
	}
	r := infer.Infer(in.paths, opt)
	if r.Stats.Paths == 0 {
		return &exitError{exitFail, errors.New("no path of two networks or more in what was read")}
	}
	doc.fill(r, in.mrt.Count(), known)
	if err := f.put(cmd.OutOrStdout(), r, &doc); err != nil {
		return &exitError{exitFail, err}
	}
	in.sum()
	return nil
}

// options checks the flags.
func (f *relationsFlags) options() (opt infer.Options, ixps []values.ASN, err error) {
	switch {
	case f.format != "as-rel" && f.format != "as-rel2" && f.format != "json":
		return opt, nil, fmt.Errorf("%q is not a format: want as-rel, as-rel2 or json", f.format)
	case !(f.confidence >= 0 && f.confidence <= 1):
		return opt, nil, fmt.Errorf("--min-confidence %v is not from 0 to 1", f.confidence)
	case f.repeats < 0 || f.repeats > 100:
		return opt, nil, fmt.Errorf("--repeats %d is not from 0 to 100", f.repeats)
	}
	opt.Repeats = f.repeats
	if opt.Clique, err = parseAll(f.clique, values.ParseASN); err != nil {
		return opt, nil, fmt.Errorf("--clique: %w", err)
	}
	if ixps, err = parseAll(f.ixps, values.ParseASN); err != nil {
		return opt, nil, fmt.Errorf("--ixp: %w", err)
	}
	slices.Sort(ixps)
	return opt, slices.Compact(ixps), nil
}

// relationsReader opens what is read, and counts what is malformed.
type relationsReader struct {
	paths    *infer.Paths
	mrt      *infer.Reader
	stdin    io.Reader
	talk     io.Writer
	problems int
}

func (in *relationsReader) problem(name string) func(values.Problem) {
	return func(p values.Problem) {
		in.problems++
		fmt.Fprintf(in.talk, "%s: %v\n", name, p)
	}
}

func (in *relationsReader) sum() {
	if in.problems > 0 {
		fmt.Fprintf(in.talk, "pahra: malformed places: %d\n", in.problems)
	}
}

// file hands a file's plain octets to read, and hashes the file.
func (in *relationsReader) file(name string, read func(io.Reader) error) (relationsInput, error) {
	source := in.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return relationsInput{}, err
		}
		defer file.Close()
		source = file
	}
	hash := &countingHash{Hash: sha256.New()}
	tee := io.TeeReader(source, hash)
	plain, _, err := compressed.NewReader(tee, compressed.Options{})
	if err == nil {
		err = errors.Join(read(plain), plain.Close())
	}
	if err == nil {
		_, err = io.Copy(io.Discard, tee)
	}
	if err != nil {
		return relationsInput{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return relationsInput{filepath.Base(name), hex.EncodeToString(hash.Sum(nil)), hash.n}, nil
}

// fill adds what was found.
func (d *relationsDoc) fill(r *infer.Result, read infer.ReadCount, known *infer.Known) {
	d.Read, d.Stats, d.Clique = read, r.Stats, r.Clique
	for _, e := range r.Edges {
		switch {
		case e.Confidence < d.Confidence:
		case e.Code == 0:
			d.Peers++
		default:
			d.Sold++
		}
	}
	if known != nil {
		a := infer.Compare(r, known, d.Confidence)
		d.Agreement = &agreementDoc{a, a.CoverOurs(), a.CoverTheirs(), a.SoldTheirs(), a.SoldOurs(), a.PeersTheirs(), a.PeersOurs()}
	}
}

// put writes the relations and what there is to say of them.
func (f *relationsFlags) put(stdout io.Writer, r *infer.Result, doc *relationsDoc) error {
	if f.output != "" && f.output != "-" {
		if err := writeOutput(f.output, func(w io.Writer) error { return f.write(w, r, doc, f.format) }); err != nil {
			return err
		}
	}
	switch {
	case f.asJSON && (f.output != "" || f.against != ""):
		return printJSON(stdout, doc)
	case f.asJSON:
		return f.write(stdout, r, doc, "json")
	case f.against != "":
		return printAgreement(stdout, doc)
	case f.output == "" || f.output == "-":
		return f.write(stdout, r, doc, f.format)
	}
	return nil
}

func (f *relationsFlags) write(w io.Writer, r *infer.Result, doc *relationsDoc, format string) error {
	switch format {
	case "as-rel":
		return infer.WriteASRel(w, r, infer.Serial1, doc.notes(), f.confidence)
	case "as-rel2":
		return infer.WriteASRel(w, r, infer.Serial2, doc.notes(), f.confidence)
	}
	whole := *doc
	whole.Edges = slices.DeleteFunc(slices.Clone(r.Edges), func(e infer.Edge) bool { return e.Confidence < f.confidence })
	return printJSON(w, whole)
}

// notes are the comments on top of a file: what it was made of and how.
func (d *relationsDoc) notes() []string {
	notes := []string{fmt.Sprintf("inferred by pahra %s, method %s, repeats %d, min-confidence %v", d.Version, d.Method, d.Repeats, d.Confidence)}
	for _, in := range d.Inputs {
		notes = append(notes, fmt.Sprintf("input: %s sha256:%s %d bytes", strconv.QuoteToASCII(in.Name), in.SHA256, in.Bytes))
	}
	notes = append(notes, fmt.Sprintf("paths: %d, vantage points: %d, networks: %d", d.Stats.Paths, d.Stats.VPs, d.Stats.Networks))
	if len(d.IXPs) > 0 {
		line := "IXP ASes:"
		for _, a := range d.IXPs {
			line += " " + strconv.FormatUint(uint64(a), 10)
		}
		notes = append(notes, line)
	}
	return notes
}
