package api

import (
	"regexp"
	"testing"
)

func TestAddressesWithoutLauncher(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		patterns []string
		address  string
		want     bool
	}{
		{nil, "https://shop.example/", false},
		{[]string{"/checkout*"}, "https://shop.example/checkout", true},
		{[]string{"/checkout*"}, "http://localhost:8080/checkout/pay?step=2#card", true},
		{[]string{"/checkout*"}, "https://shop.example/help/checkout", false},
		{[]string{"*/checkout*"}, "https://shop.example/help/checkout", true},
		{[]string{"/cart"}, "https://shop.example/cart#top", true},
		{[]string{"/cart"}, "https://shop.example/cart?a=1", false},
		{[]string{"/cart?a=*"}, "https://shop.example/cart?a=1", true},
		{[]string{"/cart.x"}, "https://shop.example/cartyx", false},
		{[]string{"/#/cart"}, "https://shop.example/#/cart", true},
		{[]string{"/#/cart"}, "https://shop.example/#/cart/2", false},
		{[]string{"https://shop.example/*"}, "https://shop.example/any", true},
		{[]string{"https://shop.example/*"}, "https://blog.example/any", false},
		{[]string{"/über***"}, "https://shop.example/%C3%BCber-uns", true},
		{[]string{"/a", "/b"}, "https://shop.example/b", true},
		{[]string{"/a", "/b"}, "https://shop.example/bb", false},
	} {
		source := addresses(c.patterns)
		if got := source != "" && regexp.MustCompile(source).MatchString(c.address); got != c.want {
			t.Errorf("%q at %s: %v (%s)", c.patterns, c.address, got, source)
		}
	}
}
