"""A wrong setting stops the start and names the variable."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from settings import Settings

WECOM: dict[str, Any] = {
    "wecom_corp_id": "ww1", "wecom_agent_id": 7, "wecom_secret": "s", "wecom_token": "t",
    "wecom_aes_key": "k" * 43,
}  # fmt: skip


def test_an_app_of_wecom_is_whole() -> None:
    """And no app at all is nothing to complain of."""
    assert Settings(**WECOM).wecom_cards
    assert not Settings().wecom_corp_id


@pytest.mark.parametrize("missing", WECOM)
def test_half_an_app_stops_the_start(missing: str) -> None:
    """With the name of what is missing: it would begin, and then hear nobody."""
    with pytest.raises(ValidationError, match=f"ZHIQIAO_{missing.upper()}"):
        Settings(**{name: value for name, value in WECOM.items() if name != missing})


def test_a_key_that_is_no_key_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="ZHIQIAO_WECOM_AES_KEY"):
        Settings(**WECOM | {"wecom_aes_key": "k" * 42})
