"""Python's own test modules that the suite runs rewritten, and where they may differ."""

ALWAYS = (
    "test_grammar test_generators test_with test_scope test_exceptions test_genexps "
    "test_contextlib test_named_expressions test_patma"
).split()
"""Those of every run of the suite."""

LANGUAGE = (
    "test_augassign test_baseexception test_binop test_bool test_builtin test_class test_code "
    "test_compare test_compile test_contains test_context test_contextlib_async test_coroutines "
    "test_asyncgen test_dataclasses test_decorators test_descr test_dict test_dictcomps "
    "test_dictviews test_doctest test_dynamic test_enum test_enumerate test_except_star "
    "test_exception_group test_exception_variations test_extcall test_float test_frame "
    "test_fstring test_funcattrs test_functools test_future_stmt test_gc test_generator_stop "
    "test_global test_index test_inspect test_int test_isinstance test_iter test_itertools "
    "test_keyword test_keywordonlyarg test_lambda test_list test_listcomps test_long "
    "test_metaclass test_monitoring test_opcodes test_operator test_ordered_dict "
    "test_pep646_syntax test_peepholer test_positional_only_arg test_pow test_property test_raise "
    "test_range test_richcmp test_set test_setcomps test_slice test_sort test_string_literals "
    "test_subclassinit test_super test_sys_settrace test_syntax test_traceback test_tuple "
    "test_type_aliases test_type_params test_typechecks test_types test_typing test_unary "
    "test_unittest test_unpack test_unpack_ex test_userdict test_userlist test_weakref "
    "test_yield_from test_pep380"
).split()
LIBRARY = (
    "test_abc test_abstract_numbers test_argparse test_ast test_asyncio test_base64 test_bdb "
    "test_bisect test_bytes test_calendar test_cmd test_codeop test_collections test_colorsys "
    "test_complex test_concurrent_futures test_configparser test_contextvars test_copy test_csv "
    "test_datetime test_decimal test_defaultdict test_deque test_difflib test_email test_fnmatch "
    "test_fractions test_genericpath test_getopt test_glob test_graphlib test_hash test_heapq "
    "test_hmac test_html test_htmlparser test_json test_linecache test_logging test_mailbox "
    "test_math test_minidom test_numeric_tower test_optparse test_pathlib test_pdb test_pickle "
    "test_posixpath test_pprint test_pyclbr test_queue test_random test_re test_reprlib test_sax "
    "test_sched test_shelve test_shlex test_stat test_statistics test_strftime test_string "
    "test_struct test_symtable test_tempfile test_textwrap test_threading test_time test_timeit "
    "test_tokenize test_trace test_unicode test_urlparse test_uuid test_weakset test_xml_etree "
    "test_zipfile"
).split()
"""Those that ``--stdlib`` adds."""

_FRAME = "looks at the variables of a frame, of which there are more"
_CODE = "looks at bytecode, its size or its names"
_TRACE = "counts trace events, of which a loop has more"
_COMPREHENSION = "a comprehension around a boundary is a function, with a line in tracebacks"

_NAME = "a generator expression around a boundary is a function, with a name of its own"
_WITH = "a `with` whose manager may lead to a boundary is written out, with `raise` at its line"
_TWIN = "`map`, `filter` and `zip` of what may lead to a boundary are generators"

EXPECTED = {
    "test_code": {"": _CODE},
    "test_compile": {"TestSource*": _CODE, "TestSpecifics.*": _CODE},
    "test_contextlib": {"*.test_nokeepref": "asks when an argument of a `with` goes"},
    "test_dictcomps": {"*.test_exception_locations": _COMPREHENSION},
    "test_doctest": {"*": "interactive statements show the values of calls that are written out"},
    "test_exceptions": {"PEP626Tests.test_lineno_after_with": _WITH},
    "test_frame": {"*": _FRAME},
    "test_generators": {"GeneratorTest.test_name": _NAME},
    "test_genexps": {"*": _NAME},
    "test_gc": {"*.test_get_objects_arguments": "counts all objects"},
    "test_inspect": {
        "*.test_getgeneratorlocals": _FRAME,
        "*.test_builtins_have_signatures": "lists the built-in functions, of which there are more",
    },
    "test_int": {"*.test_denial_of_service_*": "measures time"},
    "test_itertools": {
        "RegressionTests.test_sf_793826": _TWIN,
        "TestBasicOps.test_filter": _TWIN,
        "TestBasicOps.test_map": _TWIN,
        "TestBasicOps.test_zip*": _TWIN,
    },
    "test_listcomps": {"*.test_exception_locations": _COMPREHENSION},
    "test_patma": {"TestTracing.*": _TRACE},
    "test_monitoring": {"*": _TRACE},
    "test_pdb": {"*": _TRACE},
    "test_peepholer": {"*": _CODE},
    "test_queue": {"*.test_reentrancy": "rests on when the collector of garbage runs"},
    "test_setcomps": {"*.test_exception_locations": _COMPREHENSION},
    "test_sys_settrace": {"*": _TRACE},
    "test_trace": {"*": _TRACE},
    "test_xml_etree": {"*.test_bug_xmltoolkit63": "counts references to None"},
    "test_with": {"NestedWith.testExceptionLocation": _WITH},
    "test_traceback": {
        "TestStack.test_format_locals": _FRAME,
        "TestStack.test_walk_stack": "counts frames; a function of C that has a twin has one",
        "TestTracebackException.test_from_exception": _FRAME,
        "TestTracebackException.test_print": _FRAME,
    },
}
"""Tests that may end otherwise: the module, a pattern of the rest of the name, and the reason."""
