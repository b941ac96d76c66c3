"""The keyed hash gives the numbers it gave before, on every machine.

Three witnesses must agree: the code, a second implementation in Python integers, and literals frozen with
the version of the generator. The second implementation has no fixed width, no arrays and no casts, so it
shares none of the ways in which the first could go wrong.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from influence_sim.core import draws
from influence_sim.core.draws import Draws, Process, as_words, fold, mix

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
SECOND = 0xD1B54A32D192ED03
MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)

# The first outputs of SplitMix64 from two seeds, as published with the algorithm and its ports.
SPLITMIX_FROM_0 = (
    0xE220A8397B1DCDAF,
    0x6E789E6AA1B965F4,
    0x06C45D188009454F,
    0xF88BB8A8724C81EC,
    0x1B39896A51A8749B,
)
SPLITMIX_FROM_1234567 = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)

# The numbers below belong to this version: whoever must change one raises the version and freezes new ones.
FROZEN_VERSION = 1

# seed, replicate, process, time, ids, bits, uniform
FROZEN = (
    (0, 0, 1, 0, (), "16e1a97c465223b6", "0x1.6e1a97c465228p-4"),
    (0, 0, 1, 0, (0,), "52acae7be78ecc45", "0x1.4ab2b9ef9e3b2p-2"),
    (0, 0, 1, 0, (0, 0), "a8e4f67e3b62b91a", "0x1.51c9ecfc76c57p-1"),
    (0, 0, 1, 0, (0, 0, 0), "6730ca1133d297c7", "0x1.9cc32844cf4a6p-2"),
    (1, 0, 9, 0, (1,), "1891b8ff823473c3", "0x1.891b8ff823478p-4"),
    (1, 0, 9, 1, (1,), "4f03f56f9f2db499", "0x1.3c0fd5be7cb6ep-2"),
    (1, 1, 9, 0, (1,), "f2f6764e9b79a553", "0x1.e5ecec9d36f35p-1"),
    (2, 0, 9, 0, (1,), "fc82f9addb394cb5", "0x1.f905f35bb6729p-1"),
    (1, 0, 10, 0, (1,), "595091a43bbeb7ab", "0x1.65424690eefaep-2"),
    (42, 3, 10, 17, (5, 8), "faba2cb1001ccc2e", "0x1.f574596200399p-1"),
    (42, 3, 10, 17, (8, 5), "005c61db114557a5", "0x1.71876c4515600p-10"),
    (42, 3, 35, 365, (12345, 678, 9), "044c4affd8316e94", "0x1.1312bff60c5a0p-6"),
    (-1, 0, 2, 0, (0,), "7822f8dd874281dd", "0x1.e08be3761d0a2p-2"),
    (-20240229, -7, 11, -1, (-1, -2, -3), "ab792cb934b564f8", "0x1.56f25972696adp-1"),
    (2**64 - 1, 2**63 - 1, 37, 2**31 - 1, (2**63 - 1,), "52a56e1a1b95eaa5", "0x1.4a95b8686e57ap-2"),
    (2**63, -(2**63), 36, 2**40, (-(2**63), 2**40), "aa6a903468408f25", "0x1.54d52068d0811p-1"),
    (2**100 + 9, 12, 24, 30, (2**32, 2**32 - 1), "63628a8bc0c1bac2", "0x1.8d8a2a2f0306ep-2"),
)

FROZEN_PROCESSES = {
    "WORLD": 1,
    "TASTE": 2,
    "NEED_RATE": 3,
    "SCEPTICISM": 4,
    "INCITER": 5,
    "FOLLOWS": 6,
    "FIRST_CHOICE": 7,
    "DEMAND": 8,
    "NEED": 9,
    "CHOICE": 10,
    "FAILURE": 11,
    "SEVERITY": 12,
    "EXPERIENCE_NOISE": 13,
    "RESPONSE": 14,
    "PRAISE": 15,
    "CHANNEL": 16,
    "ATTRIBUTE": 17,
    "VOICE_TIME": 18,
    "VISIBLE": 19,
    "LAG": 20,
    "ATTENTION": 21,
    "SHARE": 22,
    "REBUT": 23,
    "SPAM_COUNT": 24,
    "SPAM_FILTER": 25,
    "PATIENCE": 26,
    "REPOST": 27,
    "PUBLIC_REPLY": 28,
    "LISTEN": 29,
    "OPINION_NOISE": 30,
    "INCIDENT_HIT": 31,
    "CAMPAIGN_POST": 32,
    "PAID_IMPRESSION": 33,
    "UNFOLLOW": 34,
    "MESSAGE": 35,
    "NETWORK": 36,
    "EXPERIENCE": 37,
}


def reference_mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * MULTIPLIERS[0]) & MASK
    z = ((z ^ (z >> 27)) * MULTIPLIERS[1]) & MASK
    return z ^ (z >> 31)


def reference_unmix(z: int) -> int:
    z = z ^ (z >> 31) ^ (z >> 62)
    z = (z * pow(MULTIPLIERS[1], -1, 2**64)) & MASK
    z = z ^ (z >> 27) ^ (z >> 54)
    z = (z * pow(MULTIPLIERS[0], -1, 2**64)) & MASK
    return z ^ (z >> 30) ^ (z >> 60)


def reference_fold(key: int, *words: int) -> int:
    for word in words:
        key = reference_mix(key ^ ((word * GOLDEN) & MASK))
    return key


def reference_bits(seed: int, replicate: int, process: int, time: int, *ids: int) -> int:
    world = reference_fold(GOLDEN, seed, Process.WORLD, replicate)
    inner = reference_fold(world, process, time)
    outer = reference_mix(inner ^ SECOND)
    return reference_mix(reference_fold(inner, *ids) ^ outer)


def bits(seed: int, replicate: int, process: int, time: int, *ids: int) -> int:
    stream = Draws.for_replicates(seed, [replicate]).at(Process(process), time)
    return int(stream.bits(0, *ids)[0])


@pytest.mark.parametrize(
    ("seed", "outputs"), [(0, SPLITMIX_FROM_0), (1234567, SPLITMIX_FROM_1234567)], ids=["0", "1234567"]
)
def test_mix_is_the_splitmix64_finaliser(seed, outputs):
    # The generator's k-th state is its seed plus k golden gammas; its output is the finaliser of the state.
    states = [(seed + k * GOLDEN) & MASK for k in range(1, len(outputs) + 1)]
    assert mix(np.array(states, dtype=np.uint64)).tolist() == list(outputs)
    assert [reference_mix(state) for state in states] == list(outputs)


def test_mix_loses_no_word():
    # Each word can be recovered, so distinct keys stay distinct through every mixing.
    words = np.concatenate(
        [np.arange(512), 1 << np.arange(63), -np.arange(512), np.arange(512) * 0x2545F4914F6CDD1D]
    ).view(np.uint64)
    assert [reference_unmix(word) for word in mix(words).tolist()] == words.tolist()


def test_the_frozen_numbers_are_those_of_this_version():
    assert draws.GENERATOR_VERSION == FROZEN_VERSION


@pytest.mark.parametrize(("seed", "replicate", "process", "time", "ids", "word", "unit"), FROZEN)
def test_a_key_gives_its_frozen_word(seed, replicate, process, time, ids, word, unit):
    assert f"{bits(seed, replicate, process, time, *ids):016x}" == word
    assert f"{reference_bits(seed, replicate, process, time, *ids):016x}" == word


@pytest.mark.parametrize(("seed", "replicate", "process", "time", "ids", "word", "unit"), FROZEN)
def test_a_key_gives_its_frozen_uniform_number(seed, replicate, process, time, ids, word, unit):
    stream = Draws.for_replicates(seed, [replicate]).at(Process(process), time)
    assert stream.uniform(0, *ids)[0].hex() == unit


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(
    seed=st.integers(-(2**70), 2**70),
    replicate=INT64,
    process=st.sampled_from(Process),
    time=INT64,
    ids=st.lists(INT64, max_size=4),
)
@example(seed=0, replicate=0, process=Process.WORLD, time=0, ids=[0, 0, 0, 0])
@example(seed=1, replicate=0, process=Process.WORLD, time=0, ids=[0])  # the seed for which the first key is 0
@example(seed=-1, replicate=-1, process=Process.WORLD, time=-1, ids=[-1, -1])
@example(seed=2**64 - GOLDEN, replicate=2**63 - 1, process=Process.WORLD, time=-(2**63), ids=[2**63 - 1, -(2**63)])
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_key_gives_the_word_of_the_reference(seed, replicate, process, time, ids):
    assert bits(seed, replicate, process, time, *ids) == reference_bits(seed, replicate, process, time, *ids)


def test_arrays_of_keys_give_the_words_of_the_reference_one_by_one():
    # The wrapping arithmetic of arrays and of scalars are two pieces of machinery in NumPy.
    replicates = np.array([4, -2, 2**62])
    world, first, second = np.array([0, 2, 1, 1, 2]), np.array([3, -3, 2**40, 0, 9]), np.array([[0], [-8]])
    words = Draws.for_replicates(77, replicates).at(Process.CHOICE, 12).bits(world, first, second)
    assert words.tolist() == [
        [
            reference_bits(77, int(replicates[w]), Process.CHOICE, 12, a, b)
            for w, a in zip(world.tolist(), first.tolist(), strict=True)
        ]
        for b in second[:, 0].tolist()
    ]


def test_the_subkeys_of_a_stream_are_two():
    stream = Draws.for_replicates(5, [6]).at(Process.NEED, 7)
    inner = reference_fold(GOLDEN, 5, Process.WORLD, 6, Process.NEED, 7)
    assert stream.inner.tolist() == [inner]
    assert stream.outer.tolist() == [reference_mix(inner ^ SECOND)]


def test_folding_nothing_leaves_the_key_and_folding_twice_is_folding_in_turn():
    start = np.array([1, 2**64 - 1], dtype=np.uint64)
    word, other = np.array([5]), np.array([-6])
    assert fold(start).tolist() == start.tolist()
    assert fold(start, word, other).tolist() == fold(fold(start, word), other).tolist()


def test_seeds_are_equal_modulo_the_word():
    # Part of the contract of frozen numbers: -1 and 2⁶⁴ - 1 name one experiment, as do 5 and 2⁶⁴ + 5.
    for seed, alias in [(-1, 2**64 - 1), (5, 2**64 + 5), (0, -(2**70))]:
        assert bits(seed, 1, Process.TASTE, 0, 2) == bits(alias, 1, Process.TASTE, 0, 2)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, ">i4", ">i8"])
def test_an_id_names_the_same_draw_in_every_signed_type(dtype):
    stream = Draws.for_replicates(3, [0]).at(Process.NEED)
    ids = [-128, -1, 0, 1, 127]
    assert stream.bits(0, np.array(ids, dtype=dtype)).tolist() == [
        reference_bits(3, 0, Process.NEED, 0, i) for i in ids
    ]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.uint32, np.uint64, ">u8"])
def test_an_id_names_the_same_draw_in_every_unsigned_type(dtype):
    stream = Draws.for_replicates(3, [0]).at(Process.NEED)
    ids = np.array([0, 1] if dtype is bool else [0, 1, 255], dtype=dtype)
    assert stream.bits(0, ids).tolist() == [reference_bits(3, 0, Process.NEED, 0, i) for i in ids.astype(int).tolist()]


def test_words_beyond_the_signed_range_are_their_own_ids():
    stream = Draws.for_replicates(3, [0]).at(Process.NEED)
    assert stream.bits(0, np.uint64(MASK)).tolist() == stream.bits(0, -1).tolist()
    assert stream.bits(0, 2**63).tolist() == [reference_bits(3, 0, Process.NEED, 0, 2**63)]


@pytest.mark.parametrize(
    "ids",
    [
        1.0,
        np.float32(1),
        [1.5],
        1j,
        "1",
        b"1",
        [None],
        np.array([1], dtype=object),
        np.datetime64(1, "s"),
        2**64,
    ],
    ids=repr,
)
def test_only_integers_are_ids(ids):
    # A float would be cut to an integer, so that two events shared one draw without a word.
    with pytest.raises(TypeError, match="must be integers"):
        as_words(ids)
    with pytest.raises(TypeError, match="must be integers"):
        Draws.for_replicates(3, [0]).at(Process.NEED).bits(0, ids)


def test_times_and_replicates_are_integers():
    with pytest.raises(TypeError, match="must be integers"):
        Draws.for_replicates(3, [0.0])
    with pytest.raises(TypeError, match="must be integers"):
        Draws.for_replicates(3, [0]).at(Process.NEED, 1.0)


def test_drawing_changes_no_argument():
    # Words are mixed in place; the place must never be the caller's.
    seeds, ids, world = np.arange(4, dtype=np.uint64), np.arange(4, dtype=np.uint64), np.arange(4)
    stream = Draws(seeds).at(Process.NEED)
    inner, outer = stream.inner.copy(), stream.outer.copy()
    stream.bits(world, ids, ids)
    stream.uniform(world, ids)
    stream.bits(world)
    mix(seeds)
    fold(seeds, ids)
    for array in (seeds, ids, world):
        assert array.tolist() == [0, 1, 2, 3]
    assert stream.inner.tolist() == inner.tolist()
    assert stream.outer.tolist() == outer.tolist()


def test_processes_keep_their_numbers():
    assert {name: Process.__members__[name].value for name in FROZEN_PROCESSES} == FROZEN_PROCESSES


def test_no_two_processes_share_a_number():
    # Python silently takes a repeated number for an alias; __members__ lists aliases, iteration does not.
    assert len(Process.__members__) == len(list(Process))


def test_new_processes_take_new_numbers():
    new = {process for name, process in Process.__members__.items() if name not in FROZEN_PROCESSES}
    assert new.isdisjoint(FROZEN_PROCESSES.values())
