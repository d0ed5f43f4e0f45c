package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestHarmless: foreign text reaches a terminal without what could steer it, and otherwise as it is.
func TestHarmless(t *testing.T) {
	const evil = "a\x1b[2Jb\x07c\rd\u202ee\u0085f"
	var s screen
	s.line("holder %s", evil)
	s.head("%s", evil)
	var said bytes.Buffer
	sayOn(&said)("%s", evil)
	for name, text := range map[string]string{
		"screen": s.text.String(), "say": said.String(), "error": harmlessLines(errors.New(evil + "\nb").Error()),
	} {
		if strings.ContainsAny(text, "\x1b\x07\r\u202e\u0085") || !strings.Contains(text, "\n") {
			t.Errorf("%s: %q", name, text)
		}
	}
	if plain := "श्री\u200d Ağ 網路, «net»"; harmless(plain) != plain {
		t.Errorf("%q", harmless(plain))
	}
}

// TestHarmlessErrors: the program's own last word is cleaned too.
func TestHarmlessErrors(t *testing.T) {
	var out, errs bytes.Buffer
	if code := Main([]string{"check", "AS1", "--from-run", "no\x1b[31msuch"}, strings.NewReader(""), &out, &errs); code != exitFail {
		t.Errorf("exit %d", code)
	}
	if strings.Contains(errs.String(), "\x1b") || !strings.Contains(errs.String(), "such") {
		t.Errorf("%q", errs.String())
	}
}
