package casework_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// packed is a value as it is once it was packed and read again. The zero value is
// one that is missing.
type packed struct{ v any }

// pack reads back what is packed, so that nothing is remembered that the real store
// would lose.
func (m *memory) pack(v any) packed {
	if m.copies {
		is := reflect.New(reflect.TypeOf(v)).Elem()
		is.Set(reflect.ValueOf(v))
		detach(is)
		return packed{is.Interface()}
	}
	p, err := m.keys.Pack(v)
	if err != nil {
		panic(err)
	}
	read := reflect.New(reflect.TypeOf(v))
	if err := m.keys.Unpack(p, read.Interface()); err != nil {
		panic(err)
	}
	return packed{read.Elem().Interface()}
}

// load gives out a copy of its own. Unpacking once more would do the same, and took
// most of the time of these tests.
func load[T any](p packed) (T, error) {
	v, ok := p.v.(T)
	if !ok {
		return v, fmt.Errorf("memory: %w", coc.ErrMissing)
	}
	return copied(v), nil
}

// copied shares nothing with v that can be changed.
func copied[T any](v T) T {
	out := v
	detach(reflect.ValueOf(&out).Elem())
	return out
}

// detach replaces whatever v shares with what it was copied from.
func detach(v reflect.Value) {
	if !shares(v.Type()) || v.IsZero() {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			detach(v.Field(i))
		}
	case reflect.Pointer:
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(v.Elem())
		detach(to.Elem())
		v.Set(to)
	case reflect.Slice:
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(to, v)
		for i := 0; shares(v.Type().Elem()) && i < to.Len(); i++ {
			detach(to.Index(i))
		}
		v.Set(to)
	case reflect.Map:
		to := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(each.Value())
			detach(value)
			to.SetMapIndex(each.Key(), value)
		}
		v.Set(to)
	default:
		panic(fmt.Sprintf("cannot copy a %s", v.Type()))
	}
}

var sharing sync.Map // of reflect.Type: bool

// shares reports whether two copies of such a value have something in common. What
// a package keeps to itself is taken for unchangeable only where it is known to be.
func shares(t reflect.Type) bool {
	if known, ok := sharing.Load(t); ok {
		return known.(bool)
	}
	does := false
	switch t.Kind() {
	case reflect.Struct:
		for i := 0; i < t.NumField() && t != reflect.TypeFor[time.Time](); i++ {
			f := t.Field(i)
			if part := shares(f.Type); part && !f.IsExported() {
				panic(fmt.Sprintf("%s.%s cannot be copied", t, f.Name))
			} else if part {
				does = true
			}
		}
	case reflect.Array:
		if does = shares(t.Elem()); does {
			panic(fmt.Sprintf("cannot copy a %s", t))
		}
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		does = true
	}
	sharing.Store(t, does)
	return does
}

func TestCopyOfACaseSharesNothingWithIt(t *testing.T) {
	t.Parallel()
	answer := &coc.Answer{By: "alex"}
	c := coc.Case{
		Report:     coc.Report{Added: []coc.Addition{{Text: coc.NewProse("more"), Answer: answer}}},
		Placements: []coc.Placement{{Responders: []coc.Login{"rowan"}}},
		Journal:    []coc.Entry{{Act: "open", At: time.Unix(1, 0).UTC()}},
	}
	now := copied(c)
	if !reflect.DeepEqual(now, c) {
		t.Errorf("a copy is %+v, want %+v", now, c)
	}
	now.Report.Added[0].Answer.By, now.Placements[0].Responders[0], now.Journal[0].Act = "kim", "kim", "x"
	if answer.By != "alex" || c.Placements[0].Responders[0] != "rowan" || c.Journal[0].Act != "open" {
		t.Errorf("changing a copy changed %+v", c)
	}
}
