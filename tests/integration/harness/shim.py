"""The faults of harness/daemon.py's process that faultshim.so makes: see faults/faultshim.c."""
import errno
import mmap
import os
import struct

from harness.daemon import BIN

SHIM = os.path.join(BIN, "../tests/faultshim.so")
CALLS = ("write", "fsync", "connect", "getaddrinfo", "malloc")
EAI_AGAIN = -3


class Shim:
    """`env` goes to the daemon; then fail("fsync", every=3), heal(), failed("fsync")."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "faults")
        with open(self.path, "wb") as f:
            f.write(bytes(16 * len(CALLS)))
        with open(self.path, "r+b") as f:
            self._map = mmap.mmap(f.fileno(), 0)
        # Not in front of what the sanitizers bring with them.
        self.env = {"LD_PRELOAD": SHIM, "FAULT_SHIM": self.path}

    def fail(self, call, every=1, error=errno.EIO):
        self._map[16 * CALLS.index(call):16 * CALLS.index(call) + 8] = struct.pack("<Ii", every, error)

    def heal(self):
        for call in CALLS:
            self.fail(call, 0, 0)

    def failed(self, call):
        return struct.unpack_from("<IiII", self._map, 16 * CALLS.index(call))[3]
