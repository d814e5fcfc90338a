package store_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// priorClaims are those of the record of a central committee.
var priorClaims = []func(*testing.T, database){
	PriorIsFoundByWhoItIsAbout,
	PriorIsAddedOnceForEachNotice,
	PriorsGoWithTheirNotice,
	PriorBelongsToANotice,
	StoreFromBeforeTheRecordGetsOne,
	StolenRecordTellsOfNobody,
}

func aPrior(notice coc.CaseID, login coc.Login, account int64) coc.Prior {
	return coc.Prior{Login: login, Account: account, Told: coc.Told{
		Central: "foundation", Notice: notice, Of: "of-" + notice, By: "example/cases", From: "Example",
		Ref: "N-" + string(notice), When: coc.WhenOpened, At: noon,
	}}
}

// recorded is a store with a notice for each line, called 0, 1 and so on.
func recorded(t *testing.T, d database, lines ...coc.Prior) *store.Store {
	t.Helper()
	s := d.open(t, store.Options{})
	for i, p := range lines {
		id := coc.CaseID(strconv.Itoa(i))
		p.Notice, p.Ref, p.At = id, "N-"+string(id), noon.Add(time.Duration(i)*time.Hour)
		mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase(id, 1)}, Priors: []coc.Prior{p}})
	}
	return d.reopen(t, s)
}

func PriorIsFoundByWhoItIsAbout(t *testing.T, d database) {
	s := recorded(t, d,
		aPrior("", "tom-talker", 7),  // 0
		aPrior("", "tom-talker", -1), // 1: GitHub did not know the name then
		aPrior("", "Tommy", 7),       // 2: under another name
		aPrior("", "tom-talker", 8),  // 3: another, who has the name by now
		aPrior("", "zed-zebra", 9),   // 4
	)
	for name, c := range map[string]struct {
		of   []coc.Party
		want string // the lines, with a ~ for those that are found by the name alone
	}{
		"the account, under its name":          {[]coc.Party{{Login: "TOM-talker", Account: 7}}, "0 1~ 2"},
		"the account, under a new name":        {[]coc.Party{{Login: "thomas", Account: 7}}, "0 2"},
		"another, who took the name":           {[]coc.Party{{Login: "tom-talker", Account: 8}}, "1~ 3"},
		"a third, who took the name":           {[]coc.Party{{Login: "tom-talker", Account: 10}}, "1~"},
		"a name that GitHub does not know":     {[]coc.Party{{Login: "tom-talker", Account: -1}}, "0~ 1~ 3~"},
		"a name that was not looked up":        {[]coc.Party{{Login: "tommy"}}, "2~"},
		"two at once":                          {[]coc.Party{{Login: "zed-zebra", Account: 9}, {Login: "tommy", Account: 7}}, "0 2 4"},
		"somebody else":                        {[]coc.Party{{Login: "ann", Account: 70}}, ""},
		"a name without an account":            {[]coc.Party{{Name: coc.NewProse("tom-talker")}}, ""},
		"the account that has no number":       {[]coc.Party{{Login: "ann", Account: -1}}, ""},
		"an empty login with a number":         {[]coc.Party{{Account: 7}}, ""},
		"nobody":                               {nil, ""},
		"a number that is written like a name": {[]coc.Party{{Login: "7", Account: -1}}, ""},
	} {
		found, err := s.Priors(t.Context(), c.of)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range found {
			if !slices.ContainsFunc(c.of, func(q coc.Party) bool { return q.Login == p.Login }) {
				t.Errorf("%s: a line about %q", name, p.Login)
			}
			got = append(got, string(p.Notice)+strings.Repeat("~", map[bool]int{true: 1}[p.ByName]))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func PriorIsAddedOnceForEachNotice(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	first := aPrior("one", "tom-talker", 7)
	first.Outcome = coc.OutcomeWarning
	other := aPrior("one", "TOM-Talker", 8)
	other.From = "Other"
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}, Priors: []coc.Prior{first, first, other}})
	mustCommit(t, s, coc.Change{Priors: []coc.Prior{other, first}})
	ended := first
	ended.When, ended.Outcome, ended.At = coc.WhenResolved, "ban", noon.Add(time.Minute)
	mustCommit(t, s, coc.Change{Priors: []coc.Prior{ended}}) // that it ended is new, and how
	mustCommit(t, s, coc.Change{Priors: []coc.Prior{ended}})
	second := aPrior("two", "tom-talker", 7)
	second.At = noon.Add(time.Hour)
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("two", 1)}, Priors: []coc.Prior{second}})
	s = d.reopen(t, s)
	got, err := s.Priors(t.Context(), []coc.Party{{Login: "tom-talker", Account: 7}})
	first.Account, ended.Account, second.Account = 0, 0, 0
	if diff := cmp.Diff([]coc.Prior{first, ended, second}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	// A change that does not hold adds nothing.
	third := aPrior("one", "zed-zebra", 9)
	if err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase("one", 5)}, Priors: []coc.Prior{third}}); err == nil {
		t.Fatal("it holds")
	}
	if got, err := s.Priors(t.Context(), []coc.Party{{Login: "zed-zebra", Account: 9}}); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func PriorsGoWithTheirNotice(t *testing.T, d database) {
	s := recorded(t, d, aPrior("", "tom-talker", 7), aPrior("", "tom-talker", 7))
	store.EraseCaseKey(t, s, "0")
	got, err := s.Priors(t.Context(), []coc.Party{{Login: "tom-talker", Account: 7}})
	if err != nil || len(got) != 1 || got[0].Notice != "1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func PriorBelongsToANotice(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	for name, p := range map[string]coc.Prior{"no notice": aPrior("", "tom-talker", 7), "nobody": aPrior("one", "", 7), "a notice that is not there": aPrior("two", "tom-talker", 7)} {
		if err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase(coc.CaseID("one"+name), 1)}, Priors: []coc.Prior{p}}); err == nil {
			t.Errorf("%s: it was kept", name)
		}
	}
}

