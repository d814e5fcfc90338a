package coc

import (
	"slices"
	"time"
)

// Advice is that counsel was consulted on the legal risk of a case, for one committee.
// What counsel said is nobody's business here.
type Advice struct {
	By        Login     `json:"by"`
	At        time.Time `json:"at"`
	Committee string    `json:"committee"` // its key
}

// AsksCounsel reports whether counsel is to be consulted before a case is decided,
// because there is a legal risk in it (jurisdiction row 4). That was asked once and
// stays so, whatever becomes of the flag.
func (c Case) AsksCounsel() bool {
	return slices.ContainsFunc(c.Trace, func(r Reason) bool { return r.Rule == "legal/consult" })
}

// Advised is what the committee that has the case was advised by counsel; ok is false
// where it was not. What counsel said to another committee does not count, nor what was
// said before the reporter told of another risk.
func (c Case) Advised() (a Advice, ok bool) {
	home := c.Home()
	if home == nil {
		return Advice{}, false
	}
	raised, known := c.Report.FiledAt, slices.Clone(c.Report.Around.Risks)
	for _, added := range c.Report.Added {
		for _, risk := range added.Around.Risks {
			if !slices.Contains(known, risk) {
				raised, known = added.At, append(known, risk)
			}
		}
	}
	for _, a := range slices.Backward(c.Advice) {
		if a.Committee == home.Committee.Key && !a.At.Before(raised) {
			return a, true
		}
	}
	return Advice{}, false
}
