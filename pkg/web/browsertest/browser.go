package browsertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// startWithin is how long a browser may take to start, on a slow machine.
const startWithin = time.Minute

// programs are the names that Chromium goes by, Debian's first.
var programs = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "headless-shell"}

// running is the one browser of this process, or why there is none. It lives as
// long as the process: of each test it holds a context of its own, which has
// nothing of any other's.
var running = sync.OnceValues(start)

// kept keeps the watcher's pipe from being collected, which would close it.
var kept []io.Closer

func start() (context.Context, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "cocrouter-browser-")
	if err != nil {
		return nil, err
	}
	watcher, err := removeAtTheEnd(profile)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(profile))
	}
	kept = append(kept, watcher)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.NoSandbox, // the pages are ours, and CI is root
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-gpu", true),
		// Whatever a page asks of anybody else reaches nobody; that it was asked
		// is seen all the same.
		chromedp.Flag("host-resolver-rules", "MAP *.onion 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	allocated, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocated)
	// The browser lives as long as the context of the call that starts it: that
	// must not have a deadline, so it is watched from outside.
	started := make(chan error, 1)
	go func() {
		_, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) (browser.GetVersionResult, error) {
			return cdp.Call(ctx, t, browser.GetVersion, cdp.Empty{})
		})
		started <- err
	}()
	select {
	case err = <-started:
	case <-time.After(startWithin):
		err = fmt.Errorf("%s did not answer within %v", program, startWithin)
	}
	if err != nil {
		leave()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return ctx, nil
}

func find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium is on PATH; install the package chromium")
}

// removeAtTheEnd has a shell remove a folder when this process is gone, however
// it ends. The browser itself ends with the pipe on which we speak to it.
func removeAtTheEnd(folder string) (io.Closer, error) {
	const script = `trap '' INT TERM HUP; read -r nothing; for try in 1 2 3 4 5; do sleep 1; rm -rf "$1" && break; done 2>/dev/null`
	// Not bound to any context: it outlives the test that happens to start it.
	cmd := exec.Command("/bin/sh", "-c", script, "sh", folder) //nolint:noctx // see above
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return in, cmd.Start()
}
