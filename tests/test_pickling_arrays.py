"""numpy arrays: their memory, their views, their layout."""

from pickling_driver import refusal, roundtrip


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


def test_a_memmap_is_refused(tmp_path):
    message = refusal(
        tmp_path,
        """
        import numpy as np
        mapped = np.memmap("/tmp/autoresume-test.bin", dtype="u1", mode="w+", shape=4)
        """,
    )
    assert message.startswith("mapped: numpy.memmap cannot be saved; ")
