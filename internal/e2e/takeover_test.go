package e2e

import (
	"net/http"
	"slices"
	"testing"
)

// How somebody might get at another person's conversation by what they claim to be.

func TestVerifiedDevicesShareTheConversation(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email := unique("share") + "@customer.example"
	first := verified(t, a.srv, tok, email, 1)
	first.post(t, "from the laptop")

	second := started(t, a.srv, tok, obj{"email": email})
	second.post(t, "before the phone is verified")
	own := second.conversation
	if own == first.conversation {
		t.Fatal("shared before proof")
	}
	answer := second.verify(t, second.sendCode(t, email, 2))
	is(t, answer, "conversation_id", first.conversation)
	equal(t, "the second device reads", second.texts(t), []string{"from the laptop"})
	second.post(t, "from the phone")
	equal(t, "the first device reads", first.texts(t), []string{"from the laptop", "from the phone"})
	equal(t, "its own stays for the team", a.texts(t, own), []string{"before the phone is verified"})
	c := a.do(t, "GET", "/conversation/"+first.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "status", "active")

	t.Run("a closed one is left alone", func(t *testing.T) {
		a.do(t, "PATCH", "/conversation/"+first.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
		a.do(t, "PATCH", "/conversation/"+own, obj{"status": "closed"}).ok(t, http.StatusOK)
		third := started(t, a.srv, tok, obj{"email": email})
		mine := third.conversation
		is(t, third.verify(t, third.sendCode(t, email, 3)), "conversation_id", mine)
		equal(t, "the third device reads", third.texts(t), nil)
	})
}

func TestTakeoverByClaims(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history", "file_upload")
	secret := "my bank account is 1234"
	victimMail, victimPhone := unique("victim")+"@customer.example", "+4930"+digits(8)

	victim := started(t, a.srv, tok, obj{"email": victimMail, "phone": victimPhone, "name": "Victim"})
	victim.post(t, secret)
	victim.verify(t, victim.sendCode(t, victimMail, 1))
	var victimContact string
	a.srv.scan(t, &victimContact, "SELECT contact_id FROM support_sessions WHERE _id = ?", victim.sessionID)

	untouched := func(t *testing.T) {
		t.Helper()
		if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = ? AND email = ? AND name = 'Victim' AND email_verified = true", victimContact, victimMail); n != 1 {
			t.Error("the victim's contact changed")
		}
		if n := a.srv.count(t, "SELECT count(*) FROM support_conversations WHERE _id = ? AND contact_id = ?", victim.conversation, victimContact); n != 1 {
			t.Error("the victim's conversation belongs to somebody else")
		}
		equal(t, "the victim reads", victim.texts(t), []string{secret})
	}
	reads := func(t *testing.T, v *visitor) {
		t.Helper()
		if slices.Contains(v.texts(t), secret) || v.conversation == victim.conversation {
			t.Error("the attacker reads the victim's conversation")
		}
	}

	t.Run("claimed e-mail", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"email": victimMail})
		reads(t, v)
		before := a.srv.mails.countTo(victimMail)
		v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
		a.srv.mails.nth(t, victimMail, before+1)
		v.try(t, "000000")
		reads(t, v)
		untouched(t)
	})
	t.Run("own e-mail with the victim's phone", func(t *testing.T) {
		email := unique("attacker") + "@evil.example"
		v := started(t, a.srv, tok, obj{"email": email, "phone": victimPhone, "name": "Attacker"})
		answer := v.verify(t, v.sendCode(t, email, 1))
		if answer["conversation_id"] == victim.conversation {
			t.Error("the answer hands out the victim's conversation")
		}
		reads(t, v)
		var contact string
		a.srv.scan(t, &contact, "SELECT contact_id FROM support_sessions WHERE _id = ?", v.sessionID)
		if contact == victimContact {
			t.Error("the attacker became the victim's contact")
		}
		untouched(t)
		again := started(t, a.srv, tok, obj{"email": email})
		again.verify(t, again.sendCode(t, email, 2))
		reads(t, again)
	})
	t.Run("a phone of the attacker's that the victim gave by mistake", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"phone": victimPhone, "name": "Attacker"})
		v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
		v.verify(t, sixDigits.FindString(a.srv.sms.nth(t, victimPhone, 1).form.Get("Body")))
		reads(t, v)
		untouched(t)
	})
	t.Run("the victim's device id and address", func(t *testing.T) {
		v := newVisitor(a.srv, tok)
		v.device = victim.device
		v.start(t, obj{"email": victimMail, "phone": victimPhone}, http.StatusCreated)
		reads(t, v)
		untouched(t)
	})
	t.Run("a claimed user id", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"email": victimMail, "auth_attr": obj{"user_id": "1", "verified": true, "contact_id": victimContact, "email": victimMail}})
		reads(t, v)
		untouched(t)
	})
	t.Run("fields that nobody offered", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"email": victimMail, "verified": true, "session_id": victim.sessionID, "conversation_id": victim.conversation,
			"contact_id": victimContact, "contact": obj{"_id": victimContact}, "status": "active", "account_id": "x"})
		reads(t, v)
		if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE _id = ? AND verified = true", v.sessionID); n != 0 {
			t.Error("verified by claim")
		}
	})
}

func TestPreparedContactDoesNotCatchTheVictim(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email, attackerPhone := unique("later")+"@customer.example", "+4930"+digits(8)
	trap := started(t, a.srv, tok, obj{"email": email, "phone": attackerPhone, "name": "Trap"})
	trap.post(t, "waiting")

	victim := verified(t, a.srv, tok, email, 1)
	victim.post(t, "private matter")
	if victim.conversation == trap.conversation {
		t.Error("the victim was led into the attacker's conversation")
	}
	equal(t, "the trap reads", trap.texts(t), []string{"waiting"})

	byPhone := started(t, a.srv, tok, obj{"phone": attackerPhone})
	is(t, byPhone.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK), "success", true)
	code := sixDigits.FindString(a.srv.sms.nth(t, attackerPhone, 1).form.Get("Body"))
	byPhone.verify(t, code)
	if byPhone.conversation == victim.conversation || slices.Contains(byPhone.texts(t), "private matter") {
		t.Error("the prepared phone opens the victim's conversation")
	}
	equal(t, "the victim reads", victim.texts(t), []string{"private matter"})
}

func TestCodeStaysWithTheAddressItWentTo(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	mine, theirs := unique("mine")+"@evil.example", unique("theirs")+"@customer.example"
	victim := verified(t, a.srv, tok, theirs, 1)
	victim.post(t, "not for you")

	v := started(t, a.srv, tok, obj{"email": mine})
	code := v.sendCode(t, mine, 1)
	a.srv.edit(t, "UPDATE support_sessions SET email = ? WHERE _id = ?", theirs, v.sessionID)
	if r := v.try(t, code); r.status == http.StatusOK {
		v.session = str(t, r.ok(t, http.StatusOK), "session_token")
	}
	if n := a.srv.count(t, `SELECT count(*) FROM support_sessions s JOIN contacts c ON c._id = s.contact_id
		WHERE s._id = ? AND ((c.email = ? AND c.email_verified = true) OR c.phone_verified = true)`, v.sessionID, theirs); n != 0 {
		t.Error("verified for an address that never got the code")
	}
	if slices.Contains(v.texts(t), "not for you") {
		t.Error("and reads its owner's conversation")
	}
}
