package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConfigShape(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop, "chat", "support", "file_upload"))
	r := v.config(t)
	c := r.ok(t, http.StatusOK)
	is(t, c, "success", true)
	shape(t, at(t, c, "config"), map[string]string{
		"widget_settings.theme": "string", "widget_settings.primary_color": "string", "widget_settings.position": "string",
		"widget_settings.greeting_message": "string", "widget_settings.offline_message": "string",
		"features.file_upload": "bool", "features.emoji_picker": "bool", "features.typing_indicators": "bool", "features.read_receipts": "bool",
		"business_hours.timezone": "string", "business_hours.schedule": "object", "business_hours.is_open": "bool", "business_hours.next_change_at": "time?",
		"requires_email": "bool", "requires_phone": "bool", "otp_verification_enabled": "bool",
	})
	is(t, c, "config.business_hours.is_open", true)
	is(t, c, "config.business_hours.next_change_at", nil)
	if len(r.body) > 1024 {
		t.Errorf("%d bytes with default texts", len(r.body))
	}
	if cc := r.header.Get("Cache-Control"); cc != "public, max-age=300" {
		t.Errorf("Cache-Control %q", cc)
	}
	if vary := strings.Join(r.header.Values("Vary"), ","); !hasWords(vary, "Authorization", "Origin") {
		t.Errorf("Vary %q", vary)
	}
	tag := r.header.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	same := v.do(t, "GET", "/config", nil, "If-None-Match", tag)
	if same.status != http.StatusNotModified || len(same.body) != 0 || same.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("If-None-Match: %v, %q", same, same.header.Get("Cache-Control"))
	}
	v.do(t, "GET", "/config", nil, "If-None-Match", `"other"`).ok(t, http.StatusOK)
	for _, refused := range []reply{a.srv.do(t, "GET", api+"/config", nil, "X-Device-ID", "d"), v.do(t, "GET", "/config", nil, "Origin", "https://evil.example")} {
		if cc := refused.header.Get("Cache-Control"); strings.Contains(cc, "public") || !strings.Contains(cc, "no-store") {
			t.Errorf("%v may be cached: %q", refused, cc)
		}
	}

	a.configure(t, obj{"widget_settings": obj{"greeting_message": "Welcome to the shop"}})
	fresh := v.do(t, "GET", "/config", nil, "If-None-Match", tag)
	is(t, fresh.ok(t, http.StatusOK), "config.widget_settings.greeting_message", "Welcome to the shop")
	if fresh.header.Get("ETag") == tag {
		t.Error("another configuration with the same ETag")
	}
	// The page documents only the support token for it, and a shared cache cannot vary by device.
	a.srv.do(t, "GET", api+"/config", nil, "Authorization", "Bearer "+v.token).ok(t, http.StatusOK)
}

func TestConfigFeaturesAreEffective(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	with, without := newVisitor(a.srv, a.newToken(t, shop, "chat", "file_upload")), newVisitor(a.srv, a.newToken(t, shop, "chat"))
	a.configure(t, obj{"features": obj{"file_upload": true, "emoji_picker": false}})
	is(t, with.config(t).ok(t, http.StatusOK), "config.features.file_upload", true)
	is(t, without.config(t).ok(t, http.StatusOK), "config.features.file_upload", false)
	is(t, with.config(t).ok(t, http.StatusOK), "config.features.emoji_picker", false)
	is(t, with.config(t).ok(t, http.StatusOK), "config.features.read_receipts", true)
	a.configure(t, obj{"features": obj{"file_upload": false}})
	is(t, with.config(t).ok(t, http.StatusOK), "config.features.file_upload", false)
	is(t, with.config(t).ok(t, http.StatusOK), "config.features.emoji_picker", false)
	b := newAccount(t, a.srv)
	is(t, newVisitor(b.srv, b.newToken(t, shop)).config(t).ok(t, http.StatusOK), "config.features.emoji_picker", true)
}

// noonZone is a time zone in which it is between 12:00 and 13:00 now.
func noonZone(now time.Time) (name string, zone *time.Location) {
	west := now.UTC().Hour() - 12
	return fmt.Sprintf("Etc/GMT%+d", west), time.FixedZone("", -west*3600)
}

