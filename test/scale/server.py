"""A file system that shows a folder at another place and counts what the kernel asks of it; nothing is cached.

server.py FOLDER MOUNT [SECONDS]: each request takes SECONDS, one after the other, as those of a busy server.
For a line on its input it prints one: a JSON array of the requests since the last one, [name, path] each. It ends with its input.
"""

import errno
import json
import os
import signal
import sys
import threading
import time

import fusepy

FOLDER, MOUNT = sys.argv[1:3]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
FIELDS = "st_atime st_ctime st_gid st_mode st_mtime st_nlink st_size st_uid".split()


class Server(fusepy.Operations):
    def __init__(self):
        self.requests = []
        self.busy = threading.Lock()

    def __call__(self, name, path, *args):
        if name in ("init", "destroy"):
            return super().__call__(name, path, *args)
        self.requests.append([name, path])
        if SECONDS > 0:
            with self.busy:
                time.sleep(SECONDS)
        try:
            return super().__call__(name, FOLDER + path, *args)
        except OSError as error:
            raise fusepy.FuseOSError(error.errno or errno.EIO) from error

    def init(self, path):
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        print("[]", flush=True)
        for _ in sys.stdin:
            asked, self.requests = self.requests, []
            print(json.dumps(asked), flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    def getattr(self, path, fh=None):
        stats = os.lstat(path)
        return {field: getattr(stats, field) for field in FIELDS}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(path)]

    def readlink(self, path):
        return os.readlink(path)

    def open(self, path, flags):
        return os.open(path, flags)

    def create(self, path, mode, fi=None):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(path, length)

    def release(self, path, fh):
        os.close(fh)

    def mkdir(self, path, mode):
        os.mkdir(path, mode)

    def rmdir(self, path):
        os.rmdir(path)

    def unlink(self, path):
        os.unlink(path)

    def rename(self, old, new):
        os.rename(old, FOLDER + new)

    def chmod(self, path, mode):
        os.chmod(path, mode)

    def mknod(self, path, mode, dev):
        os.mknod(path, mode, dev)

    def access(self, path, mode):
        if not os.access(path, mode):
            raise OSError(errno.EACCES, path)


fusepy.FUSE(
    Server(),
    MOUNT,
    foreground=True,
    attr_timeout=0,
    entry_timeout=0,
    negative_timeout=0,
    allow_other=True,
)
