"""numpy arrays: their memory, their views, their layout."""

from pickling_driver import refusal, roundtrip, spawn


def test_views_stay_views(tmp_path):
    told = roundtrip(
        tmp_path,
        """
        import numpy as np
        a = np.arange(20.0)
        views = [a[::2], a.reshape(4, 5).T, a[::-1], a[3:3], a[2:], a[2:].view("i8")]
        windows = np.lib.stride_tricks.sliding_window_view(a, 3)
        broad = np.broadcast_to(a[:1], (3, 1))
        """,
        """
        assert a.flags.owndata and a.flags.writeable and a.base is None
        a[2] = 77
        assert views[0][1] == 77 and views[1][2, 0] == 77 and views[2][-3] == 77
        assert views[4][0] == 77 and views[5][0] == np.float64(77).view("i8")
        views[0][0] = 5
        assert a[0] == 5 and windows[0, 0] == 5 and broad[2, 0] == 5
        assert all(v.base is a for v in views if v.size)
        assert views[1].strides == (8, 40) and not broad.flags.writeable
        """,
    )
    assert told["buffers"] == [160]


def test_large_arrays_live_in_the_buffer_and_can_be_dumped_again(tmp_path):
    told = roundtrip(
        tmp_path,
        """
        import numpy as np
        big = np.ones((512, 512))
        rows = [big[i] for i in range(10)]
        fortran = np.asfortranarray(np.arange(400_000.0).reshape(2, -1))
        """,
        """
        rows[3][0] = 9
        assert big[3, 0] == 9 and big.flags.writeable
        assert fortran.flags.f_contiguous and fortran[1, 1] == 200_001
        """,
    )
    assert told["buffers"] == [512 * 512 * 8, 3_200_000]


def test_kinds_of_arrays(tmp_path):
    roundtrip(
        tmp_path,
        """
        import numpy as np
        axes = np.arange(24).reshape(2, 3, 4).transpose(1, 2, 0).copy(order="K")
        readonly = np.arange(3)
        readonly.flags.writeable = False
        objects = np.array([1, "x", None, [1]], dtype=object)
        object_view, grid = objects[1:], np.array([[1, {}], [None, 2]], dtype=object).T
        me = np.empty(1, dtype=object)
        me[0] = me
        empty, scalar = np.zeros((0, 3)), np.array(3.5)
        records = np.zeros(2, dtype=[("a", ">i4"), ("b", "f8")])
        field = records["b"]
        dates = np.array(["2020-01-01"], dtype="M8[D]")
        texts = np.array(["a", "bcd"])
        half = np.float16([1, 2])
        values = [np.float64(1.5), np.int8(3), np.str_("x")]
        dtype = np.dtype("f8")
        """,
        """
        assert axes.strides == np.arange(24).reshape(2, 3, 4).transpose(1, 2, 0).copy("K").strides
        assert axes[2, 3, 1] == 23 and axes.flags.owndata
        assert not readonly.flags.writeable
        readonly.flags.writeable = True
        object_view[0] = "changed"
        assert objects[1] == "changed" and objects[3] == [1] and grid[1, 0] == {} and me[0] is me
        assert empty.shape == (0, 3) and scalar.shape == () and scalar == 3.5
        field[1] = 4
        assert records["b"][1] == 4 and records.dtype["a"].byteorder == ">"
        assert str(dates[0]) == "2020-01-01" and list(texts) == ["a", "bcd"] and half[1] == 2
        assert [type(v).__name__ for v in values] == ["float64", "int8", "str_"]
        assert dtype is np.dtype("f8")
        """,
    )


