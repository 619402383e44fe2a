"""How large the work is: minutes, most of an hour, or seconds for a test that all of it runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes in MiB, counts, and seconds."""

    repetitions: int
    loads: int
    patience: float
    array: int
    arrays: int
    viewed: int
    objects: int
    generators: int
    depth: int
    growth: tuple[int, ...]
    iterations: int
    loop_repetitions: int
    call_repetitions: int
    programs: int
    """Of pyperformance."""
    starts: int
    seconds: float
    """How long a whole run takes."""
    runs: int
    kills: int


FULL = Scale(
    repetitions=4,
    loads=2,
    patience=6.0,
    array=1024,
    arrays=1000,
    viewed=256,
    objects=1_000_000,
    generators=10_000,
    depth=200,
    growth=(1, 8, 64, 512, 2048, 8192),
    iterations=2_000_000,
    loop_repetitions=21,
    call_repetitions=11,
    programs=100,
    starts=15,
    seconds=25.0,
    runs=3,
    kills=2,
)
QUICK = Scale(
    repetitions=3,
    loads=2,
    patience=2.0,
    array=128,
    arrays=100,
    viewed=32,
    objects=100_000,
    generators=10_000,
    depth=200,
    growth=(1, 8, 64, 256),
    iterations=500_000,
    loop_repetitions=11,
    call_repetitions=3,
    programs=100,
    starts=5,
    seconds=4.0,
    runs=1,
    kills=1,
)
TINY = Scale(
    repetitions=1,
    loads=1,
    patience=0.0,
    array=1,
    arrays=2,
    viewed=1,
    objects=100,
    generators=10,
    depth=5,
    growth=(1,),
    iterations=1000,
    loop_repetitions=1,
    call_repetitions=1,
    programs=1,
    starts=1,
    seconds=0.5,
    runs=1,
    kills=1,
)
