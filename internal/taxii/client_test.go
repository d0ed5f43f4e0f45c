package taxii_test

import (
	"os"
	"os/exec"
	"testing"

	"pahra/internal/testdata"
)

// TestOASISClient has the client of OASIS do all it can, over TLS, and poll as OpenCTI and MISP do.
func TestOASISClient(t *testing.T) {
	python := testdata.Tool(t, "python-taxii2")
	r := newRig(t)
	base, _, certFile := r.listen()
	cmd := exec.CommandContext(t.Context(), python, "testdata/client.py", base+"/taxii2/", certFile, "230")
	cmd.Env = append(os.Environ(), "REQUESTS_CA_BUNDLE="+certFile, "CURL_CA_BUNDLE=") // they go before what a session is told
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "done\n" {
		t.Errorf("%v\n%s", err, out)
	}
}
