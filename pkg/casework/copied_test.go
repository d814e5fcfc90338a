package casework_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// copied is a value that shares nothing with the one that it was copied from.
func copied[T any](v T) T {
	copyInto(reflect.ValueOf(&v).Elem())
	return v
}

// copyInto gives v slices, maps and pointers of its own.
func copyInto(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() { // what is not, is a string or a time
				copyInto(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(out, v)
		v.Set(out)
		if flat(v.Type().Elem()) {
			return
		}
		for i := range v.Len() {
			copyInto(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out := reflect.New(v.Type().Elem())
			out.Elem().Set(v.Elem())
			copyInto(out.Elem())
			v.Set(out)
		}
	case reflect.Map, reflect.Interface, reflect.Chan, reflect.Func:
		if !v.IsNil() {
			panic("a case has no " + v.Kind().String())
		}
	}
}

// flat reports whether values of a type share nothing when they are copied.
func flat(t reflect.Type) bool {
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Slice && t.Kind() != reflect.Pointer
}

func TestCopySharesNothing(t *testing.T) {
	t.Parallel()
	of := coc.Case{
		ID: "one", Flags: []coc.Flag{"a"}, Appeal: &coc.Appeal{Deciders: []coc.Login{"ada"}}, Due: []coc.Due{{What: "x", At: time.Unix(1, 0)}},
		Placements: []coc.Placement{{Committee: coc.Committee{Members: []coc.Member{{Login: "ada"}}}}},
		Report:     coc.Report{Account: coc.NewProse("words")},
	}
	same := copied(of)
	if !reflect.DeepEqual(of, same) {
		t.Fatalf("%+v is no copy of %+v", same, of)
	}
	same.Flags[0], same.Appeal.Deciders[0], same.Due[0].What, same.Placements[0].Committee.Members[0].Login = "b", "ben", "y", "ben"
	if of.Flags[0] != "a" || of.Appeal.Deciders[0] != "ada" || of.Due[0].What != "x" || of.Placements[0].Committee.Members[0].Login != "ada" {
		t.Errorf("it shares with its copy: %+v", of)
	}
}
