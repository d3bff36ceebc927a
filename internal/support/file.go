package support

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// FileLinkLife is how long the link to a file works.
const FileLinkLife = time.Hour

// What one visitor's session may upload within quotaSpan; a larger single file is allowed when
// the operator allows files of that size.
const (
	quotaFiles = 20
	quotaBytes = 50 << 20
	quotaSpan  = 24 * time.Hour
)

// unattachedLife is how long an upload waits for its message, and how old something on disk must
// be before the sweep may call it left over.
const unattachedLife = 24 * time.Hour

// MaxAttachments is how many files one message may have.
const MaxAttachments = 10

var (
	errFileLink    = fault.New(fault.Forbidden, "file_link", "This link has expired or is incomplete")
	errFilesOff    = fault.New(fault.Forbidden, "file_upload_off", "File upload is switched off")
	errAttachments = fault.Field("attachments", "attachments must be ids of your own uploads in this conversation that no message has yet")
)

// File is an upload in a conversation.
type File struct {
	ID             string
	AccountID      string
	ConversationID string
	// Name is safe to show; its ending fits ContentType, which was told from the bytes.
	Name        string
	ContentType string
	// Size is in bytes.
	Size int64
	// Width and Height are a picture's in pixels; nil for other files.
	Width, Height *int64
	CreatedAt     int64
	// URL opens the file for an hour from when it was read; ThumbnailURL is a picture's small
	// form, or again the picture when that is small itself, and empty for other files.
	URL, ThumbnailURL string

	uploaderType, uploaderID string
	thumbnailType            string
	// seq is the position of the message that shows the file; 0 while there is none.
	seq int64
}

// The query parameters of a link to a file.
const (
	linkExpires   = "expires"
	linkSignature = "signature"
	linkSize      = "size"
	thumbnailSize = "thumbnail"
)

// link fills in the links of a file.
func (s *Service) link(f *File) {
	expires := strconv.FormatInt(s.now().Add(FileLinkLife).Unix(), 10)
	f.URL = s.fileLink(f.ID, "", expires)
	switch {
	case f.thumbnailType != "":
		f.ThumbnailURL = s.fileLink(f.ID, thumbnailSize, expires)
	case f.Width != nil:
		f.ThumbnailURL = f.URL
	}
}

func (s *Service) fileLink(fileID, size, expires string) string {
	query := url.Values{linkExpires: {expires}, linkSignature: {s.keys.MAC(keys.FileLinks, fileID, size, expires)}}
	if size != "" {
		query.Set(linkSize, size)
	}
	return s.baseURL + "/files/" + fileID + "?" + query.Encode()
}

// MaxFileSize is the size of the largest file in bytes.
func (s *Service) MaxFileSize() int64 { return s.files.MaxSize() }

// UploadVisitorFile stores a file of a session for one of its next messages; without one it is
// deleted after a day. What content returns as an error is returned as it is.
// Kinds: Forbidden, Invalid, RateLimited, TooLarge, Unavailable.
func (s *Service) UploadVisitorFile(ctx context.Context, v SessionAuth, name string, content io.Reader) (File, error) {
	if err := s.mustBeHeard(ctx, v); err != nil {
		return File{}, err
	}
	if !v.Settings.Features.FileUpload {
		return File{}, errFilesOff
	}
	within := func(q db.Querier, size int64) error { return s.withinQuota(ctx, q, v.AccountID, v.ID, size) }
	// Asked before the bytes are read, and again with their size before the file counts.
	if err := within(s.db.Read(), 0); err != nil {
		return File{}, err
	}
	f := File{AccountID: v.AccountID, ConversationID: v.ConversationID, uploaderType: byVisitor, uploaderID: v.ID}
	return s.upload(ctx, f, name, content, func(tx *db.Tx, f File) error {
		if err := within(tx, f.Size); err != nil {
			return err
		}
		return touchSession(ctx, tx, v.AccountID, v.ID, s.millis())
	})
}

// UploadAgentFile stores a file of a team member for one of its next messages in a conversation
// of the account; without one it is deleted after a day.
// Kinds: Invalid, NotFound, TooLarge, Unavailable.
func (s *Service) UploadAgentFile(ctx context.Context, a Actor, convID, name string, content io.Reader) (File, error) {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return File{}, err
	}
	f := File{AccountID: a.AccountID, ConversationID: convID, uploaderType: byAgent, uploaderID: a.UserID}
	return s.upload(ctx, f, name, content, func(tx *db.Tx, f File) error {
		_, err := conversationOf(ctx, tx, f.AccountID, f.ConversationID)
		return err
	})
}

// upload puts the bytes on disk and then the row into the table, if allowed lets it: a crash in
// between leaves bytes that nobody has, which the sweep removes.
func (s *Service) upload(ctx context.Context, f File, name string, content io.Reader, allowed func(*db.Tx, File) error) (File, error) {
	f.ID = s.newID()
	stored, err := s.files.Receive(ctx, f.ID, name, content)
	if err != nil {
		return File{}, err
	}
	f.Name, f.ContentType, f.Size, f.thumbnailType, f.CreatedAt = stored.Name, stored.ContentType, stored.Size, stored.ThumbnailType, s.millis()
	if stored.Width > 0 {
		width, height := int64(stored.Width), int64(stored.Height)
		f.Width, f.Height = &width, &height
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := allowed(tx, f); err != nil {
			return err
		}
		return insertFile(ctx, tx, f)
	})
	if err != nil {
		// After a failure of the disk the row may be there all the same, so only what was
		// refused is removed now.
		if e := fault.As(err); e != nil && e.Kind != fault.Unavailable {
			err = errors.Join(err, s.files.Remove(f.ID))
		}
		return File{}, err
	}
	s.link(&f)
	return f, nil
}

