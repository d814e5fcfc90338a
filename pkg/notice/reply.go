package notice

import (
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Help says what can be done in a case at this stage.
func Help(s coc.Stage) Private { return private("") }

// Status says in a few lines how a case stands.
func Status(c coc.Case, now time.Time) Private { return private("") }

// Refused answers a command that was not carried out.
func Refused(r coc.Refusal) Private { return private("") }

// Addition is what the reporter sent later.
func Addition(a coc.Addition) Private { return private("") }
