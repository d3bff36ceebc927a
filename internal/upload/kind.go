package upload

import (
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"

	"deskbell/internal/fault"
)

// sniffSize is how many bytes of a file are looked at: office documents tell late what they are.
const sniffSize = 512 << 10

// maxName is the length of the longest file name in characters.
const maxName = 200

// fileType is a type of file that is let in.
type fileType struct {
	name string
	// sniffed are the further names under which the bytes are recognised.
	sniffed []string
	// endings are those that such a file may have, the usual one first.
	endings []string
	picture bool
}

var (
	jpegType = fileType{name: "image/jpeg", endings: []string{".jpg", ".jpeg"}, picture: true}
	pngType  = fileType{name: "image/png", endings: []string{".png"}, sniffed: []string{"image/vnd.mozilla.apng"}, picture: true}
	gifType  = fileType{name: "image/gif", endings: []string{".gif"}, picture: true}
	webpType = fileType{name: "image/webp", endings: []string{".webp"}, picture: true}
)

const (
	ooxml = "application/vnd.openxmlformats-officedocument."
	odf   = "application/vnd.oasis.opendocument."
)

// types is all that is let in. SVG, HTML and whatever else a browser would run are missing on
// purpose; so is every type that is only known by what the sender says about it.
var types = []fileType{
	jpegType, pngType, gifType, webpType,
	{name: "application/pdf", endings: []string{".pdf"}},
	{name: "text/plain", endings: []string{".txt", ".text", ".log", ".md", ".csv", ".tsv", ".json", ".yml", ".yaml"},
		sniffed: []string{"application/json", "application/x-ndjson", "text/tab-separated-values"}},
	{name: "text/csv", endings: []string{".csv", ".txt"}},
	{name: "application/zip", endings: []string{".zip"}},
	{name: ooxml + "wordprocessingml.document", endings: []string{".docx"}},
	{name: ooxml + "spreadsheetml.sheet", endings: []string{".xlsx"}},
	{name: ooxml + "presentationml.presentation", endings: []string{".pptx"}},
	{name: odf + "text", endings: []string{".odt"}},
	{name: odf + "spreadsheet", endings: []string{".ods"}},
	{name: odf + "presentation", endings: []string{".odp"}},
	{name: "application/msword", endings: []string{".doc"}},
	{name: "application/vnd.ms-excel", endings: []string{".xls"}},
	{name: "application/vnd.ms-powerpoint", endings: []string{".ppt"}},
	{name: "video/mp4", endings: []string{".mp4", ".m4v"}},
	{name: "audio/mp4", endings: []string{".m4a", ".mp4"}, sniffed: []string{"audio/x-m4a"}},
	{name: "video/webm", endings: []string{".webm"}},
	{name: "audio/mpeg", endings: []string{".mp3"}},
	{name: "audio/ogg", endings: []string{".ogg", ".oga", ".opus"}, sniffed: []string{"application/ogg"}},
	{name: "video/ogg", endings: []string{".ogv", ".ogg"}},
}

var errType = fault.Field("file",
	"This type of file is not allowed. Send pictures, PDF, text, CSV, ZIP, office documents, MP4, WebM, MP3 or Ogg")

// sniff tells a file's type from its bytes and leaves it at its beginning.
func sniff(f io.ReadSeeker) (fileType, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fileType{}, storageFault(err)
	}
	found, err := mimetype.DetectReader(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fileType{}, storageFault(err)
	}
	name, _, _ := strings.Cut(found.String(), ";")
	for _, t := range types {
		if t.name == name || slices.Contains(t.sniffed, name) {
			return t, nil
		}
	}
	return fileType{}, errType
}

// cleanName makes a name that is safe to show and to save under: no folders, no control or
// direction characters, and an ending that says what the file is, so that no program hides
// behind a harmless type.
func cleanName(name string, t fileType) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	ending := strings.ToLower(path.Ext(name))
	if slices.Contains(t.endings, ending) {
		name = name[:len(name)-len(ending)]
	} else {
		if known(ending) {
			name = name[:len(name)-len(ending)]
		}
		ending = t.endings[0]
	}
	if name = strings.TrimRight(name, " ."); name == "" {
		name = "file"
	}
	if runes := []rune(name); len(runes) > maxName-len(ending) {
		name = string(runes[:maxName-len(ending)])
	}
	return name + ending
}

func known(ending string) bool {
	return ending != "" && slices.ContainsFunc(types, func(t fileType) bool { return slices.Contains(t.endings, ending) })
}
