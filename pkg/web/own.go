package web

import (
	"slices"

	"golang.org/x/text/language"

	"github.com/cocrouter/cocrouter/pkg/casework"
)

// ownWords are a committee's, as a page shows them: as plain text, in the language
// that they are in.
type ownWords struct{ Committee, Lang, Text string }

// Before is what the committee says above the form, After what it says beside the
// receipt; nil where it says nothing.
func (w words) Before(g casework.Guide) *ownWords { return w.own(g, false) }

// After is what the committee says beside the receipt.
func (w words) After(g casework.Guide) *ownWords { return w.own(g, true) }

// own takes the words in the language of the page, or in one that is near; else in
// English, else in the first of the committee's languages.
func (w words) own(g casework.Guide, after bool) *ownWords {
	texts := map[string]string{}
	for lang, said := range g.Words {
		if texts[lang] = said.Before; after {
			texts[lang] = said.After
		}
		if texts[lang] == "" {
			delete(texts, lang)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	var given []string
	var spoken []language.Tag
	for lang := range texts {
		given = append(given, lang)
	}
	slices.Sort(given)
	for _, lang := range given {
		spoken = append(spoken, language.Make(lang))
	}
	_, n, _ := language.NewMatcher(spoken).Match(w.Language, language.English) // the first, where none is near
	return &ownWords{g.Committee, given[n], texts[given[n]]}
}
