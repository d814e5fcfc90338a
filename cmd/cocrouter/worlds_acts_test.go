package main

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// something happens: reports come first.
func (w *fates) something() {
	acts := []struct {
		share int
		do    func()
	}{
		{16, w.files}, {7, w.labels}, {6, w.capture}, {14, w.adds}, {60, w.commands},
		{8, w.letsIn}, {4, w.putsOut}, {5, w.pushes}, {3, w.repoints}, {3, w.setting}, {7, w.waits}, {8, w.takesOn}, {14, w.answers}, {16, w.inPrivate},
	}
	if len(w.affairs) == 0 {
		acts = acts[:2]
	}
	if w.waitsForAnswers() && w.r.IntN(3) == 0 {
		w.inPrivate()
		return
	}
	all := 0
	for _, a := range acts {
		all += a.share
	}
	roll := w.r.IntN(all)
	for _, a := range acts {
		if roll -= a.share; roll < 0 {
			a.do()
			return
		}
	}
}

// word is a word that nobody can guess.
func (w *fates) word() string {
	word := (&chaosDice{w.r}).word()
	w.mu.Lock()
	w.secret = append(w.secret, word)
	w.mu.Unlock()
	return word
}

// somebody is whom a report or an act may be about: more often who could have the
// case.
func (w *fates) somebody() string {
	if w.r.IntN(4) == 0 {
		return of(w.r, w.people)
	}
	return of(w.r, of(w.r, w.panels).pool)
}

// account is what somebody writes, and whom they name in it. Rows are of the form
// alone.
func (w *fates) account(a *affair, rows bool) (text string, who map[string]string) {
	word := w.word()
	a.words = append(a.words, word)
	text, who = "It was "+word+".", map[string]string{}
	for range []int{0, 0, 1, 1, 1, 2, 2, 4}[w.r.IntN(8)] {
		login := w.somebody()
		if login == a.reporter {
			continue
		}
		how := w.r.IntN(8)
		if !rows && how < 5 {
			how = 5 + w.r.IntN(3)
		}
		role := of(w.r, []coc.Role{coc.RoleAccused, coc.RoleAccused, coc.RoleHarmed, coc.RoleUnset, coc.RoleWitness, coc.RoleKeptOut})
		switch how {
		case 0, 1, 2:
			if _, twice := who[login]; twice {
				continue
			}
			who[login] = cmp.Or(string(role), "unset")
		case 3:
			who["@"+strings.ToUpper(login)] = cmp.Or(string(role), "unset")
		case 4:
			who["Kim ("+login+")"] = cmp.Or(string(role), "unset")
		case 5:
			text, role = text+" Ask @"+login+" about it.", coc.RoleUnset
		case 6:
			text, role = text+" It was "+strings.ToUpper(login[:1])+login[1:]+", again.", coc.RoleUnset
		case 7:
			text, role = text+" See https://github.com/"+login+".", coc.RoleUnset
		}
		a.named[login] = append(a.named[login], role)
	}
	return text, who
}

func (w *fates) files() {
	p := of(w.r, w.projects)
	a := &affair{about: p.repo, token: len(w.tokens), named: map[string][]coc.Role{}, certain: true}
	if w.r.IntN(10) == 0 {
		a.about = "nobody/nothing"
	}
	text, who := w.account(a, true)
	w.filed(a, "form", text, who)
	if err := fill(w.telling, report{About: a.about, Account: text, Who: who}); err != nil {
		w.t.Fatalf("the form: %v", err)
	}
}

func (w *fates) filed(a *affair, how, text string, who map[string]string) {
	a.name = "report " + string(rune('A'+len(w.affairs)%26))
	w.affairs = append(w.affairs, a)
	w.note("%s about %s by %s of %q: %q, naming %v, rows %v", a.name, a.about, how, a.reporter, text, a.named, who)
}

