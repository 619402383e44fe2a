"""What libraries keep outside of their frames, and their modules that are adopted."""

import sys
from importlib import import_module

import click
import pytest
from absl import flags
from omegaconf import OmegaConf

from autoresume import libraries
from autoresume.adoption import adopt
from autoresume.program import Program


def test_the_stack_of_contexts_comes_back(monkeypatch):
    context = click.Context(click.Command("main"))
    kept = import_module("click.globals")._local
    monkeypatch.setattr(kept, "stack", [context], raising=False)
    saved = libraries.capture()
    kept.stack = []
    libraries.restore(saved)
    assert click.get_current_context() is context


def test_flags_come_back_in_the_object_that_everybody_has():
    own = flags.FLAGS
    own.mark_as_parsed()
    saved = libraries.capture()
    own.unparse_flags()
    libraries.restore(saved)
    assert flags.FLAGS is own
    assert own.is_parsed()
    own.unparse_flags()


def test_resolvers_come_back():
    OmegaConf.register_new_resolver("of_a_test", lambda: 7)
    saved = libraries.capture()
    OmegaConf.clear_resolver("of_a_test")
    libraries.restore(saved)
    assert OmegaConf.create({"x": "${of_a_test:}"}).x == 7
    OmegaConf.clear_resolver("of_a_test")


def test_libraries_that_are_not_imported_are_left_alone(monkeypatch):
    for module, _ in libraries.STATE:
        monkeypatch.delitem(sys.modules, module, raising=False)
    assert libraries.capture() == {}


def installed():
    for name in sorted(libraries.ADOPTED):
        try:
            import_module(name)
        except ImportError:  # there in other versions only
            continue
        yield name


@pytest.mark.parametrize("name", list(installed()))
def test_functions_that_are_older_than_the_adoption_have_a_name(name, tmp_path, monkeypatch):
    module = import_module(name)
    found = [f for f in vars(module).values() if getattr(f, "__module__", "") == name]
    found = [f for f in found if hasattr(f, "__code__")]
    before = {function: function.__code__ for function in found}
    program = Program(lambda filename: False, tmp_path)
    adopt(program, name)
    try:
        for function, code in before.items():
            if "<locals>" not in code.co_qualname and code.co_filename == module.__file__:
                assert program.code_name(code) == program.code_name(function.__code__) is not None
                assert program.code_for(program.code_name(code)) is function.__code__
    finally:
        for function, code in before.items():
            function.__code__ = code
