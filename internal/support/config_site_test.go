package support

import (
	"reflect"
	"testing"
)

// A setting that is in no part could never differ from site to site, and nobody would notice.
func TestPartsHoldEverySetting(t *testing.T) {
	t.Parallel()
	var full Settings
	fillIn(reflect.ValueOf(&full).Elem())
	if got := (Settings{}).With(SettingsParts, full); !reflect.DeepEqual(got, full) {
		t.Errorf("all parts together make\n%+v\nwant\n%+v", got, full)
	}
	for _, part := range SettingsParts {
		others, err := partsOf(SettingsParts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range others {
			if others[i] == part {
				others = append(others[:i], others[i+1:]...)
				break
			}
		}
		if got := (Settings{}).With(others, full); reflect.DeepEqual(got, full) {
			t.Errorf("%s holds nothing", part)
		}
	}
}

// fillIn gives every field a value that is not its zero.
func fillIn(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillIn(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillIn(v.Index(0))
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fillIn(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("x"), value)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	}
}
