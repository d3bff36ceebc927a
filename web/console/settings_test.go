package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/support"
)

// widgetForm is the page's form as a browser sends it when nothing was changed, with some changes.
func widgetForm(changes url.Values) url.Values {
	form := url.Values{
		"theme": {"light"}, "primary_color": {"#007bff"}, "position": {"bottom-right"}, "timezone": {"UTC"}, "offset_x": {"20"}, "offset_y": {"20"},
		"launcher_icon": {"chat"}, "sound": {"true"}, "hide_urls": {""}, "title": {""}, "texts.panel.send": {""},
	}
	for name, value := range changes {
		form[name] = value
	}
	return form
}

func TestWidgetFormSavesEverySetting(t *testing.T) {
	d := newDesk(t).setUp()
	d.post("/settings/widget", widgetForm(url.Values{
		"title": {"Ask Ann"}, "team_name": {"Ann & Bo"}, "avatar_url": {"/ann.png"}, "launcher_icon": {"hand"}, "launcher_text": {"Need help?"},
		"offset_x": {"0"}, "offset_y": {"80"}, "reply_time": {"hours"}, "locale": {"en"}, "sound": nil,
		"texts.panel.send": {"Off it goes"}, "hide_urls": {"/checkout*\r\n\r\nhttps://shop.example/cart"}, "hide_outside_hours": {"true"}, "hide_phone": {"true"},
	})).leadsTo(t, "/settings/widget")
	s, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	w := s.WidgetSettings
	if w.Title != "Ask Ann" || w.TeamName != "Ann & Bo" || w.AvatarURL != "/ann.png" || w.LauncherIcon != "hand" || w.LauncherText != "Need help?" ||
		w.OffsetX != 0 || w.OffsetY != 80 || w.ReplyTime != "hours" || w.Locale != "en" || w.Sound || len(w.Texts) != 1 || w.Texts["panel.send"] != "Off it goes" {
		t.Errorf("saved %+v", w)
	}
	if !slices.Equal(s.Hide.URLs, []string{"/checkout*", "https://shop.example/cart"}) || !s.Hide.OutsideHours || !s.Hide.Phone || s.Hide.Desktop {
		t.Errorf("saved %+v", s.Hide)
	}
	d.get("/settings/widget").want(t, http.StatusOK, `value="Ask Ann"`, `>Off it goes</textarea>`, "1 changed", `placeholder="Write a message…"`, "/checkout*\nhttps://shop.example/cart")

	// What is sent as it was by default is stored as nothing.
	d.post("/settings/widget", widgetForm(nil)).leadsTo(t, "/settings/widget")
	if s, err = d.support.Settings(t.Context(), d.actor()); err != nil || s.WidgetSettings.Title != "" || len(s.WidgetSettings.Texts) != 0 ||
		len(s.Hide.URLs) != 0 || s.Hide.Phone || !bool(s.WidgetSettings.Sound) || s.WidgetSettings.LauncherIcon != "" {
		t.Errorf("not the defaults again: %+v, %v", s, err)
	}
}

func TestWidgetFormSaysWhatIsWrongBesideEachField(t *testing.T) {
	d := newDesk(t).setUp()
	long := strings.Repeat("x", 501)
	page := d.post("/settings/widget", widgetForm(url.Values{
		"title": {strings.Repeat("t", 61)}, "avatar_url": {"http://x"}, "offset_y": {"far"}, "texts.panel.title": {long}, "hide_urls": {"checkout"},
		"hide_phone": {"true"}, "hide_desktop": {"true"},
		"pre_chat.fields.0.kind": {"select"}, "pre_chat.fields.0.label": {"Topic"}, "pre_chat.fields.0.key": {"Top ic"}, "pre_chat.fields.0.options": {" "},
		"pre_chat.fields.1.kind": {"text"}, "pre_chat.fields.1.label": {""}, "pre_chat.fields.1.key": {"order"}, "pre_chat.fields.1.required": {"true"},
	}))
	page.want(t, http.StatusUnprocessableEntity, "Please check the marked fields",
		`id="title-error"`, "The title may have at most 60 characters", `id="file-error"`, "The picture must be a path on this server",
		`id="offset_y-error"`, `value="far"`, "The distance must be a number from 0 to 400", `id="texts.panel.title-error"`, long,
		`id="hide_urls-error"`, "Pages must be patterns such as /checkout*", `id="hide_desktop-error"`,
		`id="pre_chat.fields.0.key-error"`, `value="Top ic"`, `id="pre_chat.fields.0.options-error"`, "Give at least one choice.", `id="pre_chat.fields.1.label-error"`, "The question is required")
	if n := strings.Count(page.body, `class="error"`); n != 9 {
		t.Errorf("%d errors are shown, want 9", n)
	}
	if !strings.Contains(page.body, `data-test="texts-panel" open`) && !strings.Contains(page.body, `open data-test="texts-panel"`) {
		t.Error("the texts with an error are folded away")
	}
	if s, err := d.support.Settings(t.Context(), d.actor()); err != nil || s.WidgetSettings.Title != "" {
		t.Errorf("saved %+v, %v", s, err)
	}
}