def test_arrays_over_other_memory_and_subclasses(tmp_path):
    roundtrip(
        tmp_path,
        """
        import array
        import numpy as np
        octets = bytearray(b"12345678")
        over = np.frombuffer(octets, np.uint8)[2:]
        fixed = np.frombuffer(b"abcd", np.uint8)
        numbers = array.array("d", [1, 2])
        doubles = np.frombuffer(numbers)
        base = np.arange(4.0)
        class Mine(np.ndarray):
            pass
        mine = base.view(Mine)
        mine.unit = "m"
        matrix = np.matrix([[1, 2], [3, 4]])
        masked = np.ma.array([1, 2, 3], mask=[0, 1, 0])
        """,
        """
        octets[2] = 9
        numbers[0] = 5
        base[0] = 7
        assert over[0] == 9 and doubles[0] == 5 and not fixed.flags.writeable
        assert mine[0] == 7 and type(mine) is Mine and mine.unit == "m"
        assert type(matrix) is np.matrix and (matrix * matrix)[0, 0] == 7
        assert masked.sum() == 4 and type(masked) is np.ma.MaskedArray
        """,
    )


def test_random_generators_keep_their_identity(tmp_path):
    roundtrip(
        tmp_path,
        """
        import numpy as np
        rng = np.random.default_rng(5)
        bits = rng.bit_generator
        draw, own = rng.normal, np.random.rand
        legacy = np.random.RandomState(3)
        """,
        """
        assert rng.bit_generator is bits and own.__self__ is np.random.mtrand._rand
        same = np.random.default_rng(5)
        assert [rng.random(), draw()] == [same.random(), same.normal()]
        assert legacy.rand() == np.random.RandomState(3).rand()
        """,
    )


def test_records_and_views_of_them(tmp_path):
    roundtrip(
        tmp_path,
        """
        import numpy as np
        plain = np.zeros(3, dtype=[("x", "i1"), ("y", "f8", (2,)), ("z", "i2")])
        part, inner, record = plain[["x", "z"]], plain["y"][:, 0], plain[1]
        mixed = np.zeros(3, dtype=[("x", "i4"), ("o", object)])
        objects, row, own = mixed["o"], mixed[1], mixed[2].copy()
        row["o"] = [1]
        table = np.rec.array([(1, 2.0), (3, 4.0)], names="a,b")
        line = table[0]
        aligned = np.dtype([("x", "i1"), ("y", "f8")], align=True)
        noted = np.zeros(2, np.dtype("f8", metadata={"unit": "m"}))
        """,
        """
        part["z"][1], inner[0], record["x"] = 5, 6, 7
        assert plain["z"][1] == 5 and plain["y"][0, 0] == 6 and plain["x"][1] == 7
        objects[0], row["x"] = "z", 9
        assert mixed["o"][0] == "z" and objects[1] == [1] and mixed["x"][1] == 9 and own["o"] == 0
        table.a[0] = 8
        assert line.a == 8 and type(table) is np.recarray and type(line) is np.record
        assert aligned.isalignedstruct and noted.dtype.metadata["unit"] == "m"
        """,
    )


def test_other_sorts_of_arrays(tmp_path):
    roundtrip(
        tmp_path,
        """
        import numpy as np
        class Slotted(np.ndarray):
            __slots__ = ()
        class Unit(np.ndarray):
            def __array_finalize__(self, obj):
                self.unit = getattr(obj, "unit", None)
        slotted, unit = np.zeros(3).view(Slotted), np.arange(3.0).view(Unit)
        unit.unit = "m"
        tail = unit[1:]
        masked = np.ma.array([1.0, 2, 3], mask=[0, 1, 0], fill_value=-1, hard_mask=True)
        shown, bare, nothing = masked[:], masked.data, np.ma.masked
        texts = np.array(["a", "long " * 20], dtype=np.dtypes.StringDType())
        end = texts[1:]
        locked = np.arange(3)
        open_view = locked[:]
        locked.flags.writeable = False
        by_length, absolute = np.frompyfunc(len, 1, 1), np.vectorize(abs)
        calendar = np.busdaycalendar(holidays=["2020-01-01"])
        missing = np._NoValue
        """,
        """
        assert type(slotted) is Slotted and tail.unit == unit.unit == "m" and type(tail) is Unit
        tail[0] = 5
        assert unit[1] == 5 and nothing is np.ma.masked and masked.fill_value == -1
        shown[0], bare[2], masked[1] = 9, 8, 7
        assert masked[0] == 9 and masked[2] == 8 and masked.mask[1] and masked.hardmask
        end[0] = "short"
        assert texts[1] == "short"
        open_view[0] = 7
        assert locked[0] == 7 and not locked.flags.writeable
        assert by_length(["abc"])[0] == 3 and absolute(-1) == 1 and len(calendar.holidays) == 1
        assert missing is np._NoValue
        """,
    )


