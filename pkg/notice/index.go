package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Index is what a committee's own room shows of a case whose members are asked in
// private: its code name and its stage. Whoever is named in it may read this too, so
// there is nothing else in it: not who has it, and not by when anything is due.
func Index(codeName string, is coc.Stage, on Pages, marker string) Shown {
	text := "There is a case under this name, in the stage " + codeSpan(string(is)) + ". Nothing else of it is written here, because not everybody who reads here may know more.\n"
	switch {
	case is == coc.StageTransferred:
		text = "**The case of this name is with another committee now.** Nothing else of it is written here.\n"
	case on != "":
		text += "\nWhoever is on this committee and may be asked whether they have a conflict of interest finds the question on [their own page](" + string(on[:len(on)-1]) + "). Please say nothing about it here, and add nothing to this issue.\n"
	}
	return Shown{Title: codeName, Body: enclosed(letter{head: beginMark + "\n" + text, tail: "\n" + marker + "\n" + endMark})}
}

// MayBeIndex reports whether an issue may be such a one, for whoever then looks which.
// People could write what it goes by themselves.
func MayBeIndex(body coc.Prose) bool { return strings.Contains(body.Reveal(), beginMark) }

// DeclaredElsewhere tells the others what a member said of themself on our pages, where
// they cannot read it.
func DeclaredElsewhere(who coc.Login, kind coc.ConflictKind) Private {
	said := "a hard conflict, and takes no part any more"
	switch kind {
	case coc.ConflictClear:
		said = "no conflict"
	case coc.ConflictSoft:
		said = "a soft conflict, reads on and has no vote"
	}
	return private(codeSpan(string(who)) + " said on the committee's pages: " + said + ".")
}
