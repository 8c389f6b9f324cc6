"""The envelope around everything that WeCom posts to us: signed, encrypted, addressed.

plain = 16 random bytes, length (4 bytes, big-endian), message, receiver; padded to 32, AES-256-CBC.
Stricter than the libraries in use: signature, padding, length and receiver are all checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Container

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
HEAD = 20
KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Forged(Exception):
    """Not from WeCom, or not for us. The text names the check, never what was sent."""


class Misaddressed(Forged):
    """Sealed with our keys, for a corp that we do not know of."""


class Envelope:
    """One app's token and EncodingAESKey; `receiver` is the corp id. `receivers` are all that a
    message may be for: an app that is shared down a chain hears for every corp of it."""

    def __init__(
        self, token: str, aes_key: str, receiver: str, receivers: Container[str] = ()
    ) -> None:
        if not KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._token = token
        self._key = base64.b64decode(aes_key + "=")
        self._receiver = receiver.encode()
        self._receivers = receivers

    def open(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """The message inside, or Forged."""
        expected = self.sign(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise Forged("signature")
        return self._decrypt(encrypted)

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = sorted([self._token, timestamp, nonce, encrypted])
        return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()

    def encrypt(self, message: bytes, random16: bytes | None = None) -> str:
        head = (random16 or secrets.token_bytes(16)) + len(message).to_bytes(4)
        plain = head + message + self._receiver
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        padded = plain + bytes([padding]) * padding
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            secret = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Forged("encoding") from None
        if not secret or len(secret) % BLOCK:
            raise Forged("length")
        decryptor = self._cipher().decryptor()
        return self._addressed(_unpadded(decryptor.update(secret) + decryptor.finalize()))

    def _addressed(self, plain: bytes) -> bytes:
        end = HEAD + int.from_bytes(plain[16:HEAD])
        if len(plain) < HEAD or end > len(plain):
            raise Forged("length")
        if (
            plain[end:] != self._receiver
            and plain[end:].decode(errors="replace") not in self._receivers
        ):
            raise Misaddressed("receiver")
        return plain[HEAD:end]

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _unpadded(padded: bytes) -> bytes:
    padding = padded[-1]
    if not 1 <= padding <= BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise Forged("padding")
    return padded[:-padding]
