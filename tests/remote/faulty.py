"""File systems of fsspec in which one operation fails, given by its number."""

import errno

import fsspec
from fsspec.implementations.local import LocalFileSystem

KINDS = {
    "plain": lambda: OSError(errno.EIO, "the wire is cut"),
    "odd": lambda: RuntimeError("the wire\nis cut"),
    "silent": TimeoutError,
}


class Switch:
    """Which operation fails, counted from 1; whether it was done all the same; and with what."""

    def __init__(self):
        self.set(0)

    def set(self, number, done=False, kind="plain"):
        self.number, self.done, self.kind = number, done, kind
        self.count = 0

    def call(self, operation, *arguments, **options):
        self.count += 1
        if self.count != self.number:
            return operation(*arguments, **options)
        if self.done:
            operation(*arguments, **options)
        raise KINDS[self.kind]()


switch = Switch()


class File:
    def __init__(self, file):
        self._file = file

    def write(self, content):
        return switch.call(self._file.write, content)

    def close(self):
        return switch.call(self._file.close)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def counted(name):
    operation = getattr(LocalFileSystem, name)

    def call(self, *arguments, **options):
        return switch.call(operation, self, *arguments, **options)

    return call


class Renaming(LocalFileSystem):
    """One like those of other machines."""

    protocol = "renaming"
    NAMES = ("ls", "cat_file", "pipe_file", "rm_file", "mv", "exists", "makedirs")

    def open(self, path, mode="rb", **options):
        if mode == "rb":
            return super().open(path, mode, **options)
        return File(switch.call(super().open, path, mode, **options))


class Putting(Renaming):
    """One like an object store: names with slashes, and no folders that one could see."""

    protocol = "putting"
    mv = fsspec.AbstractFileSystem.mv

    def __init__(self, **options):
        super().__init__(auto_mkdir=True, **options)

    def pipe_file(self, path, value, mode="overwrite", **options):
        def put():
            self.makedirs(self._parent(path), exist_ok=True)
            if mode == "create" and LocalFileSystem.exists(self, path):
                raise FileExistsError
            with open(path, "wb") as file:
                file.write(value)

        switch.call(put)


for method in Renaming.NAMES:
    setattr(Renaming, method, counted(method))
for kind in (Renaming, Putting):
    fsspec.register_implementation(kind.protocol, kind, clobber=True)
