package hook

import (
	"net/http"
	"slices"
	"time"
)

// Logged is one attempt at a delivery, as an App's delivery log lists it.
type Logged struct {
	ID int64
	// GUID is the same for every attempt.
	GUID          string
	At            time.Time // by GitHub's clock
	Event, Action string
	// Code is what the attempt was answered with; 0 where it was not.
	Code       int
	Redelivery bool
}

func (l Logged) answered() bool { return l.Code/100 == 2 }

// toFetch reports whether a delivery that is not known here must be fetched, or
// else was dropped for good. The package comment says which answers are
// believed.
func (l Logged) toFetch() bool {
	switch {
	case l.GUID == "" || !mayNeed(l.Event, l.Action):
		return false
	case !l.answered(), l.Code == http.StatusAccepted:
		return true
	}
	return needs[l.Event].always
}

// progress is what a sweep of one App remembers from one round to the next.
type progress struct {
	// Swept is the time, by GitHub's clock, up to which the log was looked
	// at; zero: never.
	Swept time.Time `json:"swept,omitzero"`
	// Looked and Read are when, by our clock, that was, and when the log was
	// last read to its end.
	Looked time.Time `json:"looked,omitzero"`
	Read   time.Time `json:"read,omitzero"`
	// New is a walk from the top that was interrupted, Old one that goes on
	// below what was looked at before.
	New *walk `json:"new,omitempty"`
	Old *walk `json:"old,omitempty"`
	// Missing was found and is not here yet, the oldest first.
	Missing []missing `json:"missing,omitempty"`
}

// missing is a delivery that the log has and we have not.
type missing struct {
	ID    int64     `json:"id"`
	GUID  string    `json:"guid"`
	Event string    `json:"event"`
	At    time.Time `json:"at"`
	// Asks is how often GitHub was asked to send it again, Asked when last.
	Asks  int       `json:"asks,omitempty"`
	Asked time.Time `json:"asked,omitzero"`
	// Gone is when GitHub first would neither show it nor send it again.
	Gone time.Time `json:"gone,omitzero"`
	// Fails is how often its payload could not be read for the moment.
	Fails int `json:"fails,omitempty"`
}

// patientFails is after how many of them a delivery lets the others go first.
const patientFails = 3

// inTurn compares missing deliveries in the order in which they are fetched:
// as they happened, and behind all others those that keep failing.
func inTurn(a, b missing) int {
	if last := b.Fails >= patientFails; last != (a.Fails >= patientFails) {
		if last {
			return -1
		}
		return 1
	}
	return a.At.Compare(b.At)
}

// walk goes down the log, from newer to older.
type walk struct {
	// Cursor is where the next page begins, "" for the top.
	Cursor string `json:"cursor,omitempty"`
	// Down is how far it goes; zero: to the end of the log.
	Down time.Time `json:"down,omitzero"`
	// Before is when what is looked at must have been attempted: what is newer
	// may be under way. Zero: to be found with the first page.
	Before time.Time `json:"before,omitzero"`
	// Newest and Oldest of what was looked at.
	Newest time.Time `json:"newest,omitzero"`
	Oldest time.Time `json:"oldest,omitzero"`
	// Found is what must be fetched, the newest first.
	Found []missing `json:"found,omitempty"`
	// Dropped are GUIDs that we have said we need not.
	Dropped []string `json:"dropped,omitempty"`
	// Ended says that the log ends where the walk did.
	Ended bool `json:"ended,omitempty"`
}

const (
	// settleTime is how long a delivery may be under way: GitHub waits ten
	// seconds for an answer, an Enterprise Server thirty.
	settleTime = time.Minute
	// overlap is looked at again in every round: GitHub writes its log after
	// the attempt, and not strictly in order.
	overlap = 10 * time.Minute
	// LogLife is the longest that any GitHub keeps its delivery log, which is
	// an Enterprise Server; GitHub itself keeps it for logSurely.
	LogLife   = 7 * 24 * time.Hour
	logSurely = 3 * 24 * time.Hour
)

// begin looks at the top of the log. What GitHub has logged is over for GitHub,
// so that its newest entry tells at least how late it is there, however slow
// our own clock is. A fast one makes a sweep meet a delivery that is under way,
// which does no harm.
func (w *walk) begin(top []Logged, now time.Time) {
	w.Before = now
	if len(top) > 0 && top[0].At.After(now) {
		w.Before = top[0].At
	}
	w.Before = w.Before.Add(-settleTime)
}

// inReach leaves the entries of a page that this walk is to look at, and
// reports whether the walk goes on below it.
func (w *walk) inReach(page []Logged) (reach []Logged, below bool) {
	floor := w.Before.Add(-LogLife)
	if w.Down.After(floor) {
		floor = w.Down
	}
	below = true
	for _, l := range page {
		switch {
		case l.At.Before(floor):
			below = false
			continue
		case l.At.After(w.Before):
			continue
		}
		reach = append(reach, l)
		if w.Newest.Before(l.At) {
			w.Newest = l.At
		}
		if w.Oldest.IsZero() || l.At.Before(w.Oldest) {
			w.Oldest = l.At
		}
	}
	return reach, below
}

// sift keeps of a page what is missing. known says of each entry whether it is
// here.
func (w *walk) sift(page []Logged, known []bool) {
	for i, l := range page {
		switch {
		case known[i]:
		case l.toFetch():
			w.Found = append(w.Found, missing{ID: l.ID, GUID: l.GUID, Event: l.Event, At: l.At})
		case l.answered() && l.Redelivery && mayNeed(l.Event, l.Action):
			w.Dropped = append(w.Dropped, l.GUID)
		}
	}
}

// merge adds what a walk has found to what is missing, oldest first, each
// delivery once, and leaves out what has been dropped by now.
func (p *progress) merge(w *walk) {
	all := slices.Clone(w.Found)
	slices.Reverse(all)
	all = append(slices.Clone(p.Missing), all...)
	slices.SortStableFunc(all, inTurn)
	seen := map[string]bool{}
	for _, guid := range w.Dropped {
		seen[guid] = true
	}
	p.Missing = slices.DeleteFunc(all, func(m missing) bool {
		before := seen[m.GUID]
		seen[m.GUID] = true
		return before
	})
}

// outlived is the time about which the log says nothing any more, because
// nobody has read it while it could: since we last looked, and before the log
// begins.
func (p *progress) outlived(w *walk, now time.Time) (from, to time.Time, lost bool) {
	if !w.Ended || p.Looked.IsZero() || now.Sub(p.Looked) <= logSurely {
		return from, to, false
	}
	to = now.Add(-logSurely)
	if !w.Oldest.IsZero() {
		to = w.Oldest
	}
	return p.Looked, to, to.After(p.Looked)
}
