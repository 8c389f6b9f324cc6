"""What all tables share: the declarative base, times in UTC, JSON kept as people read it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    literal_column,
    text,
)
from sqlalchemy.orm import DeclarativeBase

# json.dumps makes an encoder for each value, json.loads looks for blanks around it.
EMPTY: dict[str, type[list[Any] | dict[str, Any]]] = {"[]": list, "{}": dict}
ENCODER, DECODER = json.JSONEncoder(ensure_ascii=False), json.JSONDecoder()

# SQLite gives row ids only to a column of type INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused, because it has no meaning."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Written(str):
    """JSON as it is stored, of a value that was written down beforehand."""

    @staticmethod
    def of(value: Any) -> Written:
        return Written(_readable(value))


class Json(TypeDecorator[Any]):
    """JSON as text: the same on both engines, and byte-identical when read back."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return value if value is None or type(value) is Written else _readable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or value in EMPTY:  # nine of ten
            return None if value is None else EMPTY[value]()
        return DECODER.raw_decode(value)[0]


def partly(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which `where` holds: the others cost nothing."""
    here = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=here, postgresql_where=here)


def fixed(state: str) -> ColumnElement[str]:
    """A state written into the statement: a partial index serves only what it can see there."""
    return literal_column(f"'{state}'", String)


def _readable(value: Any) -> str:
    """Chinese as Chinese; half a surrogate pair, which no database takes, as its escape."""
    if value == [] or value == {}:  # nine of ten
        return "[]" if value == [] else "{}"
    text = _of_texts(value) if type(value) is list else ENCODER.encode(value)
    return text if text.isascii() or _encodes(text) else json.dumps(value)


def quoted(text: str) -> str:
    """As it stands between quotation marks in what is `Written`; without halves of characters."""
    return encode_basestring(text)[1:-1]


def _of_texts(values: list[Any]) -> str:
    """Most lists hold texts alone; they need no encoder, which is made anew for each value."""
    try:
        return f"[{', '.join(map(encode_basestring, values))}]"
    except TypeError:
        return ENCODER.encode(values)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, str]]: Json,
        list[dict[str, Any]]: Json,
    }
