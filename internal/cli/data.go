package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/source/catalogue"
	"pahra/internal/source/folder"
)

// newData is `pahra data`: the public sources of routing data.
func newData() *cobra.Command {
	return family(&cobra.Command{
		Use:   "data",
		Short: "List and pull public sources of routing data",
	}, newDataList(), newDataPull())
}

const dataListLong = `List the public sources of routing data that pahra knows: under which licence and terms they are, whether the data
may be passed on (PASS ON), and what stands before fetching them (ACCEPT): "needed" asks for --accept at the first pull,
"accepted" has been answered, "by hand" is nothing that pull can fetch; it says from where to where.

With --data it tells for each source what the folder holds of it, what is missing and how old the newest is, and then
what the folder holds of each kind, wherever it came from. The state of a source is one of
  present   the newest file is younger than the source's refresh interval
  old       it is older
  undated   files are there, but nothing tells their age
  missing   no file is there under the name that pull gives it; the second table may have one under another name

Exit status: 0 done, 2 wrong use, 3 could not finish.`

func newDataList() *cobra.Command {
	var data, file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List public sources: what is there, missing, how old",
		Long:    dataListLong,
		Example: "  pahra data list\n  pahra data list --data ./data --json | jq '.sources[] | select(.state == \"old\").name'",
		Args:    noDataArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := listData(data, file, time.Now())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return list.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "`folder` to hold the sources against")
	cmd.Flags().StringVar(&file, "catalogue", "", "read this `file` instead of the built-in catalogue")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write one JSON object")
	return cmd
}

func noDataArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(fmt.Errorf("%s takes no %q", cmd.CommandPath(), args[0]))
	}
	return nil
}

// readCatalogue gives the built-in catalogue, or the one in a file.
func readCatalogue(file string) ([]catalogue.Source, error) {
	if file == "" {
		return catalogue.Embedded()
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, usageError(fmt.Errorf("--catalogue: %w", err))
	}
	defer f.Close()
	sources, err := catalogue.Read(f)
	if err != nil {
		return nil, usageError(fmt.Errorf("--catalogue %s: %w", file, err))
	}
	return sources, nil
}

// dataList is what list prints; its JSON form is for scripts.
type dataList struct {
	Data    string       `json:"data,omitempty"`
	Sources []dataSource `json:"sources"`
	Kinds   []dataKind   `json:"kinds,omitempty"`
}

type dataSource struct {
	Name            string          `json:"name"`
	Title           string          `json:"title"`
	Kind            string          `json:"kind"`
	Licence         string          `json:"licence"`
	Terms           string          `json:"terms,omitempty"`
	Redistributable bool            `json:"redistributable"`
	NeedsAccept     bool            `json:"needs_accept"`
	Accepted        bool            `json:"accepted"`
	Form            string          `json:"form"` // file, sessions, manual
	Refresh         float64         `json:"refresh_hours"`
	URLs            []string        `json:"urls"`
	Note            string          `json:"note,omitempty"`
	State           catalogue.State `json:"state,omitempty"`
	Files           int             `json:"files"`
	Bytes           int64           `json:"bytes"`
	Newest          time.Time       `json:"newest,omitzero"`
	Age             float64         `json:"age_hours,omitempty"`
}

type dataKind struct {
	Kind   string    `json:"kind"`
	Files  int       `json:"files"`
	Bytes  int64     `json:"bytes"`
	Oldest time.Time `json:"oldest,omitzero"`
	Newest time.Time `json:"newest,omitzero"`
}

func listData(data, file string, now time.Time) (*dataList, error) {
	sources, err := readCatalogue(file)
	if err != nil {
		return nil, err
	}
	list := &dataList{Data: data}
	if data == "" {
		for _, s := range sources {
			list.Sources = append(list.Sources, sourceLine(catalogue.Standing{Source: s}, now))
		}
		return list, nil
	}
	scan, err := folder.Scan(data)
	if err != nil {
		return nil, err
	}
	accepted, err := catalogue.ReadAccepted(data)
	if err != nil {
		return nil, err
	}
	pulled, err := catalogue.ReadPulled(data)
	if err != nil {
		return nil, err
	}
	held := make([]catalogue.Held, len(scan.Files))
	for i, f := range scan.Files {
		held[i] = catalogue.Held{Path: f.Path, Size: f.Size, Time: f.Time}
	}
	for _, s := range catalogue.Status(sources, held, pulled, accepted, now) {
		list.Sources = append(list.Sources, sourceLine(s, now))
	}
	list.Kinds = kindLines(scan.Files)
	return list, nil
}

