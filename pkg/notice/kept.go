package notice

import "github.com/cocrouter/cocrouter/pkg/coc"

// Keep makes a private text into prose, so that it can be sealed until it is
// posted.
func Keep(p Private) coc.Prose { return coc.NewProse(p.Markdown()) }

// Kept takes up again what Keep gave. It is not a way to post people's words:
// it takes finished text and defuses nothing.
func Kept(p coc.Prose) Private { return private(p.Reveal()) }
