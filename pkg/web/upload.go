package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

const (
	// uploadWithin is how long a form with files may take: a telephone far from
	// anywhere sends them slowly. What is sent is kept for longer than that.
	uploadWithin = 30 * time.Minute
	// overhead is what a part of a form has beside what is in it, leastPart what one
	// counts for that has nothing.
	overhead  = 16 << 10
	leastPart = 128
	// maxDropped is how much is read of files that are not taken: a browser shows the
	// answer most surely when it has sent all, and some pictures are worth waiting for.
	maxDropped = 4 << 20
)

// sent is a form as it came in.
type sent struct {
	form  url.Values
	files []coc.Upload
	// chosen: there were files in it, whatever became of them.
	chosen bool
	// wrong is the key of a sentence about the files; "": nothing is wrong with them.
	// Then none of them is kept any more.
	wrong string
}

// Uploads is how many files a form takes, as its pages say it.
type uploads struct {
	Files int
	MB    int64
}

func (s *site) uploads() uploads {
	l := s.Desk.Uploads()
	return uploads{l.Files, l.File >> 20}
}

// take reads a form of at most so many bytes of words, and the files in it one after
// the other as they come. Before the first of them it asks, by what stood before it,
// whether this form may bring any: keeping them costs too much for whoever is sent away
// in any event. What is wrong with a file is no error: the words are to be given back.
// The caller keeps the files, or calls discard.
//
// Of each picture it asks in the same way whether it is to be drawn anew, without what
// its file tells beside what is seen: what says so must stand before the files, because
// they are kept as they come.
func (s *site) take(w http.ResponseWriter, r *http.Request, most int64, may, clean func(before url.Values) bool) (sent, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		err := r.ParseForm()
		return sent{form: r.PostForm}, err
	}
	limits := s.Desk.Uploads()
	r.Body = http.MaxBytesReader(w, r.Body, 2*most+int64(limits.Files+1)*(limits.File+overhead))
	parts, err := r.MultipartReader()
	if err != nil {
		return sent{}, err
	}
	c := http.NewResponseController(w)
	end := time.Now().Add(uploadWithin)
	// Where it cannot be set, the server's own holds.
	_, _ = c.SetReadDeadline(end), c.SetWriteDeadline(end.Add(time.Minute))
	ctx, cancel := context.WithTimeout(r.Context(), uploadWithin)
	defer cancel()
	in := incoming{site: s, sender: r.RemoteAddr, limits: limits, left: most, may: may, clean: clean, drops: maxDropped, sent: sent{form: url.Values{}}}
	if err := in.read(ctx, parts); err != nil && !errors.Is(err, errEnough) {
		s.discard(r, in.files)
		return sent{}, err
	}
	if in.wrong != "" {
		s.discard(r, in.files)
		in.files = nil
	}
	r.Form, r.PostForm = in.sent.form, in.sent.form
	return in.sent, nil
}

// filed says what became of the report that the files belong to: they are its own now,
// or may be.
func (in *sent) filed(err error) {
	if err == nil || errors.Is(err, coc.ErrUnsure) {
		in.files = nil
	}
}

// withFiles adds what is wrong with the files. Where something else is wrong, they have
// to be chosen again as well, because no page can give files back.
func (p *formPage) withFiles(in sent) {
	switch {
	case in.wrong != "":
		p.Problems["files"] = in.wrong
	case len(p.Problems) > 0 && in.chosen:
		p.Problems["files"] = "upload.again"
	}
}

// withFiles is the same for what is written with a receipt.
func (p *progressPage) withFiles(in sent) {
	if in.wrong != "" && p.Problem == "" {
		p.Problem = in.wrong
	}
	if p.Problem != "" && in.wrong == "" {
		p.chooseAgain(in)
	}
}

// chooseAgain asks for the files again, because no page can give them back.
func (p *progressPage) chooseAgain(in sent) {
	if in.chosen {
		p.FilesProblem = "upload.again"
	}
}

// chooseAgain asks for the files again.
func (p *formPage) chooseAgain(in sent) {
	if in.chosen {
		p.Problems["files"] = "upload.again"
	}
}

// FilesProblem is the key of what is wrong with the files.
func (p formPage) FilesProblem() string { return p.Problems["files"] }

// FilesHint is the key of what is said of the files that can be chosen.
func (p formPage) FilesHint() string {
	if p.Offers() != "" {
		return "add.hint" // the box says what becomes of pictures
	}
	return "upload.hint"
}

// FilesHint is the same for what is written with a receipt.
func (p progressPage) FilesHint() string {
	if p.Offers() != "" {
		return "add.hint"
	}
	return "upload.hint"
}

