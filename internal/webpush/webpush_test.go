package webpush

import (
	"crypto/ecdh"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The example of RFC 8291, appendix A.
func TestEncryptsAsTheStandardSays(t *testing.T) {
	decode := func(text string) []byte {
		t.Helper()
		b, err := encoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	own, err := ecdh.P256().NewPrivateKey(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	to := Subscription{
		P256DH: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	}
	got, err := encryptWith(own, decode("DGv6ra1nlYgDCS1FRnbzlw"), to, []byte("When I grow up, I want to be a watermelon"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_" +
		"yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if encoding.EncodeToString(got) != want {
		t.Errorf("got %s", encoding.EncodeToString(got))
	}
}

func TestSend(t *testing.T) {
	status := http.StatusCreated
	var header http.Header
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		w.WriteHeader(status)
	}))
	defer service.Close()
	sender, err := NewSender(service.Client(), func(n int) []byte {
		if n == 0 {
			return make([]byte, 32) // zero is no key
		}
		return []byte(strings.Repeat("k", 32))
	}, "mailto:deskbell@chat.example")
	if err != nil {
		t.Fatal(err)
	}
	browser, err := ecdh.P256().GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	to := Subscription{service.URL + "/push/1", encoding.EncodeToString(browser.PublicKey().Bytes()), encoding.EncodeToString(make([]byte, 16))}
	send := func(to Subscription, payload string) error {
		return sender.Send(t.Context(), to, []byte(payload), "topic", time.Hour)
	}
	if err := send(to, "{}"); err != nil {
		t.Fatal(err)
	}
	if header.Get("TTL") != "3600" || header.Get("Content-Encoding") != "aes128gcm" || !strings.HasSuffix(header.Get("Authorization"), ", k="+sender.PublicKey()) {
		t.Errorf("headers: %v", header)
	}
	for _, status = range []int{http.StatusNotFound, http.StatusGone} {
		if err := send(to, "{}"); err != ErrGone {
			t.Errorf("%d: %v", status, err)
		}
	}
	status = http.StatusTooManyRequests
	if err := send(to, "{}"); err == nil || err == ErrGone {
		t.Errorf("429: %v", err)
	}
	if err := send(to, strings.Repeat("x", maxPayload+1)); err == nil {
		t.Error("a message that fits no record was sent")
	}
	for _, bad := range []Subscription{{P256DH: to.P256DH, Auth: "AAAA"}, {P256DH: "BAAA", Auth: to.Auth}, {P256DH: to.P256DH + "A", Auth: to.Auth}} {
		if bad.Check() == nil {
			t.Errorf("%v counts as well-formed", bad)
		}
	}
}
