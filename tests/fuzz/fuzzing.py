"""Broken files made of good ones. INFLUENCE_SIM_FUZZ=20000 tries so many of each kind; a few are tried every time."""

from __future__ import annotations

import gzip
import os
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("INFLUENCE_SIM_FUZZ", "60"))
SECONDS = 20
"""What one case may take on a busy machine, so that what hangs is found."""

many = settings(
    max_examples=CASES,
    deadline=1000 * SECONDS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    derandomize="INFLUENCE_SIM_FUZZ" not in os.environ,
)

TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b",", b";", b"\t", b'"', b"'''", b"[", b"]]", b"{", b"}",
    b"9" * 5000, b"0x" + b"f" * 5000, b"[" * 50_000, b"=", b"#", b"-1", b"1e999", b"nan", b"inf", b"-0", b"9" * 40,
    b"1979-05-27T07:32:00Z", b"true", b"<", b"&x;",
    b"..", b"/", b"\\", b"../../etc/passwd", b"%s", b"\xf0\x9f\x94\xa5", b"NULL", b"[[", b"a.b.c = 1\n", b"\x1f\x8b",
    b"\x1b[2J", b"\xe2\x80\xae",
)  # fmt: skip


@st.composite
def broken(draw, *good: bytes, packed: bool = True) -> bytes:
    """One of some good files, cut, doubled, shuffled or sprinkled with what does not belong; sometimes gzipped."""
    data = bytearray(draw(st.sampled_from(good)))
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(0, 8))):
        at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + 40)
        what = rng.randrange(6)
        if what == 0:
            del data[at:to]
        elif what == 1:
            data[at:at] = rng.choice(TOKENS)
        elif what == 2:
            data[at:to] = rng.choice(TOKENS)
        elif what == 3:
            data[at:at] = data[at:to] * rng.randrange(1, 4)
        elif what == 4 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        else:
            del data[at:]
    if packed and draw(st.booleans()):
        whole = bytearray(gzip.compress(bytes(data), 1))
        if rng.random() < 0.3:
            whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        return bytes(whole)
    return bytes(data)