// Offers is the key of what is offered to whoever may have pictures kept as they are:
// on the form somebody who is signed in, because only they can report under their name.
func (p formPage) Offers() string {
	if p.Named.Who == "" {
		return ""
	}
	return "clean.named"
}

// Offers is the same with the receipt of a report that carries a name.
func (p progressPage) Offers() string {
	if !p.Named {
		return ""
	}
	return "clean.label"
}

// Cleaned reports whether the box was ticked, when what was written comes back.
func (p progressPage) Cleaned() bool { return p.In.Clean }

// Cleaned reports whether the box for it was ticked.
func (p formPage) Cleaned() bool { return p.In.Clean }

// cleansReport reports whether pictures that come with a report are drawn anew: always,
// unless it is to carry a name.
func cleansReport(form url.Values) bool { return form.Get("named") == "" || form.Get("clean") != "" }

// discard gives up files that nobody is going to file.
func (s *site) discard(r *http.Request, files []coc.Upload) {
	if len(files) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWithin)
	defer cancel()
	s.Desk.Discard(ctx, files)
}

// incoming is a form that is being read.
type incoming struct {
	*site
	sent
	limits casework.EvidenceLimits
	left   int64 // how many bytes of words there may still be
	may    func(url.Values) bool
	asked  bool  // may was
	barred bool  // by may: no file is kept
	drops  int64 // how much is still read of files that are not kept
	sender string
	end    func()                // once it counts among those that are being read
	clean  func(url.Values) bool // by what came before the files
}

// errEnough ends the reading of a form whose files are not kept.
var errEnough = errors.New("enough was read of files that are not kept")

// read goes through all parts, also when something is wrong with a file: what was
// written may stand behind it, and a browser shows no answer before it has sent all.
func (in *incoming) read(ctx context.Context, parts *multipart.Reader) error {
	defer func() {
		if in.end != nil {
			in.end()
		}
	}()
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// Names, and parts that have nothing in them, are kept as well.
		if in.left -= int64(len(part.FormName()) + len(part.FileName()) + leastPart); in.left < 0 {
			return &http.MaxBytesError{Limit: in.left}
		}
		if part.FormName() == "files" {
			err = in.file(ctx, part)
		} else {
			err = in.field(part)
		}
		if err != nil {
			return err
		}
	}
}

func (in *incoming) field(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, in.left+1))
	if err != nil {
		return err
	}
	if in.left -= int64(len(value)); in.left < 0 {
		return &http.MaxBytesError{Limit: in.left}
	}
	in.sent.form.Add(part.FormName(), string(value))
	return nil
}

// file keeps one file. Nobody's are kept who has not asked for the form.
func (in *incoming) file(ctx context.Context, part *multipart.Part) error {
	from := bufio.NewReader(part)
	if _, err := from.Peek(1); errors.Is(err, io.EOF) && part.FileName() == "" {
		return nil // nobody chose a file for this field
	}
	in.chosen = true
	if !in.asked {
		in.asked, in.barred = true, !tokenForm.MatchString(in.sent.form.Get("token")) || !in.may(in.sent.form)
	}
	if in.barred {
		n, err := io.CopyN(io.Discard, from, in.drops)
		if in.drops -= n; in.drops == 0 {
			return errEnough
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	}
	if in.wrong == "" {
		in.wrong = in.keep(ctx, part.FileName(), from)
	}
	_, err := io.Copy(io.Discard, from)
	return err
}

func (in *incoming) keep(ctx context.Context, name string, from io.Reader) (wrong string) {
	if len(in.files) >= in.limits.Files {
		return "error.file-many"
	}
	if in.end == nil {
		var ok bool
		if in.end, ok = in.uploading.begin(in.sender, in.Now()); !ok {
			return "error.file-space"
		}
	}
	kept, err := in.Desk.Upload(ctx, coc.NewProse(name), from, in.clean(in.sent.form))
	var is evidence.Wrong
	switch {
	case err == nil:
		in.files = append(in.files, kept)
		return ""
	case errors.As(err, &is):
		return fileProblems[is]
	}
	in.reference("upload", errors.New("a file could not be kept"), coc.NewProse(err.Error()))
	return "error.file-space"
}

// fileProblems are keys of sentences.
var fileProblems = map[evidence.Wrong]string{
	evidence.Unknown: "error.file-kind", evidence.Markup: "error.file-kind", evidence.Archive: "error.file-kind",
	evidence.Foreign: "error.file-foreign", evidence.TooLarge: "error.file-large", evidence.TooBig: "error.file-pixels",
	evidence.Empty: "error.file-damaged", evidence.Damaged: "error.file-damaged",
	evidence.NoSpace: "error.file-space", evidence.CaseFull: "error.file-case", evidence.Known: "error.file-known",
}
