"""Users of Clerk with hostile parts, written byte by byte: no JSON writer would write some of them."""

from hypothesis import strategies as st

_USER = b"""{"id":"%(id)s","object":"user","first_name":%(first_name)s,"last_name":"Souza","unsafe_metadata":%(unsafe)s,
"public_metadata":%(public)s,"email_addresses":[],"banned":true,"updated_at":1763547208114}"""


def banned_user(
    *, unsafe: bytes = b"{}", public: bytes = b"{}", first_name: bytes = b'"Ana"', id_: bytes = b"user_a"
) -> bytes:
    """A banned user whose parts are these pieces of JSON."""
    return _USER % {b"id": id_, b"first_name": first_name, b"unsafe": unsafe, b"public": public}


def updated(user: bytes) -> bytes:
    """A webhook that tells of this user."""
    return b'{"type":"user.updated","object":"event","timestamp":1763547208151,"data":%s}' % user


def nested(depth: int, opening: bytes = b"[", inside: bytes = b"0", closing: bytes = b"]") -> bytes:
    return opening * depth + inside + closing * depth


_TRICKY_STRING = rb'"]}\"[[{{\\"'
# One example of each way in which a piece of JSON may be unusual. All of them can be read.
UNUSUAL = {
    "deep lists": nested(5000),
    "deep lists, just too deep": nested(1020),
    "deep objects": nested(3000, b'{"a":', b"1", b"}"),
    "deep, with brackets in strings": nested(2000, b"[" + _TRICKY_STRING + b",", _TRICKY_STRING, b"]"),
    "deep, with escaped quotes in keys": nested(2000, rb'{"\"}":', b"null", b"}"),
    "deep again and again": b"[" + b",".join([nested(1100)] * 20) + b"]",
    "wide": b"[" + b",".join([b'{"a":[]}'] * 5_000) + b"]",
    "a long string": b'"' + b"x" * 200_000 + b'"',
    "a long string of escapes": b'"' + rb"\"" * 50_000 + b'"',
    "5,000 digits": b"9" * 5000,
    "5,000 digits below zero": b"[-" + b"9" * 5000 + b"]",
    "5,000 decimals": b"0." + b"1" * 5000,
    "1e400": b"1e400",
    "-1e400": b'{"x":-1e400}',
    "an exponent of 5,000 digits": b"1e" + b"9" * 5000,
    "NaN": b"NaN",
    "Infinity": b"[Infinity,-Infinity]",
    "past 64 bits": b"[18446744073709551616,-9223372036854775809,18446744073709551615]",
    "keys twice": b'{"a":1,"a":2,"a":[]}',
    "an id and a ban of its own": b'{"id":"user_b","banned":false,"data":{"id":"user_b","banned":false},"id":7}',
    "an empty key": b'{"":{"":""}}',
    "NUL": rb'{"a\u0000":"\u0000","\u0000banned":false}',
    "lone surrogates": rb'{"\ud800":"\udfff\ud800x"}',
    "escapes that are none": rb'"\x41 \u12 \a \' \uD8"',
    "invalid UTF-8": b'{"\xff":"\xc3\x28 \xed\xa0\x80 \xf0\x9f"}',
    "control characters": b'"a\x00b\x1f\nc\x7f"',
    "a byte order mark": b'"\xef\xbb\xbfa"',
    "noncharacters": '"\ufffe\uffff\U0010ffff"'.encode(),
}

_scalars = st.sampled_from(
    [b"0", b"-0.0", b"true", b"null", b"1e999", b"-1e999", b"NaN", b"-Infinity", b"7" * 40, b"8" * 5000, b"1E-9999"]
)
_texts = st.lists(
    st.sampled_from(
        [rb"\u0000", rb"\ud800", rb"\udc00\ud800", rb"\"", rb"\\", rb"\q", rb"\u1", b"[", b"]", b"{", b"}", b"\xff",
         b"\xc3", b"\xe2\x82", b"\x00", b"\n", b"\xef\xbb\xbf", b":", b",", b"banned", b"id", "é".encode(), b" "]
    ),
    max_size=6,
).map(lambda parts: b'"' + b"".join(parts) + b'"')  # fmt: skip
_keys = st.sampled_from([b'"id"', b'"banned"', b'"data"', b'"type"', b'"updated_at"', b'""']) | _texts


def _list(items: list[bytes]) -> bytes:
    return b"[" + b", ".join(items) + b"]"


def _object(members: list[tuple[bytes, bytes]]) -> bytes:
    return b"{" + b",".join(key + b": " + value for key, value in members) + b"}"


# Pieces of JSON as no careful writer would write them, each of which can be read.
garbage = st.recursive(
    _scalars | _texts,
    lambda inner: (
        st.lists(inner, max_size=3).map(_list)
        | st.lists(st.tuples(_keys, inner), max_size=3).map(_object)
        | st.tuples(st.integers(1, 1500), inner).map(lambda drawn: nested(drawn[0], inside=drawn[1]))
        | st.tuples(st.integers(1, 1500), _keys, inner).map(
            lambda drawn: nested(drawn[0], b"{" + drawn[1] + b":", drawn[2], b"}")
        )
    ),
    max_leaves=6,
)