// withinQuota refuses a session more files, or more bytes, than it may upload in a day.
func (s *Service) withinQuota(ctx context.Context, q db.Querier, accountID, sessionID string, size int64) error {
	now := s.millis()
	files, bytes, oldest, err := uploadedSince(ctx, q, accountID, sessionID, now-quotaSpan.Milliseconds())
	if err != nil {
		return err
	}
	if files >= quotaFiles || bytes+size > max(quotaBytes, s.files.MaxSize()) {
		return fault.Limited("too_many_files", "Too many files", time.Duration(oldest-now)*time.Millisecond+quotaSpan)
	}
	return nil
}

// FileContent is an opened file, or its thumbnail, to be closed by the caller.
type FileContent struct {
	*os.File
	// Name and ContentType are those of what is inside.
	Name, ContentType string
	// Stored is when it was, in Unix milliseconds.
	Stored int64
}

// OpenFile opens what a signed link names, by its id and its query. The signature is the only
// credential. Kinds: Forbidden (forged, incomplete or expired link), NotFound.
func (s *Service) OpenFile(ctx context.Context, fileID string, query url.Values) (FileContent, error) {
	size, expires := query.Get(linkSize), query.Get(linkExpires)
	signature := s.keys.MAC(keys.FileLinks, fileID, size, expires)
	if !hmac.Equal([]byte(signature), []byte(query.Get(linkSignature))) {
		return FileContent{}, errFileLink
	}
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || s.now().Unix() >= until {
		return FileContent{}, errFileLink
	}
	f, err := linkedFile(ctx, s.db.Read(), fileID)
	if err != nil {
		return FileContent{}, err
	}
	out := FileContent{Name: f.Name, ContentType: f.ContentType, Stored: f.CreatedAt}
	if size == thumbnailSize {
		out.ContentType = f.thumbnailType
	}
	out.File, err = s.files.Open(fileID, size == thumbnailSize)
	return out, err
}

// ExpireFiles deletes uploads that no message took within a day.
func (s *Service) ExpireFiles(ctx context.Context) error {
	ids, err := unattachedFiles(ctx, s.db.Read(), s.millis()-unattachedLife.Milliseconds())
	if err != nil {
		return err
	}
	for _, fileID := range ids {
		deleted := false
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			deleted, err = deleteUnattached(ctx, tx, fileID)
			return err
		})
		if err == nil && deleted {
			err = s.files.Remove(fileID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// SweepFiles removes from the disk what is older than a day and in no table.
func (s *Service) SweepFiles(ctx context.Context) error {
	return s.files.Sweep(s.now().Add(-unattachedLife), func(fileID string) (bool, error) {
		return fileExists(ctx, s.db.Read(), fileID)
	})
}

// validAttachments checks the form of a message's attachments.
func validAttachments(bad fault.Fields, ids []string) {
	if len(ids) > MaxAttachments {
		bad.Add("attachments", fmt.Sprintf("attachments may be at most %d files", MaxAttachments))
	}
	seen := map[string]bool{}
	for _, fileID := range ids {
		if !id.Valid(fileID) || seen[fileID] {
			bad.Add("attachments", errAttachments.Message)
		}
		seen[fileID] = true
	}
}

// attach shows a message's uploads in it.
func (s *Service) attach(ctx context.Context, tx *db.Tx, accountID string, m *Message, in PostMessage) error {
	for i, fileID := range in.Attachments {
		found, err := attachFile(ctx, tx, accountID, fileID, *m, in.uploader, i)
		if err != nil {
			return err
		}
		if !found {
			return errAttachments
		}
	}
	return s.fillFiles(ctx, tx, accountID, m)
}

// withFiles fills in the files of messages of one conversation, with fresh links.
func (s *Service) withFiles(ctx context.Context, q db.Querier, accountID string, list []Message) error {
	var first, last int64
	for i, m := range list {
		if m.fileCount == 0 {
			continue
		}
		if last == 0 {
			first = m.Seq
		}
		first, last, list[i].Files = min(first, m.Seq), max(last, m.Seq), nil
	}
	if last == 0 {
		return nil
	}
	files, err := filesBetween(ctx, q, accountID, list[0].ConversationID, first, last)
	if err != nil {
		return err
	}
	bySeq := make(map[int64]int, len(list))
	for i, m := range list {
		bySeq[m.Seq] = i
	}
	for _, f := range files {
		if i, shown := bySeq[f.seq]; shown {
			s.link(&f)
			list[i].Files = append(list[i].Files, f)
		}
	}
	return nil
}

// fillFiles is withFiles for one message.
func (s *Service) fillFiles(ctx context.Context, q db.Querier, accountID string, m *Message) error {
	if m.fileCount == 0 {
		return nil
	}
	list := []Message{*m}
	err := s.withFiles(ctx, q, accountID, list)
	*m = list[0]
	return err
}

// fileNames is what stands for a message without text in lists.
func fileNames(files []File) string {
	switch len(files) {
	case 0:
		return ""
	case 1:
		return files[0].Name
	case 2:
		return files[0].Name + " and 1 more file"
	}
	return fmt.Sprintf("%s and %d more files", files[0].Name, len(files)-1)
}
