import base64, hashlib, hmac, json, os, time


def identity_token(id, email, name):
    """Says who is logged in; may be used for ten minutes."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {
        "aud": "YOUR_TOKEN_ID", "sub": id,
        "email": email, "name": name, "exp": int(time.time()) + 600,
    }
    head = encode(b'{"alg":"HS256","typ":"JWT"}')
    body = head + b"." + encode(json.dumps(claims).encode())
    secret = os.environ["IDENTITY_SECRET"].encode()
    mac = hmac.new(secret, body, hashlib.sha256)
    return (body + b"." + encode(mac.digest())).decode()