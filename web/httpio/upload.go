package httpio

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"time"

	"deskbell/internal/fault"
)

const (
	// formRoom is what a form may have around its file, in bytes.
	formRoom = 64 << 10
	// stall is how long an upload may stand still: phones go through tunnels.
	stall = 30 * time.Second
	// slowest is the speed (bytes per second) that a transfer as a whole must keep.
	slowest = 32 << 10
	// answerTime is how long the answer to an upload may take once the bytes are here, with
	// pictures that wait for their turn.
	answerTime = time.Minute
	// drainTime and drainSize are how much of a refused upload is read on, so that browsers get
	// to the reason.
	drainTime = 10 * time.Second
	drainSize = 256 << 20
)

var (
	errNoFile     = fault.Field("file", "Send one file as multipart/form-data in a field named file")
	errFileCut    = fault.New(fault.Invalid, "file_incomplete", "The file arrived incomplete, please try again")
	errFileSlow   = fault.New(fault.Invalid, "file_too_slow", "The upload was too slow, please try again")
	errFileTooBig = fault.New(fault.TooLarge, "file_too_large", "The file is too large")
)

// TransferTime is how long so many bytes may take in either direction: at least five minutes.
func TransferTime(size int64) time.Duration {
	return max(5*time.Minute, time.Duration(size/slowest)*time.Second)
}

// Upload is the file of a form that is being read; its bytes are never all in memory.
type Upload struct {
	// Name is what the sender calls the file; it may hold anything.
	Name string

	c    Ctx
	body *pacedBody
	form *multipart.Reader
	part *multipart.Part
}

// pacedBody lets a body come slowly, as long as it comes.
type pacedBody struct {
	io.ReadCloser
	rc  *http.ResponseController
	end time.Time
}

// Read moves the server's read time-out, which is meant for small requests, forward.
func (b *pacedBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(stall)
	if b.end.Before(deadline) {
		deadline = b.end
	}
	if err := b.rc.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// receive lets the body of a request be so large, and come as slowly as a file may. Kinds: Invalid.
func receive(c Ctx, maxSize int64) (*Upload, error) {
	req := c.Request()
	if req.Header.Get("Content-Encoding") != "" {
		return nil, errEncoding
	}
	body := &pacedBody{ReadCloser: req.Body, rc: http.NewResponseController(c.Response()), end: time.Now().Add(TransferTime(maxSize))}
	req.Body = http.MaxBytesReader(nil, body, maxSize+formRoom)
	return &Upload{c: c, body: body}, nil
}

// ReceiveForm reads a whole form with a small file, so that FormParams and FormFile have it; at most maxSize
// bytes. Kinds: Invalid, TooLarge.
func ReceiveForm(c Ctx, maxSize int64) error {
	u, err := receive(c, maxSize)
	if err != nil {
		return err
	}
	if err = c.Request().ParseMultipartForm(maxSize); err != nil {
		err = u.fault(err)
	}
	return u.End(err)
}

// ReceiveFile reads a form up to its field file. The caller reads the file from what it returns
// and then calls End. Kinds: Invalid, TooLarge.
func ReceiveFile(c Ctx, maxSize int64) (*Upload, error) {
	u, err := receive(c, maxSize)
	if err != nil {
		return nil, err
	}
	if u.form, err = c.Request().MultipartReader(); err != nil {
		return nil, fault.Wrap(errNoFile.Kind, errNoFile.Code, errNoFile.Message, err)
	}
	for {
		part, err := u.form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil, errNoFile
		}
		if err != nil {
			return nil, u.End(u.fault(err))
		}
		if part.FormName() == "file" {
			u.part, u.Name = part, part.FileName()
			return u, nil
		}
	}
}

// Read reads the file. A failure of the sender is an expected one.
func (u *Upload) Read(p []byte) (int, error) {
	n, err := u.part.Read(p)
	if err == nil || !errors.Is(err, io.EOF) {
		return n, u.fault(err)
	}
	return n, err
}

func (u *Upload) fault(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return errFileTooBig
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errFileSlow
	}
	return fault.Wrap(errFileCut.Kind, errFileCut.Code, errFileCut.Message, err)
}

// End gives the answer its time, which the upload has used up, and returns err. When that is a
// refusal, what the sender is still sending is read for a while: a browser that can't finish
// shows a broken connection and not the reason.
func (u *Upload) End(err error) error {
	now := time.Now()
	if err := u.body.rc.SetWriteDeadline(now.Add(answerTime)); err != nil {
		return err
	}
	if err == nil || u.c.Request().Header.Get("Expect") != "" {
		return err
	}
	u.body.end = now.Add(drainTime)
	_, _ = io.CopyN(io.Discard, u.body, drainSize)
	return err
}
