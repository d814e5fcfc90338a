package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/store"
)

// accountClaims are those about what installations have written to GitHub.
var accountClaims = []func(*testing.T, database){
	AccountIsKeptPerInstallation,
	AccountChangesOneAtATime,
	AccountThatWasNotCommittedIsAsBefore,
	AccountNamesNobodyOnDisk,
}

func AccountIsKeptPerInstallation(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	for _, installation := range []int64{4100, 4200, -4100} {
		if now, err := s.AccountNow(t.Context(), installation); err != nil || len(now) != 0 {
			t.Errorf("of %d there is %q before anything, %v", installation, now, err)
		}
		err := s.Account(t.Context(), installation, func(account []byte) []byte {
			if len(account) != 0 {
				t.Errorf("of %d there is %q before anything", installation, account)
			}
			return fmt.Append(nil, "of ", installation)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s = d.reopen(t, s)
	for _, installation := range []int64{4100, 4200, -4100} {
		if now, err := s.AccountNow(t.Context(), installation); err != nil || string(now) != fmt.Sprint("of ", installation) {
			t.Errorf("of %d there is %q now, %v", installation, now, err)
		}
		err := s.Account(t.Context(), installation, func(account []byte) []byte {
			if string(account) != fmt.Sprint("of ", installation) {
				t.Errorf("of %d there is %q", installation, account)
			}
			return account
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func AccountChangesOneAtATime(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	countUp(t, s, s)
}

// AccountChangesOneAtATimeAmongProcesses is for databases that several share.
func AccountChangesOneAtATimeAmongProcesses(t *testing.T, d database) {
	countUp(t, d.open(t, store.Options{}), d.open(t, store.Options{}))
}

func countUp(t *testing.T, stores ...*store.Store) {
	t.Helper()
	const each = 20
	up := func(account []byte) []byte {
		n, _ := binary.Uvarint(account)
		return binary.AppendUvarint(nil, n+1)
	}
	together(4*len(stores), func(i int) {
		for range each {
			if err := stores[i%len(stores)].Account(t.Context(), 4100, up); err != nil {
				t.Error(err)
			}
		}
	})
	err := stores[0].Account(t.Context(), 4100, func(account []byte) []byte {
		if n, _ := binary.Uvarint(account); n != uint64(4*len(stores)*each) {
			t.Errorf("%d changes made %d", 4*len(stores)*each, n)
		}
		return account
	})
	if err != nil {
		t.Error(err)
	}
}

func AccountThatWasNotCommittedIsAsBefore(t *testing.T, d database) {
	die := false
	s := d.open(t, store.Options{Commit: func(before bool) {
		if before && die {
			panic(errors.New("killed"))
		}
	}})
	set := func(to string) error {
		return s.Account(t.Context(), 4100, func([]byte) []byte { return []byte(to) })
	}
	if err := set("before"); err != nil {
		t.Fatal(err)
	}
	die = true
	func() {
		defer func() { _ = recover() }()
		_ = set("after")
		t.Error("it was not killed")
	}()
	die = false
	err := s.Account(t.Context(), 4100, func(account []byte) []byte {
		if string(account) != "before" {
			t.Errorf("it is %q", account)
		}
		return account
	})
	if err != nil {
		t.Error(err)
	}
}

func AccountNamesNobodyOnDisk(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if err := s.Account(t.Context(), 41004200, func([]byte) []byte { return []byte("canary account") }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"canary account", "41004200"} {
		if bytes.Contains(d.pages(t), []byte(words)) {
			t.Errorf("%q stands on the disk", words)
		}
	}
}
