"""Every setting once: name, type, default, help.

Read from the environment (prefix ZHIQIAO_) or from the file zhiqiao.env beside it.
A wrong value stops the start and names the variable.
"""

from __future__ import annotations

import ipaddress
import re
import stat
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import WrongSetting

FILE = Path("zhiqiao.env")
PREFIX = "ZHIQIAO_"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=FILE, extra="forbid")

    data_dir: Path = Field(Path("var"), description="where the database and the index live")
    database_url: str = Field(
        "", description="postgresql://… for more than one machine; empty: SQLite in DATA_DIR"
    )
    demo: bool = Field(True, description="load fictional data into an empty database")
    approve_enterprises: bool = Field(
        False, description="a new enterprise waits until an organizer has approved it"
    )
    web_host: str = Field("127.0.0.1", description="address the web page listens on")
    web_port: int = Field(8080, ge=0, le=65535, description="port of the web page; 0: any free one")
    web_sign_in: bool = Field(
        False, description="one chat a visitor, entered by a one-time link, instead of three phones"
    )
    telegram_token: SecretStr = Field(
        SecretStr(""), description="token of the Telegram bot; empty: no Telegram"
    )
    telegram_base_url: str = Field(
        "https://api.telegram.org/bot", description="Bot API server, for a local one"
    )
    telegram_username: str = Field(
        "",
        pattern="^[A-Za-z0-9_]*$",
        description="the bot's user name without @, for links; empty: asked of Telegram",
    )
    telegram_webhook_url: str = Field(
        "", description="public https address of this server; empty: long polling"
    )
    telegram_secret: SecretStr = Field(
        SecretStr(""), description="secret of the webhook, 32 characters or more"
    )
    wecom_corp_id: str = Field("", description="corp id (ww…) of WeCom; empty: no WeCom")
    wecom_agent_id: int = Field(0, ge=0, description="agent id of the self-built app")
    wecom_secret: SecretStr = Field(SecretStr(""), description="secret of the self-built app")
    wecom_token: SecretStr = Field(
        SecretStr(""), description="token of its callback, /wecom/callback on this server"
    )
    wecom_aes_key: SecretStr = Field(
        SecretStr(""), description="EncodingAESKey of its callback, 43 letters and digits"
    )
    wecom_base_url: str = Field(
        "https://qyapi.weixin.qq.com", description="WeCom's API server, for a relay"
    )
    wecom_proxy: str = Field(
        "", description="proxy to WeCom, where only its address is trusted there"
    )
    wecom_cards: bool = Field(
        True, description="choices as cards; false: numbered text, for readers in WeChat"
    )
    wecom_per_second: int = Field(
        20,
        ge=1,
        le=100,
        description="sends a second of the app in all; one to many members counts once",
    )
    wecom_kf_accounts: str = Field(
        "", description="accounts (wk…) of 微信客服, with commas; all: every one of the app's"
    )
    wecom_kf_servicers: str = Field(
        "", description="members who take over who asks for a human there, with commas; pool: any"
    )
    wecom_chain: bool = Field(
        False, description="also for firms up and down the chain (上下游) that share the app"
    )
    ticket_key: SecretStr = Field(
        SecretStr(""),
        description="signs the tickets of events, the same on every machine; "
        "empty: made once and kept in DATA_DIR",
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="how much is logged"
    )

    @model_validator(mode="after")
    def consistent(self) -> Self:
        if not self.web_sign_in and not _is_loopback(self.web_host):
            raise ValueError(
                f"{PREFIX}WEB_HOST {self.web_host} is open to others: "
                f"set {PREFIX}WEB_SIGN_IN=true, or keep 127.0.0.1"
            )
        if self.telegram_webhook_url and len(self.telegram_secret.get_secret_value()) < 32:
            raise ValueError(f"{PREFIX}TELEGRAM_SECRET needs 32 characters for a webhook")
        self._check_wecom()
        return self

    def _check_wecom(self) -> None:
        """All five of an app, or none: half of them would begin and then hear nobody."""
        app = ("corp_id", "agent_id", "secret", "token", "aes_key")
        values = {name: _revealed(getattr(self, f"wecom_{name}")) for name in app}
        missing = [f"{PREFIX}WECOM_{name.upper()}" for name in app if not values[name]]
        if missing and len(missing) < len(app):
            raise ValueError(f"WeCom also needs {', '.join(missing)}")
        if missing and self.wecom_kf_accounts:
            raise ValueError(f"{PREFIX}WECOM_KF_ACCOUNTS needs the app: {', '.join(missing)}")
        if not missing and not re.fullmatch("[A-Za-z0-9+/]{43}", str(values["aes_key"])):
            raise ValueError(f"{PREFIX}WECOM_AES_KEY has 43 letters and digits")

    @cached_property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'zhiqiao.db'}"


def load() -> Settings:
    """The settings, or WrongSetting with the variable's name."""
    if FILE.exists() and FILE.stat().st_mode & stat.S_IROTH:
        raise WrongSetting(f"{FILE} holds secrets and everybody can read it: chmod 600 {FILE}")
    try:
        return Settings()
    except ValidationError as error:
        raise WrongSetting("; ".join(_sentence(dict(one)) for one in error.errors())) from None


def _sentence(error: dict[str, object]) -> str:
    where = error["loc"]
    name = PREFIX + str(where[0]).upper() if isinstance(where, tuple) and where else ""
    return f"{name} {error['msg']}".strip()


def _revealed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