func TestBusinessHours(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop))
	days := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	every := func(day any) obj {
		schedule := obj{}
		for _, d := range days {
			schedule[d] = day
		}
		return schedule
	}
	now := time.Now()
	name, zone := noonZone(now)
	local := now.In(zone)
	hours := func(schedule obj) obj {
		t.Helper()
		a.configure(t, obj{"business_hours": obj{"timezone": name, "schedule": schedule}})
		return at(t, v.config(t).ok(t, http.StatusOK), "config.business_hours").(obj)
	}
	day := func(offset, hour int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+offset, hour, 0, 0, 0, zone)
	}

	h := hours(every(obj{"start": "11:00", "end": "14:00"}))
	is(t, h, "timezone", name)
	is(t, h, "is_open", true)
	is(t, h, "schedule.monday.start", "11:00")
	is(t, h, "schedule.monday.end", "14:00")
	if next := instant(t, h, "next_change_at"); !next.Equal(day(0, 14)) {
		t.Errorf("closes at %v, want %v", next, day(0, 14))
	}
	h = hours(every(obj{"start": "01:00", "end": "02:00"}))
	is(t, h, "is_open", false)
	if next := instant(t, h, "next_change_at"); !next.Equal(day(1, 1)) {
		t.Errorf("opens at %v, want %v", next, day(1, 1))
	}
	h = hours(every(obj{"ranges": []obj{{"start": "08:00", "end": "11:30"}, {"start": "14:00", "end": "18:00"}}}))
	is(t, h, "is_open", false)
	is(t, h, "schedule.monday.start", "08:00")
	is(t, h, "schedule.monday.end", "18:00")
	if n := len(list(t, h, "schedule.monday.ranges")); n != 2 {
		t.Errorf("%d ranges", n)
	}
	if next := instant(t, h, "next_change_at"); !next.Equal(day(0, 14)) {
		t.Errorf("opens at %v, want %v", next, day(0, 14))
	}
	h = hours(obj{})
	is(t, h, "is_open", true)
	is(t, h, "next_change_at", nil)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop))
	saved := a.configure(t, obj{
		"widget_settings": obj{"theme": "dark", "primary_color": "#AA00ff", "position": "bottom-left", "greeting_message": "Moin <b>& hallo</b>", "offline_message": "Away"},
		"business_hours":  obj{"timezone": "Europe/Berlin", "schedule": obj{"monday": obj{"start": "09:00", "end": "17:00"}}},
	})
	is(t, saved, "success", true)
	is(t, saved, "settings.widget_settings.theme", "dark")
	got := a.do(t, "GET", "/config/settings", nil).ok(t, http.StatusOK)
	is(t, got, "settings.business_hours.timezone", "Europe/Berlin")
	c := v.config(t)
	is(t, c.ok(t, http.StatusOK), "config.widget_settings.greeting_message", "Moin <b>& hallo</b>")
	is(t, c.ok(t, http.StatusOK), "config.widget_settings.position", "bottom-left")

	for _, bad := range []string{
		`{"widget_settings":{"theme":"pink"}}`, `{"widget_settings":{"primary_color":"red"}}`, `{"widget_settings":{"primary_color":"#12345"}}`,
		`{"widget_settings":{"primary_color":"#007bff;background:url(//evil)"}}`, `{"widget_settings":{"position":"top"}}`, `{"widget_settings":{"greeting_message":5}}`,
		`{"widget_settings":{"greeting_message":"` + strings.Repeat("g", 20000) + `"}}`, `{"widget_settings":[]}`, `{"features":{"file_upload":"yes"}}`,
		`{"business_hours":{"timezone":"Mars/Olympus"}}`, `{"business_hours":{"timezone":""}}`, `{"business_hours":{"timezone":"../../etc/passwd"}}`, `{"business_hours":{"timezone":"Local"}}`,
		`{"business_hours":{"schedule":{"monday":{"start":"17:00","end":"09:00"}}}}`, `{"business_hours":{"schedule":{"monday":{"start":"9","end":"17:00"}}}}`,
		`{"business_hours":{"schedule":{"monday":{"start":"25:00","end":"26:00"}}}}`, `{"business_hours":{"schedule":{"mon":{"start":"09:00","end":"17:00"}}}}`,
		`{"business_hours":{"schedule":{"monday":{"ranges":[{"start":"09:00","end":"12:00"},{"start":"11:00","end":"13:00"}]}}}}`,
		`{"requires_email":"true"}`, `{"otp_verification_enabled":true}`, `{"otp_verification_enabled":true,"requires_email":false}`,
	} {
		if r := a.do(t, "PUT", "/config/settings", `{"settings":`+bad+`}`); r.status != http.StatusBadRequest {
			t.Errorf("%.100s: %v", bad, r)
		}
	}
	for _, bad := range []string{``, `{`, `[]`, `null`, `{"settings":[]}`, `{"settings":1}`} {
		if r := a.do(t, "PUT", "/config/settings", bad); r.status != http.StatusBadRequest {
			t.Errorf("%q: %v", bad, r)
		}
	}
	if after := v.config(t); string(after.body) != string(c.body) {
		t.Errorf("a refused change was stored:\n%s\n%s", after.body, c.body)
	}
}
