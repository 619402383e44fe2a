"""Why tests of the peers fail, by their names; see docs/pickling.md."""

IDENTITY = "a class, or an Enum, that is loaded where it came from is the class itself, not a copy"
BY_NAME = "functions of a module that can be imported share its globals, instead of taking a copy"
SAVED = "the test expects that this cannot be pickled; here it can be"
REFUSED = "refused by design"
INTERNAL = "a test of dill's own machinery"

EXPLAINED = {
    "test_abc::test_abc_non_local": IDENTITY,
    "test_abc::test_abc_local": IDENTITY,
    "test_classdef::test_namedtuple": IDENTITY,
    "test_classdef::test_inherit": IDENTITY,
    "test_dataclasses::test_dataclasses": IDENTITY,
    "test_detect::test_bad_things": f"{INTERNAL}: which objects `dill.detect` finds at fault",
    "test_detect::test_getstate": "`recurse=False`: the globals that a function uses "
    "always go along",
    "test_recursive::test_recursive_function": "`recurse=False`: likewise",
    "test_extendpickle::test_isdill": f"{INTERNAL}: `is_dill`",
    "test_file::test_nostrictio_handlefmode": "`fmode`: a file is opened at its offset, or is an "
    "error if it has become shorter; its contents are not part of the pickle",
    "test_file::test_nostrictio_filefmode": "`fmode`: likewise",
    "test_file::test_nostrictio_contentsfmode": "`fmode`: likewise",
    "test_pycapsule::test_pycapsule": f"{REFUSED}: a capsule holds an address",
    "test_registered::<module>": f"{SAVED}: generators, tracebacks, matches and more of "
    "dill's list of failures; of its list of successes a capsule is refused",
    "test_selected::test_frame_related": f"{SAVED}: a generator and a traceback",
    "test_threads::test_new_thread": f"{REFUSED}: threads",
    "test_threads::test_run_thread": f"{REFUSED}: threads",
    "test_threads::test_join_thread": f"{REFUSED}: threads",
    "CloudPickleTest::test_closure_interacting_with_a_global_variable": BY_NAME,
    "CloudPickleTest::test_import": BY_NAME,
    "CloudPickleTest::test_multiprocess": BY_NAME,
    "CloudPickleTest::test_submodule": BY_NAME,
    "CloudPickleTest::test_dynamic_module_with_unpicklable_builtin": "the error of an object's own "
    "`__reduce__` is the cause of a `PicklingError`, which names the object",
    "CloudPickleTest::test_multiprocessing_lock_raises": "likewise",
    "CloudPickleTest::test_recursion_during_pickling": f"{SAVED}: an object whose "
    "`__getattribute__` calls itself",
    "CloudPickleTest::test_sliced_and_non_contiguous_memoryview": f"{REFUSED}: a memoryview of a "
    "part of a buffer would not share it",
    "CloudPickleFileTests::test_closed_file": f"{SAVED}: a closed file",
    "CloudPickleFileTests::test_w_mode": f"{SAVED}: a file open for writing",
}
"""Tests that the peer passes itself."""
