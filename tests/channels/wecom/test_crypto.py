"""The envelope: what WeCom sealed opens, and nothing else does."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wecom import xml
from channels.wecom.crypto import Envelope, Forged

TOKEN, KEY, CORP = "PatentBotToken01", "pTMleYHCHZHWMEhuMHC5gJjsbgtHQcekGR3plcEXQYD", "ww1"
OURS = Envelope(TOKEN, KEY, CORP)
WHEN, NONCE = "1767229205", "881734562"


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared / "wecom" / "vectors.json").read_text())
    return loaded


def envelope(vector: dict[str, Any]) -> Envelope:
    return Envelope(vector["token"], vector["encoding_aes_key"], vector["receiveid"])


@pytest.mark.shared
def test_every_good_vector_opens_and_seals_alike(vectors: dict[str, Any]) -> None:
    """FACTS 9, test 1: byte for byte, each length of padding, a key with trailing bits."""
    assert len(vectors["vectors"]) == 5
    for vector in vectors["vectors"]:
        ours, encrypted = envelope(vector), vector["encrypt"]
        opened = ours.open(vector["msg_signature"], vector["timestamp"], vector["nonce"], encrypted)
        assert opened.decode() == vector["plaintext"]
        sealed = ours.encrypt(vector["plaintext"].encode(), vector["random16"].encode())
        assert sealed == encrypted


@pytest.mark.shared
def test_no_bad_vector_opens(vectors: dict[str, Any]) -> None:
    """FACTS 9, test 1: a wrong signature, another receiver, a cut text, a plus become a space."""
    named = {vector["name"]: vector for vector in vectors["vectors"]}
    why = {}
    for bad in vectors["negative"]:
        vector = {**named[bad["base"]], **bad}
        if bad["name"] == "plus_as_space":
            vector["encrypt"] = vector["encrypt"].replace("+", " ")
        with pytest.raises(Forged) as forged:
            envelope(vector).open(
                vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"]
            )
        why[bad["name"]] = str(forged.value)
    assert why == {
        "bad_signature": "signature", "wrong_receiveid": "receiver",
        "truncated_ciphertext": "length", "plus_as_space": "signature",
    }  # fmt: skip


@given(st.binary(max_size=200))
def test_what_is_sealed_opens(message: bytes) -> None:
    """Of any length, with any bytes."""
    encrypted = OURS.encrypt(message)
    assert OURS.open(OURS.sign(WHEN, NONCE, encrypted), WHEN, NONCE, encrypted) == message


@given(st.integers(0, 200), st.sampled_from(string.ascii_letters + "/ +="))
def test_a_changed_letter_does_not_open(place: int, letter: str) -> None:
    """Even under a good signature: the padding, the length or the receiver tell."""
    encrypted = OURS.encrypt("活动通知".encode() * 8, b"0123456789abcdef")
    place %= len(encrypted)
    changed = encrypted[:place] + letter + encrypted[place + 1 :]
    for text, signed in ((changed, changed), (encrypted, changed), (changed, encrypted)):
        if changed == encrypted:
            continue
        try:
            OURS.open(OURS.sign(WHEN, NONCE, signed), WHEN, NONCE, text)
        except Forged:
            continue
        # A bit of the random head or of the words may change; whom it is for may not.
        assert signed == text


def test_an_empty_or_short_text_is_forged() -> None:
    """Not an IndexError on the way."""
    for encrypted in ("", "AAAA", "A" * 43 + "=", "not base64 at all"):
        with pytest.raises(Forged):
            OURS.open(OURS.sign(WHEN, NONCE, encrypted), WHEN, NONCE, encrypted)


def test_a_signature_in_another_script_is_forged() -> None:
    """Comparing in constant time takes ASCII; what is none is refused, not an error."""
    encrypted = OURS.encrypt(b"x")
    for signature in ("", "签名", OURS.sign(WHEN, NONCE, encrypted).upper()):
        with pytest.raises(Forged):
            OURS.open(signature, WHEN, NONCE, encrypted)


@pytest.mark.parametrize("key", ["", "short", "!" * 43, KEY + "="])
def test_a_key_that_is_none_stops_the_start(key: str) -> None:
    """Better than to refuse everybody later."""
    with pytest.raises(ValueError, match="43"):
        Envelope(TOKEN, key, CORP)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><T>&b;</T></xml>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><T>&a;</T></xml>'


@pytest.mark.parametrize(
    "body",
    [BOMB, OUTSIDE, "<!DOCTYPE xml><xml/>", "<xml>", "", "{}", "<a>" * 300_000, "<xml>&x;</xml>"],
    ids=["bomb", "outside", "dtd", "open", "empty", "json", "deep", "entity"],
)
def test_xml_that_could_bite_is_forged(body: str) -> None:
    """FACTS 9, test 3: no DTD, no entity, nothing broken."""
    with pytest.raises(Forged, match="xml"):
        xml.read(body.encode())


def test_xml_in_another_encoding_is_forged() -> None:
    with pytest.raises(Forged):
        xml.read("<xml>活动</xml>".encode("gbk"))
