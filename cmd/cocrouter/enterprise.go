package main

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
)

// lackSentences tell the operator what a GitHub cannot do, what that means here
// and what to do about it.
var lackSentences = map[forge.Feature]string{
	forge.DeliveryLog: "this GitHub shows no log of webhook deliveries: what is lost on the way stays lost. " +
		"Check that the App has a webhook; if it has, upgrade the server.",
	forge.MinimizeComment: "this GitHub cannot hide comments: `original: minimize` leaves the comment as it is. " +
		"Use lock or keep in coc.yaml, or upgrade the server.",
}

// askAgain is how long a GitHub that does not answer is left alone before it is
// asked again which one it is.
const askAgain = time.Minute

// greet tells the operator which GitHub this is and what it lacks. Nothing
// waits for it: a GitHub that is away is asked again until ctx ends.
func (o operator) greet(ctx context.Context, ask func(context.Context) (forge.Server, error)) {
	for silent := false; ; silent = true {
		server, err := ask(ctx)
		if err == nil {
			o.introduce(server)
			return
		}
		if ctx.Err() != nil {
			return
		}
		_, later := coc.IsLater(err)
		if !silent || !later {
			o.log.Warn().Err(err).Msg("GitHub does not say which server it is")
		}
		if !later {
			return // it will say the same again
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return
		}
	}
}

func (o operator) introduce(server forge.Server) {
	if server.Release != "" {
		o.log.Info().Str("release", server.Release).Msg("GitHub Enterprise Server")
	}
	const tested = " than those that cocrouter is tested against, " + forge.OldestRelease + " to " + forge.NewestRelease
	switch server.Untested() {
	case -1:
		o.warn("this GitHub Enterprise Server is older" + tested + ": what it lacks shows only when it is needed. Upgrade the server.")
	case 1:
		o.log.Info().Msg("this GitHub Enterprise Server is newer" + tested)
	}
	for _, missing := range server.Lacks {
		o.lacks(missing)
	}
}

// lacks tells the operator of one feature that this GitHub does not have.
func (o operator) lacks(missing forge.Feature) {
	o.warn(lackSentences[missing])
}

func (o operator) warn(sentence string) {
	o.metrics.alarms.Inc()
	o.log.Warn().Bool("alarm", true).Msg(sentence)
}
