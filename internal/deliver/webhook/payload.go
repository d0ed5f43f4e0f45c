package webhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pahra/internal/alert"
)

// event is the body of a signed post: type, timestamp and data, as the specification recommends.
type event struct {
	Type      string        `json:"type"`
	Timestamp time.Time     `json:"timestamp"`
	Data      alert.Message `json:"data"`
}

// maxChat bounds the text of a chat message, in runes: Mattermost takes 16,383, Slack 40,000.
const maxChat = 12_000

// payload gives the body of a post.
func payload(kind alert.ChannelKind, m alert.Message) ([]byte, error) {
	if kind == alert.Chat {
		return json.Marshal(map[string]string{"text": chatText(m)})
	}
	body, err := json.Marshal(event{"pahra.alerts", m.At, m})
	if err != nil {
		return nil, fmt.Errorf("writing the message as JSON: %w", err)
	}
	return body, nil
}

// chatText writes a message for a chat: the subject in bold, the rest as preformatted text, in which neither links nor
// mentions are made. What has a meaning in their markup is replaced by what looks like it.
func chatText(m alert.Message) string {
	tame := strings.NewReplacer("<", "‹", ">", "›", "&", "＆", "`", "'", "@", "＠", "*", "∗", "_", "＿")
	inCode := strings.NewReplacer("<", "‹", ">", "›", "&", "＆", "@", "＠", "```", "'''")
	text := []rune(inCode.Replace(m.Text))
	if len(text) > maxChat {
		text = append(text[:maxChat], []rune("\n… cut here; all of it is at the links above\n")...)
	}
	return "*" + tame.Replace(alert.Harmless(m.Subject)) + "*\n```\n" + string(text) + "```"
}
