"""The emulator's encryption against vectors that other programs made."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.wecom import Keys
from tests.emulators.wecom.crypto import CryptoError

Vector = dict[str, Any]

# Made with the openssl program, not with this code.
OWN: list[Vector] = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))


def holds(vector: Vector) -> None:
    """Decrypts, encrypts to the same bytes with the same prefix, signs alike."""
    keys = Keys(vector["token"], vector["encoding_aes_key"])
    text, receiveid = vector["plaintext"], vector["receiveid"]
    assert keys.decrypt(vector["encrypt"], receiveid) == text
    assert keys.encrypt(text, receiveid, vector["random16"].encode()) == vector["encrypt"]
    signed = keys.sign(vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert signed == vector["msg_signature"]


@pytest.mark.parametrize("vector", OWN, ids=[vector["name"] for vector in OWN])
def test_own_vectors(vector: Vector) -> None:
    """With 1 and 32 bytes of padding, Chinese, no text, no receiveid."""
    holds(vector)


@pytest.mark.shared
def test_vectors_of_other_libraries(shared: Path) -> None:
    """Verified by five implementations."""
    for vector in _known(shared)["vectors"]:
        holds(vector)


@pytest.mark.shared
def test_negative_vectors(shared: Path) -> None:
    """A changed signature differs; another's id, a cut text and a lost plus sign are refused."""
    known = _known(shared)
    good = {vector["name"]: vector for vector in known["vectors"]}
    for bad in known["negative"]:
        base = good[bad["base"]]
        keys = Keys(base["token"], base["encoding_aes_key"])
        encrypted: str = (base | bad)["encrypt"]
        if bad["name"] == "plus_as_space":
            encrypted = encrypted.replace("+", " ")
        claimed: str = (base | bad)["msg_signature"]
        if keys.sign(base["timestamp"], base["nonce"], encrypted) == claimed:
            with pytest.raises(CryptoError):
                keys.decrypt(encrypted, base["receiveid"])


def _known(shared: Path) -> dict[str, list[Vector]]:
    path = shared / "wecom" / "vectors.json"
    if not path.exists():
        pytest.skip("the vectors are not beside the project")
    known: dict[str, list[Vector]] = json.loads(path.read_text("utf-8"))
    return known


@pytest.mark.parametrize("encrypted", ["", "AAAA", "no base64!", "A" * 43 + "="])
def test_rubbish_is_refused(encrypted: str) -> None:
    """Whatever somebody posts."""
    with pytest.raises(CryptoError):
        Keys("t", OWN[0]["encoding_aes_key"]).decrypt(encrypted, "")


def test_two_encryptions_differ() -> None:
    """The prefix is new each time."""
    keys = Keys("t", OWN[0]["encoding_aes_key"])
    assert keys.encrypt("同", "ww") != keys.encrypt("同", "ww")
