// Package keys holds the one root key of an installation and derives every signing key from it.
// The root key lives in a file beside the database, never inside it, so that a stolen database
// alone signs nothing.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FileName is the root key's file inside the data directory: 64 hex characters, mode 0600.
const FileName = "root.key"

const rootSize = 32

// Ring derives purpose-bound keys from the root key.
type Ring struct{ root []byte }

// The purposes a key can be derived for. Two purposes never share a key.
const (
	TeamJWT    = "team-jwt"
	SupportJWT = "support-jwt"
	OTPPepper  = "otp-pepper"
	RateKeys   = "rate-keys"
	Identity   = "identity-secret"
	FileLinks  = "file-links"
	TOTP       = "totp-secret"
	Recovery   = "recovery-codes"
	HeldLogin  = "held-login"
	WebPush    = "web-push"
	Doctor     = "doctor"
	Webhook    = "webhook"
	Work       = "work"
)

// Load reads the root key from dir, creating it when there is no database yet. It refuses a
// short or damaged key, and a missing one beside an existing database: a fresh key would
// silently kill every token and login.
func Load(dir string, databaseExists bool) (*Ring, error) {
	path := filepath.Join(dir, FileName)
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the data directory
	if errors.Is(err, fs.ErrNotExist) {
		if databaseExists {
			return nil, fmt.Errorf("%s is missing beside an existing database; put the key file back from your backup", path)
		}
		if err := create(path); err != nil {
			return nil, err
		}
		text, err = os.ReadFile(path) //nolint:gosec // as above
	}
	if err != nil {
		return nil, fmt.Errorf("read root key: %w", err)
	}
	root, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(root) != rootSize {
		return nil, fmt.Errorf("%s is damaged: it must hold %d hex characters; put it back from your backup", path, rootSize*2)
	}
	return &Ring{root: root}, nil
}

// create writes a new key under a temporary name and links it into place, so that two
// processes starting at once agree on one key and no half-written key is ever read.
func create(path string) error {
	var root [rootSize]byte
	_, _ = rand.Read(root[:])
	tmp, err := os.CreateTemp(filepath.Dir(path), FileName+".*")
	if err != nil {
		return fmt.Errorf("create root key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.WriteString(hex.EncodeToString(root[:]) + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return fmt.Errorf("write root key: %w", err)
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("place root key: %w", err)
	}
	return nil
}

// Key returns 32 bytes bound to the purpose (HKDF-SHA256, RFC 5869).
func (r *Ring) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, r.root, nil, "deskbell "+purpose, 32)
	if err != nil {
		panic("keys: " + err.Error()) // only for lengths over 8,160 bytes
	}
	return key
}

// Numbered returns further keys bound to the purpose, for those who can't use just any 32 bytes.
func (r *Ring) Numbered(purpose string) func(n int) []byte {
	return func(n int) []byte { return r.Key(fmt.Sprintf("%s %d", purpose, n)) }
}

// MAC returns the hex HMAC-SHA256 of the parts under the purpose's key. Parts are separated by
// a zero byte, so ("a","bc") and ("ab","c") differ.
func (r *Ring) MAC(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, r.Key(purpose))
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Digest returns the hex SHA-256 of a secret that has 256 random bits of its own and so needs
// no key: what the database keeps instead of a bearer secret.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Seal encrypts a secret that the server must be able to read again, with AES-256-GCM under the
// purpose's key. The result opens only with the same name, so that it can't be moved from one
// row to another.
func (r *Ring) Seal(purpose, name, secret string) string {
	aead := r.aead(purpose)
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(secret), []byte(name)))
}

// Open returns what Seal has encrypted. It fails on anything else.
func (r *Ring) Open(purpose, name, sealed string) (string, error) {
	aead := r.aead(purpose)
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", errors.New("sealed secret is damaged")
	}
	secret, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(name))
	if err != nil {
		return "", fmt.Errorf("open sealed secret: %w", err)
	}
	return string(secret), nil
}

func (r *Ring) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(r.Key(purpose))
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCM(block); err == nil {
			return aead
		}
	}
	panic("keys: " + err.Error()) // only for keys of another length
}
