package web

import (
	"net/http"

	"golang.org/x/text/language"
)

// maxAsked bounds what is read of the languages that somebody asks for.
const maxAsked = 1 << 10

// speak finds the language of an answer: the one that was chosen by its name at
// the end of a page and goes along in the address, else what the browser asks
// for, else English. There is no cookie, and nothing of it is kept.
//
// It is read from the address alone. What a form holds may be too much to be
// read, or come from another site, and the answer to that must be understood too.
func speak(r *http.Request) words {
	if asked := r.URL.Query().Get("lang"); asked != "" && len(asked) < maxAsked {
		for _, c := range catalogues {
			if c.Language.String() == asked {
				return words{c, true}
			}
		}
	}
	if asked := r.Header.Get("Accept-Language"); len(asked) < maxAsked {
		// What can be read of a broken header is of use too.
		wanted, _, _ := language.ParseAcceptLanguage(asked)
		if _, n, sure := matcher.Match(wanted...); sure > language.No {
			return words{catalogue: catalogues[n]}
		}
	}
	return words{catalogue: fallback}
}
