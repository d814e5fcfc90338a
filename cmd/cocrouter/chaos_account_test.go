package main

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// chaosAccount is what somebody who is accused answered at the address that a member sent
// them.
type chaosAccount struct {
	word  string
	saved bool // the page says so
}

// givesAccount is somebody who is accused, with one of the last addresses that a committee
// made: they do not give up before the page says that it is saved, or that nothing is
// there any more. Some press the button twice.
func (c *chaos) givesAccount(a chaosAct) {
	all := c.addresses(a)
	if len(all) == 0 {
		return
	}
	at := c.servers.setup.Address + all[len(all)-1-a.Roll%min(len(all), 4)]
	given := &chaosAccount{word: a.Word}
	times, token := 1+a.Roll%3/2, ""
	c.insist(func() error {
		if token == "" {
			status, page, err := ask(crashBrowser.Get(at))
			if err != nil || status == http.StatusNotFound {
				return err
			}
			m := hiddenToken.FindStringSubmatch(page)
			if m == nil {
				return fmt.Errorf("%d, and no form at the address", status)
			}
			if words := lakeWords(page); len(words) > 1 {
				c.t.Errorf("the page for the accused has %d words of a case", len(words))
			}
			token = html.UnescapeString(m[1])
			c.mu.Lock()
			c.accounts = append(c.accounts, given)
			c.mu.Unlock()
		}
		for ; times > 0; times-- {
			status, page, err := ask(crashBrowser.PostForm(at, url.Values{"token": {token}, "words": {"It was not like that, " + a.Word + "."}}))
			switch {
			case err != nil:
				return err
			case status == http.StatusNotFound:
				return nil
			case status != http.StatusOK || !strings.Contains(page, "It is saved"):
				return fmt.Errorf("an account is answered by %d", status)
			}
			c.mu.Lock()
			given.saved = true
			c.mu.Unlock()
		}
		return nil
	})
}

// addresses is those that stand in the cases of a room that came last, or else of another.
func (c *chaos) addresses(a chaosAct) (all []string) {
	rooms := slices.Sorted(maps.Keys(chaosRooms))
	for n := range rooms {
		room := rooms[(a.Nth+n)%len(rooms)]
		now, err := c.nameOf(room)
		if err != nil {
			c.t.Error(err)
			return nil
		}
		for _, s := range chaosAsk[chaosSaid](c, chaosRooms[room][0], "/repos/"+now+"/issues/comments?") {
			all = append(all, answerAddress.FindAllString(s.Body, -1)...)
		}
		if len(all) > 0 {
			break
		}
	}
	return all
}

// judgeAccounts: what the accused were told is saved is in one case, once, and stands once
// in the issue that it lives in, where it has one; nothing is there that nobody sent.
func (c *chaos) judgeAccounts(found []*chaosIssue, cases []coc.Case) (accounts int) {
	sent := map[string]bool{}
	for _, given := range c.accounts {
		sent[given.word] = true
		kept, said, home := 0, 0, false
		for _, cs := range cases {
			for _, inv := range cs.Invitations {
				if !strings.Contains(inv.Answer.Reveal(), given.word) {
					continue
				}
				kept++
				for _, i := range found {
					if i.holds(cs.ID, len(cs.Placements)-1) {
						home, said = true, said+i.says(given.word)
					}
				}
			}
		}
		if kept > 1 || given.saved && kept == 0 || home && said != 1 {
			c.t.Errorf("an account %s, saved: %v, is kept %d times, and is %d times in its home, where there is one: %v", given.word, given.saved, kept, said, home)
		}
		accounts += kept
	}
	for _, cs := range cases {
		for _, inv := range cs.Invitations {
			if words := chaosWords(inv.Answer.Reveal()); slices.ContainsFunc(words, func(w string) bool { return !sent[w] }) {
				c.t.Errorf("nobody sent the account %q; %s", words, describe(cs))
			}
		}
	}
	return accounts
}
