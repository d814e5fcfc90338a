// Cocrouter is a GitHub App that takes a Code of Conduct report, finds the
// committee that must handle it, opens it as a private issue that only
// unconflicted people can read, and keeps the case moving until it is closed.
//
// This is the newcomer's tour. Begin with
//
//	go run ./cmd/cocrouter demo
//
// which runs the real server against a simulated GitHub on your machine, plays
// three reports and then lets you play on. Everything below happens there.
//
// # One report, from end to end
//
// Somebody writes into the form at /report/OWNER/REPO (package web), or labels
// an issue, or comments "/coc report" (package hook). Either way the words are
// sealed (seal) and made durable in one transaction (store) before anybody is
// told "received". That row, an intake, has a job.
//
// The worker runs the job, and the job asks casework, the only place where a
// decision meets the world. casework reads what route.Decide asks for, one fact
// at a time: the project's coc.yaml, the committee's own file, who can read its
// incident repository (all through forge, which speaks to GitHub). policy
// parses what people wrote; conflict says who is recused; route picks the
// committee and explains every step. Then one commit makes the case, its first
// revision and the next jobs durable together.
//
// The next job looks once more at who can read the room, and opens the issue:
// a code name as title, the words of notice as body, the labels of stage. A
// hidden marker makes sure that a crash in between leaves one issue and not
// two.
//
// A member comments "/coc ack". hook takes it, command parses it, casework asks
// whether the author is a responder of this case and stage whether the step is
// legal; a commit moves the case by one revision, and a job shows the newest
// revision on the issue. Labels and body are a projection of the case in our
// store, and never the truth themselves.
//
// # Where to read on
//
//   - coc holds the words that everything else speaks, and Prose, the type that
//     cannot print what people wrote in confidence.
//   - The core is policy, conflict, route, stage, ballot, command, evidence and
//     notice: values in, values out. No clock, no I/O. Most rules live in tables there.
//   - casework/ports.go is the list of everything the core's decisions need
//     from the outside.
//   - The edges are hook, web, forge, store and worker. They never import each
//     other; this package wires them, in server.go.
//   - Who may read a case's record on our pages is one rule over facts,
//     conflict/visit.go, which casework/member.go asks for each time.
//   - githubsim is a GitHub on loopback, for the demo and the tests.
//
// pkg/imports_test.go asserts all of these arrows. ROUTING.md, whose table is
// run as a test, says how a report finds its committee.
//
// # This package
//
// main.go is the command line: run takes arguments and streams and returns an
// exit code, so that tests call it as a shell would. Each command has a file of its
// name: serve.go; keygen.go; lint.go; migrate.go and copy.go for databases; explain.go,
// which asks where a report would go and writes nothing, and explain_show.go, which
// prints the answer; jobs.go, which lets an operator try again what failed; notices.go,
// which lists what they bring to desks without GitHub; doctor.go, which holds every file
// of evidence against what was written down of it when it came, and doctor_committees.go,
// which asks whether each committee would take a case; and version.go. What
// they ask of a server that runs goes through operate.go.
//
// config.go reads what the operator wrote, and settings.go refuses what is missing or
// weak. server.go puts the parts together and runs them: sweep.go has what GitHub could
// not deliver fetched from its log, attempts.go remembers which jobs have written
// nothing yet, clock.go tells everybody the same time, ready.go says whether the store
// can write, metrics.go counts without naming anybody, enterprise.go says what a GitHub
// cannot do, and coredump.go keeps the memory off the disk when the process crashes.
//
// demo.go plays, in demo_world.go's world, what demo_play.go tells. world_file.go reads
// the described worlds that explain can ask, and that the stories of testdata/cases are
// told in. worlds_test.go makes worlds that nobody described, has people there do
// whatever people do, and asks everybody what they can read.
package main
