// Package webpush sends messages to browsers through their push services: encrypted for the browser
// (RFC 8291), with a signature that shows who sends (RFC 8292).
package webpush

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrGone says that a subscription has ended for good.
var ErrGone = errors.New("the subscription has ended")

const (
	// recordSize is the size of the one record that a message is; services need not take more.
	recordSize = 4096
	// maxPayload leaves room in it for the header, the mark of its end and the tag.
	maxPayload = recordSize - 86 - 17
	// signatureLife is how long a signature holds; a day is the most that services take.
	signatureLife = 12 * time.Hour
)

var encoding = base64.RawURLEncoding

// Subscription is where a browser can be reached, and its keys.
type Subscription struct {
	Endpoint string
	// P256DH is its public key and Auth its secret, both base64url as browsers give them.
	P256DH, Auth string
}

// Check reports what is wrong with a subscription's keys, or nil.
func (s Subscription) Check() error {
	_, _, err := s.keys()
	return err
}

func (s Subscription) keys() (*ecdh.PublicKey, []byte, error) {
	point, err := encoding.DecodeString(s.P256DH)
	if err != nil {
		return nil, nil, fmt.Errorf("key of the browser: %w", err)
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, nil, fmt.Errorf("key of the browser: %w", err)
	}
	auth, err := encoding.DecodeString(s.Auth)
	if err != nil || len(auth) != 16 {
		return nil, nil, errors.New("secret of the browser: it must have 16 bytes")
	}
	return public, auth, nil
}

// Sender sends as one application server.
type Sender struct {
	client *http.Client
	key    *ecdsa.PrivateKey
	public string
	// subject is whom a push service can turn to.
	subject string
}

// NewSender signs with the first valid key that keyAt (0, 1, …) gives as 32 bytes. subject is a
// mailto: or https: address.
func NewSender(client *http.Client, keyAt func(n int) []byte, subject string) (*Sender, error) {
	for n := range 8 {
		// One in four billion numbers is no key of the curve.
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), keyAt(n))
		if err != nil {
			continue
		}
		public, err := key.PublicKey.Bytes()
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		return &Sender{client: client, key: key, public: encoding.EncodeToString(public), subject: subject}, nil
	}
	return nil, errors.New("webpush: no valid key")
}

// PublicKey is what browsers subscribe with, base64url.
func (s *Sender) PublicKey() string { return s.public }

// Send gives a message to the browser's push service, which keeps it for ttl and only the newest of
// a topic (at most 32 characters of base64url). It returns ErrGone when the subscription has ended.
func (s *Sender) Send(ctx context.Context, to Subscription, payload []byte, topic string, ttl time.Duration) error {
	body, err := encrypt(to, payload)
	if err != nil {
		return err
	}
	signature, err := s.sign(to.Endpoint)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm", "Urgency": "high", "Topic": topic,
		"TTL": fmt.Sprint(int(ttl.Seconds())), "Authorization": "vapid t=" + signature + ", k=" + s.public,
	} {
		req.Header.Set(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4096)
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
		return ErrGone
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("push: the service answers %d", resp.StatusCode)
	}
	return nil
}

// sign makes the token for the service behind an endpoint (RFC 8292, section 2).
func (s *Sender) sign(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("endpoint: %w", err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"aud": u.Scheme + "://" + u.Host, "exp": time.Now().Add(signatureLife).Unix(), "sub": s.subject,
	})
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign push: %w", err)
	}
	return signed, nil
}

// encrypt makes the body for a browser with a key of its own.
func encrypt(to Subscription, payload []byte) ([]byte, error) {
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the message: %w", err)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return encryptWith(own, salt, to, payload)
}

// encryptWith follows RFC 8291, section 3.4, and RFC 8188 for a single record.
func encryptWith(own *ecdh.PrivateKey, salt []byte, to Subscription, payload []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("push: more than %d bytes", maxPayload)
	}
	public, auth, err := to.keys()
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("shared secret: %w", err)
	}
	info := "WebPush: info\x00" + string(public.Bytes()) + string(own.PublicKey().Bytes())
	seed, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, seed, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, seed, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	id := own.PublicKey().Bytes()
	body := binary.BigEndian.AppendUint32(bytes.Clone(salt), recordSize)
	body = append(append(body, byte(len(id))), id...)
	// The 2 marks the last record.
	return aead.Seal(body, nonce, append(bytes.Clone(payload), 2), nil), nil
}
