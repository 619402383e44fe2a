"""How large the work is: most of an hour, minutes, or seconds to see that all of it runs."""

from dataclasses import dataclass, replace


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
    growth_repetitions: int
    iterations: int
    loop_repetitions: int
    call_repetitions: int
    call_seconds: float
    """How long a program is repeated."""
    programs: int
    """Of pyperformance."""
    starts: int
    wholes: int
    """Of the programs of whole runs."""
    seconds: float
    """How long a whole run takes."""
    runs: int
    kills: int
    long: float
    """How long the long run takes."""
    long_runs: int


FULL = Scale(
    repetitions=5,
    loads=5,
    patience=10.0,
    array=1024,
    arrays=1000,
    viewed=256,
    objects=1_000_000,
    generators=10_000,
    depth=200,
    growth=(1, 8, 64, 512, 2048, 8192),
    growth_repetitions=3,
    iterations=2_000_000,
    loop_repetitions=15,
    call_repetitions=7,
    call_seconds=0.2,
    programs=100,
    starts=15,
    wholes=4,
    seconds=14.0,
    runs=3,
    kills=2,
    long=120.0,
    long_runs=2,
)
QUICK = replace(
    FULL,
    patience=2.0,
    array=128,
    arrays=100,
    viewed=32,
    objects=100_000,
    growth=(1, 8, 64, 256),
    iterations=500_000,
    loop_repetitions=9,
    call_repetitions=5,
    call_seconds=0.05,
    starts=7,
    seconds=4.0,
    runs=1,
    kills=1,
    long=20.0,
    long_runs=1,
)
TINY = replace(
    FULL,
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
    growth_repetitions=1,
    iterations=1000,
    loop_repetitions=1,
    call_repetitions=1,
    call_seconds=0.0,
    programs=1,
    starts=1,
    wholes=2,
    seconds=0.5,
    runs=1,
    kills=1,
    long=0.5,
    long_runs=1,
)
