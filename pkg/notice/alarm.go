package notice

import (
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Alarm tells the operator of a problem of a room or a file.
func Alarm(r coc.Reason) Operator {
	text := r.Rule
	return Operator{&text}
}
