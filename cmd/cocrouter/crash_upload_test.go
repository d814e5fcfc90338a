package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/store"
)

// crashFile is a file that somebody sends, each time the same.
type crashFile struct{ name, what string }

// A file of two pieces, and a picture, which is kept twice on its way.
func twoPieces() crashFile              { return crashFile{"notes.txt", strings.Repeat("What they said. ", 20<<10)} }
func onePicture(t *testing.T) crashFile { return crashFile{"screenshot.png", drawn(t)} }

// sends is a form as a browser sends it, with its files where it has some.
func (w *crashWorld) sends(path string, form url.Values, files []crashFile) (*http.Request, error) {
	body, kind := io.Reader(strings.NewReader(form.Encode())), "application/x-www-form-urlencoded"
	if len(files) > 0 {
		var parts bytes.Buffer
		m := multipart.NewWriter(&parts)
		var err error
		for name, values := range form {
			for _, v := range values {
				err = errors.Join(err, m.WriteField(name, v))
			}
		}
		for _, f := range files {
			part, failed := m.CreateFormFile("files", f.name)
			if failed == nil {
				_, failed = io.WriteString(part, f.what)
			}
			err = errors.Join(err, failed)
		}
		if err = errors.Join(err, m.Close()); err != nil {
			return nil, err
		}
		body, kind = &parts, m.FormDataContentType()
	}
	req, err := http.NewRequest(http.MethodPost, w.setup.Address+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", w.setup.Address)
	return req, nil
}

var (
	agrees   = regexp.MustCompile(`action="(/login/oauth/authorize[^"]*)"`)
	casePath = regexp.MustCompile(`href="(/cases/[a-z2-7]{26})"`)
)

// signIn has a member sign in and find their case.
func (w *crashWorld) signIn(login string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	w.member = &http.Client{Jar: jar, Timeout: crashPatience}
	page, err := w.reads(w.member.Get(w.setup.Address + "/auth/github?back=/cases"))
	m := agrees.FindStringSubmatch(page)
	if err != nil || m == nil {
		return errors.Join(err, fmt.Errorf("no page of GitHub's: %s", page))
	}
	page, err = w.reads(w.member.PostForm(w.URL()+strings.ReplaceAll(m[1], "&amp;", "&"), url.Values{"as": {login}}))
	if m = casePath.FindStringSubmatch(page); err != nil || m == nil {
		return errors.Join(err, fmt.Errorf("no case: %s", page))
	}
	w.record = m[1]
	return nil
}

func (*crashWorld) reads(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	return string(page), err
}

// addFiles is what a member sends, and again: then the case has it already.
func (w *crashWorld) addFiles() error {
	page, err := w.reads(w.member.Get(w.setup.Address + w.record))
	token := formToken.FindStringSubmatch(page)
	if err != nil || token == nil {
		return errors.Join(err, fmt.Errorf("the case has no form for files: %s", page))
	}
	req, err := w.sends(w.record+"/evidence", url.Values{"token": {token[1]}}, w.files)
	if err != nil {
		return err
	}
	page, err = w.reads(w.member.Do(req))
	if err == nil && !strings.Contains(page, w.files[0].name) {
		err = fmt.Errorf("the case has no such file: %s", page)
	}
	w.added = w.added || err == nil
	return err
}

// wholeFiles checks what is kept: no file is half, each item of a case has its file, and
// each file its item, unless a report waits that may have brought it, or it was sent again
// for nothing, which is swept later.
func wholeFiles(w *crashWorld, st *store.Store, resent bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), crashPatience)
	defer cancel()
	db, err := sql.Open("sqlite", "file:"+w.setup.file()+"-evidence?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	var half, loose, kept, waits int
	err = errors.Join(
		db.QueryRowContext(ctx, `SELECT count(*) FROM contents WHERE size IS NULL`).Scan(&half),
		db.QueryRowContext(ctx, `SELECT count(*) FROM pieces WHERE content NOT IN (SELECT id FROM contents)`).Scan(&loose),
		db.QueryRowContext(ctx, `SELECT count(*) FROM contents`).Scan(&kept),
		w.jobs.QueryRowContext(ctx, `SELECT count(*) FROM intakes WHERE state <> 'done'`).Scan(&waits),
	)
	if err != nil {
		return err
	}
	ids, err := st.CaseIDs(ctx)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, id := range ids {
		c, err := st.Case(ctx, id)
		if err != nil {
			return err
		}
		for _, e := range c.Evidence {
			r, err := st.Content(ctx, e.Content)
			if err != nil {
				return fmt.Errorf("a row without its file: %w", err)
			}
			n, err := io.Copy(io.Discard, r)
			if err != nil || n != e.Content.Size {
				return fmt.Errorf("a row with half a file: %d of %d bytes, %w", n, e.Content.Size, err)
			}
			have[e.Content.ID] = true
		}
	}
	switch {
	case half > 0 || loose > 0:
		return fmt.Errorf("%d files are half, and %d pieces are nobody's", half, loose)
	case len(have) > 1 || resent && len(have) == 0:
		return fmt.Errorf("%d files are evidence, and one was sent", len(have))
	case !resent && waits == 0 && kept > len(have):
		return fmt.Errorf("%d files without a row", kept-len(have))
	}
	return nil
}

// uploading is the durable steps of an upload: what is kept of a file, and the commits by
// which it comes to belong to a report and then to a case. What follows from those is
// killed at elsewhere.
func uploading(p crashPoint) bool {
	return slices.ContainsFunc([]string{
		"commit of Store.Keep for", "commit of Store.keepPieces for", "commit of Store.Drop for", "commit of Store.insertIntakes",
		"commit of Store.Commit for Desk.commit", "commit of Store.Commit for Desk.AddFiles", // and commitOver
	}, func(step string) bool { return p.nth <= 2 && strings.HasPrefix(p.what, step) })
}

func TestKillDuringAnUploadLeavesItWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	opened := func(w *crashWorld) error {
		return errors.Join(w.openForm(riverRepo, crashAccount), w.sendForm(), w.settled())
	}
	const room = "river-conduct/cases#1 open [escalation/project flag/anonymous status/received] case=1"
	picture := onePicture(t)
	crashEverywhere(t, []crashStory{
		{
			name: "a picture with the form", among: uploading, left: wholeFiles, act: (*crashWorld).sendForm,
			before: func(w *crashWorld) error {
				err := w.openForm(riverRepo, crashAccount)
				if err == nil {
					w.form.files = []crashFile{picture}
				}
				return err
			},
			want: "journal: opened\n" + room + "\n",
		},
		{
			name: "a text with the receipt", among: uploading, left: wholeFiles, act: (*crashWorld).sendAnswer,
			before: func(w *crashWorld) error {
				w.files = []crashFile{twoPieces()}
				return errors.Join(opened(w), w.openReceipt("Here it is."))
			},
			want: "journal: opened wrote\n" + room + " conduct-rooms[bot]\n",
		},
		{
			name: "a text from a member", among: uploading, left: wholeFiles, act: (*crashWorld).addFiles,
			before: func(w *crashWorld) error {
				w.files = []crashFile{twoPieces()}
				return errors.Join(opened(w), w.signIn(riverCommittee[0]))
			},
			want: "journal: opened evidence\n" + room + " conduct-rooms[bot]\n",
		},
	})
}
