package main

import (
	"slices"
	"strings"
)

// answers is a reporter on the page behind their receipt. Whom the words name is held
// against nobody who has the case, and against those who would have it next.
func (w *fates) answers() {
	forms := slices.DeleteFunc(slices.Clone(w.affairs), func(a *affair) bool { return a.token < 0 || a.last() == nil })
	if len(forms) == 0 {
		w.files()
		return
	}
	a, word, other := of(w.r, forms), w.word(), w.somebody()
	say := of(w.r, []string{"Yes, ", "Ask @" + other + " about it, ", "See https://github.com/" + other + ", ", "/coc close "}) + word + "."
	act := of(w.r, []string{"answer", "answer", "answer", "urgent", "withdraw"})
	a.words, a.answers = append(a.words, word), append(a.answers, word)
	if strings.Contains(say, other) {
		a.passed = append(a.passed, passed{home: len(a.homes) - 1, login: other})
	}
	w.note("the reporter of %s, in home %d: %s, %q", a.name, len(a.homes)-1, act, say)
	if err := sendWithReceipt(w.telling, sending{Of: a.token + 1, Act: act, Say: say, Danger: w.r.IntN(2) == 0, Twice: w.r.IntN(4) == 0}); err != nil {
		w.t.Fatalf("with the receipt: %v", err)
	}
}

// judgeAnswers: whatever a reporter sent with the receipt stands in an issue once, and
// once the room takes words, in the one that the case lives in.
func (w *fates) judgeAnswers(over bool) {
	w.t.Helper()
	if !slices.ContainsFunc(w.affairs, func(a *affair) bool { return len(a.answers) > 0 }) {
		return
	}
	cases := w.cases()
	found := map[string]map[ref]int{} // by word
	for _, p := range w.places() {
		if view, err := w.ViewRepo(p.admin, p.repo); err != nil || !view.HasIssues {
			continue
		}
		for _, i := range w.issues(p) {
			text := i.Body
			for _, c := range comments(i) {
				text += "\n" + c.Body
			}
			for _, a := range w.affairs {
				for _, word := range a.answers {
					if n := strings.Count(text, word); n > 0 {
						if found[word] == nil {
							found[word] = map[ref]int{}
						}
						found[word][ref{p.repo, i.Number}] = n
					}
				}
			}
		}
	}
	for _, a := range w.affairs {
		h := a.last()
		for _, word := range a.answers {
			for at, n := range found[word] {
				if n > 1 {
					w.t.Errorf("an answer of %s stands in %v %d times", a.name, at, n)
				}
			}
			c := cases[a.words[0]]
			if home := c.Home(); !over || home.Issue == 0 || home.Frozen != "" {
				continue
			}
			w.answered++
			if found[word][ref{h.repo, h.issue}] != 1 {
				w.t.Errorf("an answer of %s is not in its home %s#%d, but in %v", a.name, h.repo, h.issue, found[word])
			}
		}
	}
}
