package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// service is the program under load and the replayer that feeds it.
type service struct {
	pages, metrics, replay string // addresses
	processes              []*exec.Cmd
}

const (
	pagesAt   = "127.0.0.1:18490"
	metricsAt = "127.0.0.1:18491"
	replayAt  = "127.0.0.1:18492"
	bareAt    = "127.0.0.1:18493"
)

// start makes a world, gives its facts and table to the service, and replays its updates to it, as of now.
func start(o options) (*service, error) {
	world, state := filepath.Join(o.dir, "world"), filepath.Join(o.dir, "state")
	begin := time.Now().UTC().Add(-10 * time.Minute).Truncate(time.Minute).Format(time.RFC3339)
	made := exec.Command(o.pahra, "world", "-o", world, "--truth", filepath.Join(o.dir, "truth.json"), "--start", begin, "--days", "0.25",
		"--networks", strconv.Itoa(o.networks), "--peers", strconv.Itoa(o.peers))
	if out, err := made.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making a world: %w: %s", err, out)
	}
	if err := os.CopyFS(filepath.Join(state, "data"), os.DirFS(world)); err != nil {
		return nil, err
	}
	updates, err := filepath.Glob(filepath.Join(state, "data", "mrt", "*", "updates.*"))
	for _, name := range updates {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return nil, err
	}
	settings := filepath.Join(o.dir, "pahra.yaml")
	text := fmt.Sprintf("listen: %s\nmetrics: %s\nlog: {level: warn}\nwatch: {publish_every: %s}\nclients: {pages: 1000000}\nsources: [{name: ris, rislive: {url: \"ws://%s/v1/ws/\"}}]\n", pagesAt, metricsAt, o.publish, replayAt)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s := &service{pages: "http://" + pagesAt, metrics: "http://" + metricsAt + "/metrics", replay: "http://" + replayAt + "/stats"}
	if err := s.run(exec.Command(o.pahra, "replay", "--data", world, "--listen", replayAt, "--rate", fmt.Sprint(o.rate), "--loop")); err != nil {
		return s, err
	}
	if err := s.run(exec.Command(o.pahra, "serve", "--config", settings, "--state", state)); err != nil {
		return s, err
	}
	itself, err := os.Executable()
	if err != nil {
		return s, err
	}
	beside := exec.Command(itself, "-bare")
	if err := beside.Start(); err != nil {
		return s, err
	}
	s.processes = append(s.processes, beside)
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if resp, err := http.Get(s.pages + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		if time.Since(began) > 2*time.Minute+o.publish { // the first run comes at the next mark
			return s, errors.New("the service does not become ready")
		}
	}
}

// run starts a process and waits until it prints where it is.
func (s *service) run(c *exec.Cmd) error {
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, c)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return fmt.Errorf("%s: %w", c.Args[1], err)
	}
	return nil
}

func (s *service) stop() {
	for i := len(s.processes) - 1; i >= 0; i-- {
		_ = s.processes[i].Process.Signal(os.Interrupt) // it may be gone
		_ = s.processes[i].Wait()
	}
}

// subjects gives the paths of pages to ask for: networks, and every neighbourhood.
func (s *service) subjects(n int) ([]string, error) {
	var networks struct {
		List []struct {
			ASN json.Number `json:"asn"`
		} `json:"networks"`
	}
	var hoods struct {
		List []struct {
			Name string `json:"name"`
		} `json:"neighbourhoods"`
	}
	if err := errors.Join(getJSON(s.pages+"/networks.json", &networks), getJSON(s.pages+"/neighbourhoods.json", &hoods)); err != nil {
		return nil, err
	}
	paths := []string{"/"}
	for _, h := range hoods.List {
		paths = append(paths, "/neighbourhood/"+h.Name)
	}
	for i := 0; i < len(networks.List) && len(paths) < n; i++ {
		paths = append(paths, "/network/"+networks.List[i*len(networks.List)/n%len(networks.List)].ASN.String())
	}
	return paths, nil
}

func getJSON(url string, into any) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// scrape reads the metrics whose names begin with a prefix, labels left out.
func (s *service) scrape() map[string]float64 {
	all := make(map[string]float64)
	resp, err := http.Get(s.metrics)
	if err != nil {
		return all
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body) // what did not arrive is not there
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			all[name] = v
		}
	}
	return all
}
