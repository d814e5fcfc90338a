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
func detach(v reflect.Value) { detacherOf(v.Type()).detach(v) }

// detacher is how values of a type are detached, found out once for each type.
type detacher struct {
	shares bool // two copies of such a value have something in common
	kind   reflect.Kind
	of     reflect.Type // what is made anew
	elem   *detacher
	fields []int // of those that share
	each   []*detacher
}

func (d *detacher) detach(v reflect.Value) {
	if !d.shares {
		return
	}
	switch d.kind {
	case reflect.Struct:
		for n, i := range d.fields {
			d.each[n].detach(v.Field(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		to := reflect.New(d.of)
		to.Elem().Set(v.Elem())
		d.elem.detach(to.Elem())
		v.Set(to)
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		to := reflect.MakeSlice(d.of, v.Len(), v.Len())
		reflect.Copy(to, v)
		for i := 0; d.elem.shares && i < to.Len(); i++ {
			d.elem.detach(to.Index(i))
		}
		v.Set(to)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		to := reflect.MakeMapWithSize(d.of, v.Len())
		for each := v.MapRange(); each.Next(); {
			value := reflect.New(d.of.Elem()).Elem()
			value.Set(each.Value())
			d.elem.detach(value)
			to.SetMapIndex(each.Key(), value)
		}
		v.Set(to)
	default:
		if !v.IsZero() {
			panic(fmt.Sprintf("cannot copy a %s", v.Type()))
		}
	}
}

var detachers sync.Map // of reflect.Type: *detacher

// detacherOf knows how a type is detached. What a package keeps to itself is taken for
// unchangeable only where it is known to be. No record holds another of its own type.
func detacherOf(t reflect.Type) *detacher {
	if known, ok := detachers.Load(t); ok {
		return known.(*detacher)
	}
	d := &detacher{kind: t.Kind(), of: t}
	switch t.Kind() {
	case reflect.Struct:
		for i := 0; i < t.NumField() && t != reflect.TypeFor[time.Time](); i++ {
			f := t.Field(i)
			part := detacherOf(f.Type)
			if part.shares && !f.IsExported() {
				panic(fmt.Sprintf("%s.%s cannot be copied", t, f.Name))
			}
			if part.shares {
				d.shares, d.fields, d.each = true, append(d.fields, i), append(d.each, part)
			}
		}
	case reflect.Array:
		if d.shares = detacherOf(t.Elem()).shares; d.shares {
			panic(fmt.Sprintf("cannot copy a %s", t))
		}
	case reflect.Pointer:
		d.shares, d.of, d.elem = true, t.Elem(), detacherOf(t.Elem())
	case reflect.Slice, reflect.Map:
		d.shares, d.elem = true, detacherOf(t.Elem())
	case reflect.Interface, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		d.shares = true
	}
	detachers.Store(t, d)
	return d
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