// labels opens an issue with the project's label, or puts it on later.
func (w *fates) labels() {
	p := of(w.r, w.projects)
	a := &affair{about: p.repo, token: -1, named: map[string][]coc.Role{}, certain: true}
	author := of(w.r, []string{"nell-newcomer", "tom-talker", w.somebody()})
	in := githubsim.NewIssue{Title: "Something happened here"}
	a.reporter = author
	later := w.r.IntN(3) == 0
	if later {
		if a.reporter = p.maintainer; author != p.maintainer {
			a.named[author] = append(a.named[author], coc.RoleUnset)
		}
	} else {
		in.Labels, in.Template = []string{"code-of-conduct"}, true
	}
	text, _ := w.account(a, false)
	in.Body = text
	w.filed(a, "label", text, nil)
	n, err := w.OpenIssue(author, p.repo, in)
	if err == nil && later {
		w.rest()
		err = w.Label(p.maintainer, p.repo, n, "code-of-conduct")
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// capture comments /coc report in somebody's thread.
func (w *fates) capture() {
	p := of(w.r, w.projects)
	author, by := of(w.r, []string{"tom-talker", w.somebody()}), of(w.r, []string{"nell-newcomer", w.somebody()})
	a := &affair{about: p.repo, token: -1, reporter: by, named: map[string][]coc.Role{}}
	if author != by {
		a.named[author] = append(a.named[author], coc.RoleUnset)
	}
	text, _ := w.account(a, false)
	w.filed(a, "comment", text, nil)
	n, err := w.OpenIssue(author, p.repo, githubsim.NewIssue{Title: "Documentation", Body: "It is out of date."})
	if err == nil {
		_, err = w.Comment(by, p.repo, n, "/coc report\n"+text)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// adds sends the form again with more.
func (w *fates) adds() {
	forms := slices.DeleteFunc(slices.Clone(w.affairs), func(a *affair) bool { return a.token < 0 })
	if len(forms) == 0 {
		w.files()
		return
	}
	a := of(w.r, forms)
	text, who := w.account(a, true)
	w.note("more of %s: %q, naming %v, rows %v", a.name, text, a.named, who)
	w.tokens = append(w.tokens, w.tokens[a.token])
	if err := fill(w.telling, report{About: a.about, Account: text, Who: who, Again: true}); err != nil {
		w.t.Fatalf("the form again: %v", err)
	}
}

// commands is somebody writing below a case, and others after them.
func (w *fates) commands() {
	for n := range 1 + w.r.IntN(3) {
		if n > 0 {
			w.rest()
			w.judge()
		}
		w.command()
	}
}

func (w *fates) command() {
	placed := slices.DeleteFunc(slices.Clone(w.affairs), func(a *affair) bool { return a.last() == nil || a.last().issue == 0 })
	if len(placed) == 0 {
		w.files()
		return
	}
	a := of(w.r, placed)
	if w.r.IntN(2) == 0 { // most is done in one of them
		a = placed[len(placed)-1]
	}
	n := len(a.homes) - 1
	if w.r.IntN(10) == 0 {
		n = w.r.IntN(len(a.homes))
	}
	h := a.homes[n]
	if h.issue == 0 {
		return
	}
	say := w.phrase(a, h)
	if strings.Contains(say, "WORD") {
		other, word := w.somebody(), w.word()
		say = strings.NewReplacer("WORD", word, "OTHER", other).Replace(say)
		a.words = append(a.words, word)
		if strings.Contains(say, other) {
			a.passing = &passed{home: n, login: other}
		}
	}
	w.says(a, n, w.speaker(a, h), say)
	if strings.HasPrefix(say, "propose") && n == len(a.homes)-1 {
		w.decides(a, n)
	}
}

// decides is what most of those who work a case say to what was proposed, and that
// one of them resolves it. Random words alone would seldom decide anything.
func (w *fates) decides(a *affair, n int) {
	able := w.able(a)
	for _, l := range able {
		if w.r.IntN(8) > 0 {
			w.says(a, n, l, of(w.r, []string{"agree", "agree", "agree", "agree", "agree", "object"}))
		}
	}
	if len(able) > 0 {
		w.says(a, n, of(w.r, able), "resolve")
	}
}

// speaker is mostly somebody who can do something where a case is or was.
func (w *fates) speaker(a *affair, h home) string {
	if able := w.able(a); w.r.IntN(8) > 0 && len(able) > 0 {
		return of(w.r, able)
	}
	readers := slices.DeleteFunc(w.readersOf(h.repo), func(l string) bool { return l == "" })
	return of(w.r, append(readers, of(w.r, w.people)))
}

// heard is what a member writes above a decision, where somebody is accused.
var heard = []string{"accused notified\n/coc ", "accused notified\n/coc ", "accused deferred Not yet, WORD.\n/coc ", ""}

// phrase is a command, with WORD for what is said in confidence and OTHER for whom
// that names. What waits for somebody's word gets it more often than by chance.
func (w *fates) phrase(a *affair, h home) string {
	for _, d := range a.said {
		if !d.Own() && !d.Settled && w.r.IntN(2) == 0 {
			return "confirm-conflict @" + string(d.Login)
		}
	}
	whom := of(w.r, w.people)
	if responders := a.responders(); w.r.IntN(5) > 0 && len(responders) > 0 {
		whom = of(w.r, responders)
	}
	if late := w.late(a, h); len(late) > 0 && w.r.IntN(2) == 0 {
		return "admit @" + of(w.r, late) + of(w.r, []string{"", " all"})
	}
	say := of(w.r, []string{
		"status", "help", "nonsense", "agree", "claim", "ack", "close", "reopen It came back.", "screen",
		"NEXT", "NEXT", "NEXT", "NEXT", "NEXT", "NEXT",
		"clear", "clear", "recuse hard", "recuse soft comment", "recuse soft employer", "recuse soft",
		"recuse @WHOM hard", "recuse @WHOM hard", "recuse @WHOM soft comment", "confirm-conflict @WHOM", "admit @WHOM", "admit @WHOM all",
		"accused notified", "accused heard WHOM says so, WORD.", "accused deferred Not yet, WORD.", "accused notified @WHOM", "accused", "accused link WHOM says so, WORD.", "template reporter-outcome",
		"interim I muted WHOM, WORD.", "interim confirm", "interim reverse 1",
		"mediate Both agree, WHOM says, WORD.", "mediate ended",
		"escalate We know everybody, WORD.", "escalate Ask OTHER, WORD.",
		"severity high", "flag retaliation", "evidence https://chat.example/1 His words, WORD.", "link #1", "link #2", "update We look into it.", "ask When was it?",
		"remedy They talk, WORD.", "remedy lapsed 1 They left, WORD.", "remedy done 1",
		"transfer harbor Committee It is theirs, WORD.", "transfer foundation Ask OTHER, WORD.", "transfer river Committee Ask OTHER, WORD.",
	})
	verbs := chaosWay[string(a.stage)]
	if a.stage == coc.StageMediation {
		verbs = []string{"mediate ended"}
	}
	if say == "NEXT" && len(verbs) > 0 {
		say = strings.NewReplacer(
			"propose", "propose warning They talked.", "resolve", of(w.r, heard)+"resolve", "reopen", "reopen It came back.",
		).Replace(of(w.r, verbs))
	}
	return strings.ReplaceAll(say, "WHOM", whom)
}

// says is a command below one of the issues that a case has or had.
func (w *fates) says(a *affair, n int, by, say string) {
	h := a.homes[n]
	if _, err := w.Comment(by, h.repo, h.issue, "/coc "+say); err != nil {
		w.note("%s cannot write in %s#%d", by, h.repo, h.issue)
		a.passing = nil
		return
	}
	w.note("%s in %s#%d, home %d of %s: %s", by, h.repo, h.issue, n, a.name, say)
	if n == len(a.homes)-1 {
		a.hears(by, say)
	}
}

// able is the responders of a case who can write there.
func (w *fates) able(a *affair) []string {
	return slices.DeleteFunc(a.responders(), func(l string) bool { return !w.CanRead(l, a.last().repo) })
}

// takesOn is a committee with a case that takes somebody on, who then reads its
// room and is let into the case.
func (w *fates) takesOn() {
	for _, a := range slices.Backward(w.affairs) {
		h := a.last()
		if h == nil || h.issue == 0 || h.panel == nil || !h.panel.file && !h.panel.team || h.panel.broken {
			continue
		}
		p, who := h.panel, of(w.r, append(slices.Clone(h.panel.pool), "otis-outsider"))
		if named := slices.Sorted(maps.Keys(a.named)); len(named) > 0 && w.r.IntN(3) == 0 {
			who = of(w.r, named)
		}
		if coc.HasLogin(p.roster().Logins(), coc.Login(who)) {
			continue
		}
		w.note("%s is taken on by %s, and reads %s", who, p.name, h.repo)
		w.byHand(func() error {
			if p.team {
				p.council = append(slices.Clone(p.council), who)
				return errors.Join(w.AddTeamMember(p.org, "council", who), w.AddCollaborator(h.repo, who, "triage"))
			}
			p.members = append(slices.Clone(p.members), coc.Member{Login: coc.Login(who)})
			if err := w.PutFile(p.room, policy.CommitteePath, p.text()); err != nil {
				p.members = p.members[:len(p.members)-1]
				return err
			}
			return w.AddCollaborator(h.repo, who, "triage")
		})
		// Whoever has a conflict, however small, may let nobody in.
		declares := of(w.r, []string{"clear", "clear", "recuse soft comment"})
		for _, say := range []string{declares, "admit @" + who} {
			w.rest()
			w.judge()
			if able := w.able(a); len(able) > 0 && w.r.IntN(5) > 0 {
				w.says(a, len(a.homes)-1, able[0], say)
			}
		}
		return
	}
	w.commands()
}

// late is who came to the committee of a home after the case.
func (w *fates) late(a *affair, h home) (who []string) {
	if h.panel == nil {
		return nil
	}
	for _, l := range h.panel.roster().Logins() {
		if !slices.Contains(a.admitted, string(l)) && !coc.HasLogin(h.roster.Logins(), l) {
			who = append(who, string(l))
		}
	}
	return who
}

// busy is a committee, more often one that has a case.
func (w *fates) busy() *panel {
	var all []*panel
	for _, a := range w.affairs {
		if h := a.last(); h != nil && h.panel != nil {
			all = append(all, h.panel, h.panel)
		}
	}
	return of(w.r, append(all, w.panels...))
}

// room is one of the repositories where cases are.
func (w *fates) room() string {
	var rooms []string
	for _, a := range w.affairs {
		if h := a.last(); h != nil && h.repo != "" {
			rooms = append(rooms, h.repo)
		}
	}
	for _, p := range w.panels {
		rooms = append(rooms, p.room)
	}
	return of(w.r, rooms)
}

// byHand lets the world do something, and remembers whom it let in where.
func (w *fates) byHand(do func() error) {
	before := map[string][]string{}
	for _, p := range w.places() {
		before[p.repo] = w.readersOf(p.repo)
	}
	if err := do(); err != nil {
		w.note("which did not work: %v", err)
	}
	for repo, had := range before {
		for _, login := range w.readersOf(repo) {
			if slices.Contains(had, login) {
				continue
			}
			if w.handed[repo] == nil {
				w.handed[repo] = map[string]bool{}
			}
			w.handed[repo][login] = true
		}
	}
}

// letsIn lets somebody into a room, a team or an organisation.
func (w *fates) letsIn() {
	repo, p := w.room(), w.busy()
	who := of(w.r, append(slices.Clone(p.pool), "otis-outsider", "tom-talker"))
	switch w.r.IntN(4) {
	case 0, 1:
		w.note("%s is let into %s", who, repo)
		w.byHand(func() error { return w.AddCollaborator(repo, who, "triage") })
	case 2:
		if !p.team {
			w.pushes()
			return
		}
		w.note("%s joins the team of %s", who, p.name)
		w.byHand(func() error { return w.AddTeamMember(p.org, "council", who) })
		p.council = append(p.council, who)
	case 3:
		owner := w.r.IntN(3) == 0
		w.note("%s joins %s, as owner %v", who, p.org, owner)
		w.byHand(func() error { return w.AddMember(p.org, who, owner) })
	}
}

func (w *fates) putsOut() {
	repo, p := w.room(), w.busy()
	switch w.r.IntN(3) {
	case 0:
		readers := w.readersOf(repo)
		if len(readers) == 0 {
			return
		}
		who := of(w.r, readers)
		w.note("%s is put out of %s", who, repo)
		w.byHand(func() error { return w.RemoveCollaborator(repo, who) })
	case 1:
		if len(p.council) == 0 {
			return
		}
		who := of(w.r, p.council)
		w.note("%s leaves the team of %s", who, p.name)
		w.byHand(func() error { return w.RemoveTeamMember(p.org, "council", who) })
		p.council = slices.DeleteFunc(slices.Clone(p.council), func(l string) bool { return l == who })
	case 2:
		who := of(w.r, p.pool)
		w.note("%s leaves %s", who, p.org)
		w.byHand(func() error { return w.RemoveMember(p.org, who) })
		for _, team := range []*[]string{&p.council, &p.nested} {
			if p.team {
				*team = slices.DeleteFunc(slices.Clone(*team), func(l string) bool { return l == who })
			}
		}
	}
}

// pushes changes a committee's own file.
func (w *fates) pushes() {
	files := slices.DeleteFunc(slices.Clone(w.panels), func(p *panel) bool { return !p.file })
	if len(files) == 0 {
		w.letsIn()
		return
	}
	p := of(w.r, files)
	if q := w.busy(); q.file {
		p = q
	}
	was := *p
	p.broken = false
	var comes coc.Login
	switch w.r.IntN(6) {
	case 0:
		p.broken = true
	case 1:
		if len(p.members) > 1 {
			p.members = slices.Clone(p.members[:len(p.members)-1])
		}
	default:
		who := coc.Login(of(w.r, append(slices.Clone(p.pool), "otis-outsider")))
		if !p.team && !slices.ContainsFunc(p.members, func(m coc.Member) bool { return m.Login.Is(who) }) {
			p.members, comes = append(slices.Clone(p.members), coc.Member{Login: who}), who
		}
	}
	w.note("the file of %s: %q, for %q", p.name, p.text(), comes)
	w.byHand(func() error {
		err := w.PutFile(p.room, policy.CommitteePath, p.text())
		if err != nil {
			*p = was
		} else if comes != "" && w.r.IntN(3) > 0 {
			err = w.AddCollaborator(p.room, string(comes), "triage")
		}
		return err
	})
}

// repoints changes where a project points: which must wait, or break.
func (w *fates) repoints() {
	p := of(w.r, w.projects)
	text := of(w.r, []string{brokenPointer, "version: 1\ncommittee: foundation\n", p.pointer,
		"version: 1\ncommittee:\n  name: Friends\n  level: project\n  incidents: foundation-conduct/cases\n  contact: a@b.example\n  members: [tom-talker, mira-maintainer]\n"})
	w.note("%s points: %q", p.at, text)
	w.byHand(func() error { return w.PutFile(p.at, policy.PointerPaths[0], text) })
}

// setting changes what a room is, or what all members of its organisation may.
func (w *fates) setting() {
	repo := w.room()
	org, _, _ := strings.Cut(repo, "/")
	switch w.r.IntN(7) {
	case 0:
		w.note("%s becomes public", repo)
		w.byHand(func() error { return w.SetVisibility(repo, "public") })
	case 1, 2:
		w.note("%s becomes private", repo)
		w.byHand(func() error { return w.SetVisibility(repo, "private") })
	case 3:
		w.note("%s is archived", repo)
		w.byHand(func() error { return w.Archive(repo) })
	case 4:
		w.note("%s is taken from the archive", repo)
		w.byHand(func() error { return w.Unarchive(repo) })
	case 5:
		base := of(w.r, []string{"none", "read"})
		w.note("members of %s may %s", org, base)
		w.byHand(func() error { return w.SetBasePermission(org, base) })
	case 6:
		on := w.r.IntN(2) == 0
		w.note("issues in %s: %v", repo, on)
		w.byHand(func() error { return w.SetIssues(repo, on) })
	}
}

func (w *fates) waits() {
	by := of(w.r, []time.Duration{90 * time.Minute, 26 * time.Hour, 73 * time.Hour, 5 * 24 * time.Hour})
	w.note("%s go by", by)
	w.advance(by)
}