func TestQuestionsBeforeTheChat(t *testing.T) {
	d := newDesk(t).setUp()
	form := widgetForm(url.Values{
		"title": {"Not saved yet"}, "edit": {"add"},
		"pre_chat.fields.0.kind": {"email"}, "pre_chat.fields.0.required": {"true"},
		"pre_chat.fields.1.kind": {"select"}, "pre_chat.fields.1.label": {"What is it about?"}, "pre_chat.fields.1.options": {"Order\r\nReturn"},
	})
	d.post("/settings/widget/questions", form).want(t, http.StatusOK, `value="Not saved yet"`, `id="question-2"`, `<option value="email" selected>`, "Order\r\nReturn")
	form.Set("edit", "up 1")
	page := d.post("/settings/widget/questions", form)
	page.want(t, http.StatusOK, `id="question-1"`)
	if about, mail := strings.Index(page.body, "What is it about?"), strings.Index(page.body, `<option value="email" selected>`); about > mail {
		t.Error("the second question did not move up")
	}
	form.Set("edit", "remove 0")
	if page = d.post("/settings/widget/questions", form); strings.Contains(page.body, `id="question-1"`) || !strings.Contains(page.body, "What is it about?") {
		t.Error("the first question is not the one that went")
	}
	for _, order := range []string{"remove 2", "up 0", "down 1", "remove -1", "nonsense", ""} {
		form.Set("edit", order)
		d.post("/settings/widget/questions", form).want(t, http.StatusBadRequest)
	}
	if s, err := d.support.Settings(t.Context(), d.actor()); err != nil || len(s.PreChat.Fields) != 0 || s.WidgetSettings.Title != "" {
		t.Errorf("editing saved something: %+v, %v", s, err)
	}

	for name, value := range map[string]string{
		"2.kind": "text", "2.label": "What is it about", "3.kind": "other_phone", "3.label": "24/7 phone", "3.key": " night_phone ",
		"4.kind": "checkbox", "4.label": "E-mail", "4.options": "left over", "5.kind": "name", "5.key": "left_over",
	} {
		form.Set("pre_chat.fields."+name, value)
	}
	d.post("/settings/widget", form).leadsTo(t, "/settings/widget")
	s, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	want := []support.PreChatField{
		{Key: "email", Type: "email", Required: true},
		{Key: "what_is_it_about", Label: "What is it about?", Type: "select", Options: []string{"Order", "Return"}},
		{Key: "what_is_it_about_2", Label: "What is it about", Type: "text"},
		{Key: "night_phone", Label: "24/7 phone", Type: "phone"},
		{Key: "e_mail", Label: "E-mail", Type: "checkbox"},
		{Key: "name", Type: "text"},
	}
	if !slices.EqualFunc(s.PreChat.Fields, want, func(a, b support.PreChatField) bool {
		return a.Key == b.Key && a.Label == b.Label && a.Type == b.Type && a.Required == b.Required && slices.Equal(a.Options, b.Options)
	}) {
		t.Errorf("saved %+v", s.PreChat.Fields)
	}
	d.get("/settings/widget").want(t, http.StatusOK, `<option value="other_phone" selected>`, `value="night_phone"`, `<option value="name" selected>`)
}
