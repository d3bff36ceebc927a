package support

import (
	"bytes"
	"image"
	"image/png"
	"log/slog"
	"testing"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/realtime"
	"deskbell/internal/upload"
)

// A picture that no settings name goes with the next one, once it is old enough; one that they name stays.
func TestUnusedTeamPicturesGo(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	s, a := newPicturesService(t, func() time.Time { return now })
	add := func() string {
		t.Helper()
		var content bytes.Buffer
		if err := png.Encode(&content, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		path, err := s.AddTeamPicture(ctx, a, &content)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	there := func(path string) bool {
		t.Helper()
		_, _, err := s.Picture(ctx, path[len(PicturePath):])
		if err != nil && !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	settings := DefaultSettings()
	settings.WidgetSettings.AvatarURL = add()
	if _, err := s.SaveSettings(ctx, a, settings, nil); err != nil {
		t.Fatal(err)
	}
	unused := add()
	now = now.Add(23 * time.Hour)
	fresh := add()
	if !there(unused) {
		t.Error("a picture is gone before anybody could save it")
	}
	now = now.Add(2 * time.Hour)
	add()
	for path, want := range map[string]bool{settings.WidgetSettings.AvatarURL: true, unused: false, fresh: true} {
		if there(path) != want {
			t.Errorf("%s is there: %v, want %v", path, !want, want)
		}
	}
}

// Settings from a time when the picture could be on another server name none: the widget asks ours alone.
func TestPictureElsewhereIsForgotten(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, a := newPicturesService(t, time.Now)
	settings := DefaultSettings()
	settings.WidgetSettings.AvatarURL, settings.WidgetSettings.Title = "https://shop.example/ann.png", "Ask Ann"
	if err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := upsertSettings(ctx, tx, a.AccountID, s.newID(), settings, 1); err != nil {
			return err
		}
		return upsertSiteSettings(ctx, tx, a.AccountID, "token", s.newID(), []string{PartWords}, settings, 1)
	}); err != nil {
		t.Fatal(err)
	}
	ofAccount, err := s.settingsOf(ctx, a.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	ofSite, err := s.settingsOfSite(ctx, a.AccountID, "token")
	if err != nil {
		t.Fatal(err)
	}
	for _, read := range []Settings{ofAccount, ofSite} {
		if w := read.WidgetSettings; w.AvatarURL != "" || w.Title != "Ask Ann" {
			t.Errorf("picture %q, title %q", w.AvatarURL, w.Title)
		}
	}
}

func newPicturesService(t *testing.T, now func() time.Time) (*Service, Actor) {
	t.Helper()
	database, log := dbtest.New(t), slog.New(slog.DiscardHandler)
	hub := realtime.NewHub()
	t.Cleanup(hub.Close)
	ring, err := keys.Load(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	files, err := upload.NewStore(t.TempDir(), 1<<20, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Deps{DB: database, Jobs: jobs.New(database, now, log), Hub: hub, Keys: ring, Files: files, BaseURL: "http://chat.example", Now: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'a', 0)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s, Actor{AccountID: "a", UserID: "u", Admin: true}
}
