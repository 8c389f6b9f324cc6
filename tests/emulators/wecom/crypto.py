"""The callback's encryption, WeCom's side; the product has its own: each checks the other."""

import base64
import hashlib
import os
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # of the padding; AES itself works in blocks of 16
PREFIX = 16


class CryptoError(Exception):
    """The text cannot have come from somebody who knows the keys."""


@dataclass(frozen=True)
class Keys:
    """Token and EncodingAESKey, as the administrator's page shows them."""

    token: str
    aes_key: str

    @property
    def aes(self) -> bytes:
        return base64.b64decode(self.aes_key + "=")

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = sorted([self.token, timestamp, nonce, encrypted])
        return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()

    def encrypt(self, text: str, receiveid: str, prefix: bytes | None = None) -> str:
        data = text.encode()
        raw = (prefix or os.urandom(PREFIX)) + struct.pack(">I", len(data)) + data
        raw += receiveid.encode()
        pad = BLOCK - len(raw) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(raw + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str, receiveid: str) -> str:
        raw = _unpadded(self._opened(encrypted))
        (length,) = struct.unpack(">I", raw[PREFIX : PREFIX + 4])
        body = raw[PREFIX + 4 :]
        if length > len(body):
            raise CryptoError("the length is wrong")
        if body[length:] != receiveid.encode():
            raise CryptoError(f"meant for {body[length:]!r}")
        return body[:length].decode()

    def _opened(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher().decryptor()
            return decryptor.update(sealed) + decryptor.finalize()
        except ValueError as error:
            raise CryptoError(str(error)) from None

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.aes), modes.CBC(self.aes[:PREFIX]))


def _unpadded(raw: bytes) -> bytes:
    pad = raw[-1] if raw else 0
    if not 1 <= pad <= BLOCK or raw[-pad:] != bytes([pad]) * pad or len(raw) < pad + PREFIX + 4:
        raise CryptoError("the padding is wrong")
    return raw[:-pad]
