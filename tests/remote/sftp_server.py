"""A server for files over ssh, of this machine and for tests: user `user`, password `password`."""

import os
import socket
import sys
import threading

import paramiko


class Login(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        right = (username, password) == ("user", "password")
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED


class Handle(paramiko.SFTPHandle):
    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def answering(method):
    def answer(self, *arguments):
        try:
            found = method(self, *arguments)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK if found is None else found

    return answer


class Files(paramiko.SFTPServerInterface):
    @answering
    def list_folder(self, path):
        return [self._entry(os.path.join(path, name)) for name in os.listdir(path)]

    def _entry(self, path):
        entry = paramiko.SFTPAttributes.from_stat(os.lstat(path))
        entry.filename = os.path.basename(path)
        return entry

    @answering
    def stat(self, path):
        return paramiko.SFTPAttributes.from_stat(os.stat(path))

    lstat = stat

    @answering
    def open(self, path, flags, attributes):
        handle = Handle(flags)
        write = flags & (os.O_WRONLY | os.O_RDWR)
        file = os.fdopen(os.open(path, flags, 0o600), "r+b" if write else "rb", buffering=0)
        handle.readfile = handle.writefile = file
        handle.filename = path
        return handle

    @answering
    def remove(self, path):
        os.remove(path)

    @answering
    def posix_rename(self, old, new):
        os.replace(old, new)

    @answering
    def mkdir(self, path, attributes):
        os.mkdir(path)

    @answering
    def rmdir(self, path):
        os.rmdir(path)


def serve(connection, key):
    transport = paramiko.Transport(connection)
    transport.add_server_key(key)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
    transport.start_server(server=Login())


listening = socket.create_server(("127.0.0.1", 0))
print(f"Running on port {listening.getsockname()[1]}", file=sys.stderr, flush=True)
host_key = paramiko.ECDSAKey.generate()
while True:
    arrived, _ = listening.accept()
    arrived.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(arrived, host_key), daemon=True).start()
