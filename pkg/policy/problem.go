package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxProblems bounds a report about one file: nobody reads more, and a hostile
// file must not make us write megabytes.
const maxProblems = 50

// Problem is one thing wrong with a file. Line and Column count from 1, in
// characters; Line 0 means the file as a whole. Path leads to the value, such
// as committee.members[2].login, "" for the file. Suggestion is the word that
// was probably meant, or "".
//
// The texts may repeat keys and short words of the file, made harmless to
// print; they never hold anything else.
type Problem struct {
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Path       string `json:"path"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

// String is one plain sentence: where, what, and what was probably meant.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", p.Line, max(p.Column, 1))
	}
	b.WriteString(p.Message)
	if p.Suggestion != "" {
		fmt.Fprintf(&b, ": did you mean %q?", p.Suggestion)
	}
	return b.String()
}

// Problems is what is wrong with a file, in the order of its lines; nil means
// nothing is.
type Problems []Problem

// Error joins the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// inOrder sorts by position and cuts a flood, saying that it did.
func (ps Problems) inOrder() Problems {
	if len(ps) == 0 {
		return nil
	}
	for i := range ps {
		ps[i].Path = printable(ps[i].Path, 200)
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(ps) > maxProblems {
		more := len(ps) - maxProblems
		ps = append(ps[:maxProblems:maxProblems], Problem{
			Line: ps[maxProblems].Line, Column: ps[maxProblems].Column,
			Message: fmt.Sprintf("and %d more problems from here on", more),
		})
	}
	return ps
}

// nearest is the candidate that was probably meant by word, or "". Case and
// the choice between - and _ do not count; a third of the letters may differ.
func nearest(word string, candidates []string) string {
	if len(word) > 64 {
		return ""
	}
	fold := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(word))
	best, found := (len(fold)+2)/3+1, ""
	for _, c := range candidates {
		d := distance(fold, strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(c)))
		// A word that shares nothing with the candidate was not meant.
		if d < best && d < len(c) {
			best, found = d, c
		}
	}
	return found
}

// distance is Levenshtein's: how many letters to add, drop or change.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// quoted shows a word of the file: short, on one line, without anything that
// could act on a terminal or reorder a line.
func quoted(word string) string { return strconv.Quote(printable(word, 40)) }

func printable(text string, most int) string {
	kept := make([]rune, 0, most)
	for _, c := range text {
		if len(kept) == most {
			return string(kept) + "…"
		}
		if !unicode.IsPrint(c) || c == '`' {
			c = '?'
		}
		kept = append(kept, c)
	}
	return string(kept)
}
