package webhook

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"pahra/internal/testdata"
)

// The check that docs/alerts.md shows to receivers takes what we sign, and nothing else.
func TestDocumentedCheck(t *testing.T) {
	python := testdata.Tool(t, "python3")
	text, err := os.ReadFile("../../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "```python\n")
	program, _, _ := strings.Cut(after, "```")
	if !found {
		t.Fatal("docs/alerts.md shows no check")
	}
	secret, body := NewSecret(), []byte(`{"type":"pahra.alerts"}`)
	signature, err := Sign(secret, "msg_1", noon, body)
	if err != nil {
		t.Fatal(err)
	}
	program += `
import sys
at, secret, signature, body = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4].encode()
time.time = lambda: at + 60
h = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": "v1,AAAA " + signature}
late = dict(h, **{"webhook-timestamp": str(at - 3600)})
print(is_genuine(secret, h, body), is_genuine(secret, h, body + b" "), is_genuine(secret, late, body))
`
	out, err := exec.Command(python, "-c", program, strconv.FormatInt(noon.Unix(), 10), secret, signature, string(body)).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "True False False" {
		t.Errorf("it says %s, %v", out, err)
	}
}
