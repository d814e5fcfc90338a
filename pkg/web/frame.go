package web

import (
	"net/http"
	"slices"
)

// frame is a page with what stands around every one.
type frame struct {
	Page any
	Exit exit
	// Unreviewed says that nobody whose own language it is has looked at the words.
	Unreviewed bool
	// Others are the languages to go on in. There are none on a page that answers a
	// form: a link from there would lose what was typed, or a receipt.
	Others []*catalogue
}

// framed puts a page into its frame.
func (s *site) framed(r *http.Request, in words, page any) frame {
	f := frame{Page: page, Exit: exit{s.Exit}, Unreviewed: !in.Reviewed}
	if r.Method != http.MethodPost {
		f.Others = slices.DeleteFunc(slices.Clone(catalogues), func(c *catalogue) bool { return c == in.catalogue })
	}
	return f
}
