package api_test

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"pahra/internal/api"
	"pahra/internal/service/servicetest"
	"pahra/internal/testdata"
)

// TestSchemathesis: another's fuzzer, which makes its requests from the document, finds no answer that breaks it.
func TestSchemathesis(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of questions take their time")
	}
	program := testdata.Tool(t, "schemathesis")
	server := httptest.NewServer(apiOf(t, api.Config{Reader: servicetest.Shown(t, strict(t))}))
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	run := exec.CommandContext(ctx, program, "run", server.URL+"/api/openapi.json", "--url", server.URL, "--exclude-path", "/api/v1/incidents/stream",
		"--checks", "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance",
		"--max-examples", "20", "--phases", "examples,coverage,fuzzing", "--seed", "1", "--request-timeout", "20", "--no-color")
	run.Dir = t.TempDir()
	if said, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
