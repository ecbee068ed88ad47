"""Messages as a version that does not exist yet may send them: with fields, values and variants that nobody knows.

Encoding: https://protobuf.dev/programming-guides/encoding/
"""

from typing import Any, TypeVar

M = TypeVar("M")

# No message of ours will ever have as many fields.
_NUMBER = 1000
_VARINT, _LENGTH, _FIXED64 = 0, 2, 1
# A number of an enum that no version has.
VALUE = 77


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, kind: int, content: bytes) -> bytes:
    return _varint(number << 3 | kind) + content


def _text(number: int, content: bytes) -> bytes:
    return _field(number, _LENGTH, _varint(len(content)) + content)


def fields() -> bytes:
    """One of each kind on the wire."""
    inner = _text(1, b"inner") + _field(2, _VARINT, _varint(1))
    return (
        _field(_NUMBER, _VARINT, _varint(1 << 40))
        + _text(_NUMBER + 1, inner)
        + _field(_NUMBER + 2, _FIXED64, b"\xff" * 8)
    )


def with_fields(message: M) -> M:
    """The same message with unknown fields, in it and in every message that it holds."""
    found: Any = message
    for field, value in found.ListFields():
        if field.message_type is None:
            continue
        for part in value if field.label == field.LABEL_REPEATED else [value]:
            with_fields(part)
    found.MergeFromString(fields())
    assert len(found.SerializeToString()) >= len(fields())
    return message


def variant(kind: type[M]) -> M:
    """A message whose `oneof` holds what only a newer version knows."""
    message: Any = kind()
    message.MergeFromString(_text(200, _text(1, b"news")))
    assert message.WhichOneof("message") is None and message.ByteSize() > 0
    return message  # type: ignore[no-any-return]