def test_iterators_of_numpy_go_on(tmp_path):
    roundtrip(
        tmp_path,
        """
        import numpy as np
        a = np.arange(6).reshape(2, 3)
        def begun(iterator, steps=2):
            for _ in range(steps):
                next(iterator)
            return iterator
        flat, ended = begun(a.flat), begun(a.flat, 6)
        numbered, places = begun(np.ndenumerate(a)), begun(np.ndindex(2, 3))
        rows = begun(iter(a), 1)
        pairs = begun(np.broadcast(np.arange(3), np.zeros((2, 1))), 4)
        plain, fresh = begun(np.nditer(a.T)), np.nditer(a)
        writing = begun(np.nditer(a, ["multi_index"], [["readwrite"]], order="F"))
        indexed = begun(np.nditer([a, a[0]], ["f_index"]))
        whole, halves = np.nditer(a, ["external_loop"]), np.nditer(a[:, :2], ["external_loop"])
        next(halves)
        used_up = begun(np.nditer(a), 6)
        """,
        """
        assert next(flat) == 2 and flat.base is a and list(ended) == []
        assert next(numbered) == ((0, 2), 2) and next(places) == (0, 2)
        assert next(pairs) == (1, 0.0) and pairs.index == 5
        assert [int(one) for one in plain] == [2, 3, 4, 5]
        assert [int(one) for one in fresh] == list(range(6))
        assert [int(one) for one, _ in indexed] == [2, 3, 4, 5] and indexed.finished
        assert [one.tolist() for one in whole] == [list(range(6))] and list(used_up) == []
        assert [one.tolist() for one in halves] == [[3, 4]]
        one = next(writing)
        assert writing.multi_index == (0, 1) and one == 1
        one[...] = 77
        next(rows)[0] = 88
        assert a.tolist() == [[0, 77, 2], [88, 4, 5]]
        """,
    )


def test_maps_of_files(tmp_path):
    for name in ("r", "rw", "c"):
        (tmp_path / f"{name}.bin").write_bytes(bytes(range(16)))
    roundtrip(
        tmp_path,
        f"""
        import numpy as np
        folder = {str(tmp_path)!r}
        read = np.memmap(folder + "/r.bin", "u1", "r", 2, (7, 2))
        part, plain = read[1:], np.asarray(read)
        both = np.memmap(folder + "/rw.bin", "u1", "r+")
        both[0], tail = 9, both[1:]
        copied = np.memmap(folder + "/c.bin", "u1", "c")
        copied[0] = 9
        new = np.memmap(folder + "/new.bin", "f8", "w+", shape=(2, 2), order="F")
        new[0, 1] = 3
        """,
        """
        assert type(read) is np.memmap and read[0, 0] == 2 and part[0, 0] == plain[1, 0] == 4
        assert not read.flags.writeable and (read.offset, read.mode) == (2, "r")
        assert type(part) is np.memmap and part._mmap is read._mmap and type(plain) is np.ndarray
        assert both[0] == 9 and tail[0] == both[1] == 1 and copied[0] == 9
        assert new[0, 1] == 3 and new.flags.f_contiguous and new.mode == "w+"
        both[1], copied[1] = 77, 77  # the next that is loaded has them back
        tail.flush()
        assert open(folder + "/rw.bin", "rb").read(2) == bytes([9, 77])
        assert open(folder + "/c.bin", "rb").read(2) == bytes([0, 1])
        """,
    )
    (tmp_path / "r.bin").write_bytes(b"short")
    failed = spawn("check", tmp_path)
    assert "r.bin, which is mapped, is shorter than it was" in failed.stderr


def test_what_cannot_be_said_of_an_array_is_refused(tmp_path):
    start = "import numpy as np\n"
    buffered = refusal(tmp_path, start + "it = np.nditer(np.arange(6), ['buffered'], ['readonly'])")
    assert (
        buffered == "it: numpy.nditer cannot be saved; it is buffered; go over the arrays by index"
    )
