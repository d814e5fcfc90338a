package notice

import (
	"net/url"
	"strings"
)

// LinkSentence answers a public command with the address of the private form:
// one sentence that depends on nothing but the address.
func LinkSentence(formURL string) Public {
	return Public{said: "A concern about conduct can be reported in confidence, and not here in public, through the private form at " + address(formURL) + "."}
}

// TakenSentence says under an original that a report was taken in. It is the
// same whatever the report says and whoever has it.
func TakenSentence(formURL string) Public {
	return Public{said: "Thank you; this was received in confidence, and anything to add can be sent through the private form at " + address(formURL) + "."}
}

// address writes one of our own addresses so that it is a link and nothing
// else, whatever the name of the repository in it.
func address(formURL string) string {
	u, err := url.Parse(formURL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return codeSpan(formURL)
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", "@", "%40", " ", "%20").Replace(u.String()) + ">"
}