func sourceLine(s catalogue.Standing, now time.Time) dataSource {
	line := dataSource{
		Name: s.Source.Name, Title: s.Source.Title, Kind: s.Source.Kind, Licence: s.Source.Licence, Terms: s.Source.Terms,
		Redistributable: s.Source.Redistributable == "yes", NeedsAccept: s.Source.Accept, Accepted: s.Accepted,
		Form: s.Source.Form, Refresh: time.Duration(s.Source.Refresh).Hours(), Note: s.Source.Note,
		State: s.State, Files: s.Files, Bytes: s.Bytes, Newest: s.Newest,
	}
	if !s.Newest.IsZero() {
		line.Age = now.Sub(s.Newest).Truncate(time.Minute).Hours()
	}
	for _, f := range s.Source.Files {
		line.URLs = append(line.URLs, f.URL)
	}
	return line
}

// kindLines counts the files of each kind that judgements use, also of those that are missing.
func kindLines(files []folder.File) []dataKind {
	kinds := []folder.Kind{folder.MRT, folder.VRP, folder.IRR, folder.Registry, folder.Relations, folder.Organisations,
		folder.Bogons, folder.PeeringDB, folder.Spoofer, folder.Neighbourhoods}
	lines := make([]dataKind, len(kinds))
	for i, k := range kinds {
		lines[i].Kind = string(k)
	}
	for _, f := range files {
		i := slices.Index(kinds, f.Kind)
		if i < 0 {
			continue
		}
		l := &lines[i]
		l.Files++
		l.Bytes += f.Size
		if f.Time.IsZero() {
			continue
		}
		if l.Oldest.IsZero() || f.Time.Before(l.Oldest) {
			l.Oldest = f.Time
		}
		if f.Time.After(l.Newest) {
			l.Newest = f.Time
		}
	}
	return lines
}

// print writes the list as tables.
func (l *dataList) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if l.Data == "" {
		fmt.Fprintln(t, "SOURCE\tKIND\tLICENCE\tPASS ON\tACCEPT\tTERMS")
		for _, s := range l.Sources {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.Kind, s.Licence, yesNo(s.Redistributable), acceptWord(s), cmp.Or(s.Terms, "-"))
		}
		return t.Flush()
	}
	fmt.Fprintln(t, "SOURCE\tKIND\tSTATE\tFILES\tNEWEST\tAGE\tACCEPT\tTERMS")
	for _, s := range l.Sources {
		age := "-"
		if !s.Newest.IsZero() {
			age = ageWord(s.Age)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", s.Name, s.Kind, s.State, s.Files, dayWord(s.Newest), age, acceptWord(s), cmp.Or(s.Terms, "-"))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "KIND\tFILES\tBYTES\tOLDEST\tNEWEST")
	for _, k := range l.Kinds {
		if k.Files == 0 {
			fmt.Fprintf(t, "%s\tmissing\t\t\t\n", k.Kind)
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", k.Kind, k.Files, k.Bytes, dayWord(k.Oldest), dayWord(k.Newest))
	}
	return t.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// acceptWord tells whether terms stand in the way of a pull.
func acceptWord(s dataSource) string {
	switch {
	case s.Form == "manual":
		return "by hand"
	case s.Accepted:
		return "accepted"
	case s.NeedsAccept:
		return "needed"
	}
	return "-"
}

func dayWord(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04Z")
}

// ageWord writes hours in the unit that suits them.
func ageWord(hours float64) string {
	switch {
	case hours < 0:
		return "in the future"
	case hours < 48:
		return strconv.FormatFloat(hours, 'f', 1, 64) + " h"
	}
	return strconv.FormatFloat(hours/24, 'f', 0, 64) + " d"
}

// pick gives the sources of those names, in their order.
func pick(sources []catalogue.Source, names []string) ([]catalogue.Source, error) {
	var out []catalogue.Source
	for _, name := range names {
		i := slices.IndexFunc(sources, func(s catalogue.Source) bool { return s.Name == name })
		if i < 0 {
			return nil, usageError(fmt.Errorf("the catalogue has no %q; pahra data list shows what it has", name))
		}
		if !slices.ContainsFunc(out, func(s catalogue.Source) bool { return s.Name == name }) {
			out = append(out, sources[i])
		}
	}
	if len(out) == 0 {
		return nil, usageError(errors.New("pull needs the names of sources; pahra data list shows them: " + strings.Join(nameList(sources), ", ")))
	}
	return out, nil
}

func nameList(sources []catalogue.Source) []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name
	}
	return names
}
