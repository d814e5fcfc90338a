package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what a file is, by its content. The zero value is nothing that is kept.
type Kind string

// The kinds that are kept.
const (
	PNG       Kind = "image/png"
	JPEG      Kind = "image/jpeg"
	GIF       Kind = "image/gif"
	WebP      Kind = "image/webp"
	MP4       Kind = "video/mp4"
	WebM      Kind = "video/webm"
	QuickTime Kind = "video/quicktime"
	PDF       Kind = "application/pdf"
	Text      Kind = "text/plain"
)

var endings = map[Kind]string{
	PNG: ".png", JPEG: ".jpg", GIF: ".gif", WebP: ".webp", MP4: ".mp4", WebM: ".webm", QuickTime: ".mov", PDF: ".pdf", Text: ".txt",
}

// CanRedraw reports whether it is a picture, whose metadata can be left out.
func (k Kind) CanRedraw() bool { return slices.Contains([]Kind{PNG, JPEG, GIF, WebP}, k) }

// Wrong is why a file is not taken: a key, for which each language has a sentence.
type Wrong string

// What is wrong with files.
const (
	Empty    Wrong = "empty"   // there is nothing in it
	TooLarge Wrong = "large"   // more than one file may have
	Unknown  Wrong = "unknown" // none of the kinds
	Markup   Wrong = "markup"  // a page, or a drawing that can hold a program
	Archive  Wrong = "archive" // or something that is one besides
	Foreign  Wrong = "foreign" // a telephone's own format of pictures
	Damaged  Wrong = "damaged" // it begins like one of the kinds and does not go on so
	TooBig   Wrong = "pixels"  // a picture of more than can be drawn
	NoSpace  Wrong = "space"   // this server holds no more
	CaseFull Wrong = "case"    // the case holds no more
	Known    Wrong = "known"   // the case has it already
)

func (w Wrong) Error() string { return "file refused: " + string(w) }

const (
	// headSize is how much of a file is looked at before it is known.
	headSize = 4 << 10
	// tailSize is the most that can stand behind the directory of a zip archive.
	tailSize = 22 + 1<<16
)

// Recognise says what a file is by its beginning, of headSize bytes or all that it
// has. What is no kind of ours is a Wrong.
func Recognise(head []byte) (Kind, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case len(head) == 0:
		return "", Empty
	case has("\x89PNG\r\n\x1a\n"):
		return PNG, nil
	case has("\xff\xd8\xff"):
		return JPEG, nil
	case has("GIF87a"), has("GIF89a"):
		return GIF, nil
	case has("RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP":
		return WebP, nil
	case has("%PDF-1."), has("%PDF-2."):
		return PDF, nil
	case has("\x1a\x45\xdf\xa3"):
		if bytes.Contains(head[:min(len(head), 64)], []byte("\x42\x82\x84webm")) {
			return WebM, nil
		}
		return "", Unknown
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return film(string(head[8:12]))
	case has("PK\x03\x04"), has("PK\x05\x06"), has("\x1f\x8b"), has("7z\xbc\xaf"), has("Rar!"), has("BZh"), has("\xfd7zXZ"), has("\x28\xb5\x2f\xfd"):
		return "", Archive
	}
	return words(head)
}

// film is what the brand of such a file stands for.
func film(brand string) (Kind, error) {
	switch strings.ToLower(brand) {
	case "qt  ":
		return QuickTime, nil
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis":
		return "", Foreign
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "m4v ", "m4vh", "m4vp", "msnv", "dash", "mmp4", "f4v ",
		"3gp4", "3gp5", "3gp6", "3g2a", "mp71":
		return MP4, nil
	}
	return "", Unknown
}