func StoreFromBeforeTheRecordGetsOne(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}})
	for _, statement := range []string{ // and all that came after it
		`DROP TABLE priors`, `DROP TABLE kept`, `DROP TABLE IF EXISTS contents`, `DROP TABLE IF EXISTS pieces`,
		`DROP TABLE sessions`, `DROP TABLE spent`, `DROP TABLE looks`, `DROP TABLE reporters`, `DROP TABLE responders`, `DELETE FROM schema_version WHERE version >= 5`,
	} {
		if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open(t, store.Options{})
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("two", 1)}, Priors: []coc.Prior{aPrior("one", "tom-talker", 7)}})
	if got, err := s.Priors(t.Context(), []coc.Party{{Login: "tom-talker", Account: 7}}); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	begun(t, s, "token", kim, noon.AddDate(100, 0, 0))
}

// StolenRecordTellsOfNobody: without the operator's key neither a name is in it,
// nor can it be asked whether one is; also by whoever had a notice written about
// somebody and knows which line came of it.
func StolenRecordTellsOfNobody(t *testing.T, d database) {
	const account = 7315498212345
	s := recorded(t, d,
		aPrior("", "canary-5b1f-talker", account), aPrior("", "zed", 9),
		aPrior("", "canary-5b1f-talker", account), aPrior("", "canary-5b1f-talker", -1),
	)
	if got, err := s.Priors(t.Context(), []coc.Party{{Login: "canary-5b1f-talker", Account: account}}); err != nil || len(got) != 3 {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	rows, err := s.DB().QueryContext(t.Context(), `SELECT id, who, sealed FROM priors`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen, lengths := map[string]bool{}, map[string]bool{}
	for rows.Next() {
		var id string
		var who, line []byte
		if err := rows.Scan(&id, &who, &line); err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{id, string(who), string(line)} {
			if seen[cell] {
				t.Error("two lines have something in common")
			}
			seen[cell] = true
		}
		// No part of a cell is the same in two lines either, beyond the first byte,
		// which is the form.
		for i := 1; i+16 <= len(who); i++ {
			if part := string(who[i : i+16]); seen[part] {
				t.Error("two lines have a part in common")
			} else {
				seen[part] = true
			}
		}
		lengths[fmt.Sprint(len(id), len(who), len(line))] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 12 || len(lengths) != 1 {
		t.Errorf("%d cells, lengths %v: who it is about shows in the length", len(seen), lengths)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}

	strangers := newKeys(t)
	guesses := map[string][]byte{"a foreign key's digest of the name": []byte(strangers.Digest("prior of a name", "canary-5b1f-talker"))}
	for name, of := range map[string]string{"login": "canary-5b1f-talker", "account": strconv.Itoa(account)} {
		sum256, sum1, sum5 := sha256.Sum256([]byte(of)), sha1.Sum([]byte(of)), md5.Sum([]byte(of))
		for hash, sum := range map[string][]byte{"SHA-256": sum256[:], "SHA-1": sum1[:], "MD5": sum5[:]} {
			guesses[hash+" of the "+name] = sum
			guesses[hash+" of the "+name+" in hex"] = []byte(hex.EncodeToString(sum))
		}
		guesses[name] = []byte(of)
		guesses[name+" in base64"] = []byte(base64.StdEncoding.EncodeToString([]byte(of))[:12])
		guesses[name+" in hex"] = []byte(hex.EncodeToString([]byte(of)))
		for _, kind := range []string{"prior of a name", "prior of an account"} {
			guesses["the keyed hash itself: "+kind+" of the "+name] = []byte(d.keys.Digest(kind, of))
		}
	}
	pages := bytes.ToLower(d.pages(t))
	for name, guess := range guesses {
		if bytes.Contains(pages, bytes.ToLower(guess)) {
			t.Errorf("the disk holds the %s", name)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	(database{url: d.url, keysURL: d.keysURL, keys: strangers}).refused(t, "another operator's key")
}
