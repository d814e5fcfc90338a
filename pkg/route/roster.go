package route

import "github.com/cocrouter/cocrouter/pkg/coc"

// Roster is a committee as its own file has it now, with its team looked up. It
// asks for whatever decides that. A reason says why it cannot be told; who is on
// it is then not known.
func Roster(w World, c coc.Committee) (coc.Committee, *coc.Reason, *Need) { return w.resolve(c) }