// words is text that begins like no page and no program. A file whose name says
// otherwise is text all the same, and is shown as nothing else.
func words(head []byte) (Kind, error) {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	start := strings.ToLower(string(bytes.TrimLeft(text, " \t\r\n\f")))
	for _, sign := range []string{"<!doctype", "<html", "<svg", "<?xml", "<script", "<head", "<body", "<iframe", "<style", "<!--", "<?php", "<math", "<object", "<embed", "mime-version:", "content-type:"} {
		if strings.HasPrefix(start, sign) {
			return "", Markup
		}
	}
	if len(text) == 0 {
		return "", Empty
	}
	// The last character may be cut.
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRune(text); len(head) < headSize || r != utf8.RuneError || size != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	if !legible(text) {
		return "", Unknown
	}
	return Text, nil
}

// legible reports whether it is UTF-8 without what no text has in it.
func legible(text []byte) bool {
	return utf8.Valid(text) && bytes.IndexFunc(text, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) || r == 0x7f
	}) < 0
}

// File is a file on its way in: recognised, and checked, counted and hashed while
// it is read.
type File struct {
	Kind Kind

	from    io.Reader
	left    int64 // how much more it may have
	size    int64
	sum     hash.Hash
	tail    []byte // the last of what was read
	partial []byte // of text: a character whose end has not come
	err     error
}

// Open recognises a file that may have so many bytes. What is wrong with it is a
// Wrong, of Open or, where it shows later, of Read.
func Open(from io.Reader, most int64) (*File, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(from, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	kind, err := Recognise(head)
	if err != nil {
		return nil, err
	}
	return &File{Kind: kind, from: io.MultiReader(bytes.NewReader(head), from), left: most, sum: sha256.New()}, nil
}

// Read gives what was sent. io.EOF comes only for a whole file that is what it
// began as.
func (f *File) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.from.Read(p)
	if f.left -= int64(n); f.left < 0 {
		f.err = TooLarge
		return 0, f.err
	}
	f.size += int64(n)
	f.sum.Write(p[:n])
	f.keep(p[:n])
	if f.Kind == Text && !f.reads(p[:n], errors.Is(err, io.EOF)) {
		f.err = Damaged
		return 0, f.err
	}
	if errors.Is(err, io.EOF) {
		if wrong := f.atEnd(); wrong != "" {
			err = wrong
		}
	}
	f.err = err
	return n, err
}

// keep remembers the end of what was read.
func (f *File) keep(p []byte) {
	if len(p) > tailSize {
		p = p[len(p)-tailSize:]
	}
	f.tail = append(f.tail, p...)
	if len(f.tail) > 2*tailSize {
		f.tail = append(f.tail[:0], f.tail[len(f.tail)-tailSize:]...)
	}
}

// reads checks a piece of text, which may end within a character.
func (f *File) reads(p []byte, last bool) bool {
	text := append(f.partial, p...)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text) && !last; i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole = len(text) - i
			}
			break
		}
	}
	f.partial = append([]byte(nil), text[whole:]...)
	return legible(text[:whole])
}

func (f *File) atEnd() Wrong {
	tail := f.tail[max(0, len(f.tail)-tailSize):]
	switch {
	case endsAsArchive(tail):
		return Archive
	case f.Kind == PDF && !bytes.Contains(tail[max(0, len(tail)-1024):], []byte("%%EOF")):
		return Damaged
	}
	return ""
}

// endsAsArchive finds the directory of a zip archive, whose length says that it
// ends where the file ends: such a file is an archive, whatever it begins as.
func endsAsArchive(tail []byte) bool {
	for at := len(tail); ; {
		at = bytes.LastIndex(tail[:at], []byte("PK\x05\x06"))
		if at < 0 {
			return false
		}
		if rest := len(tail) - at; rest >= 22 && int(binary.LittleEndian.Uint16(tail[at+20:])) == rest-22 {
			return true
		}
	}
}

// Size and Sum are of what was read so far: the number of bytes, and the SHA-256 in
// hexadecimal.
func (f *File) Size() int64 { return f.size }

// Sum is said above.
func (f *File) Sum() string { return hex.EncodeToString(f.sum.Sum(nil)) }
