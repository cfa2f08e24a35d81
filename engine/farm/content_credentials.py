"""The certificate with which a machine or its host makes content connections."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.file_stamp import FileStamp, read_stamp


@dataclass(frozen=True, slots=True)
class ContentCredentials:
    """The files of a leaf certificate with the role `content`, its key, and the farm's authority, all in PEM.

    The files are read for each context: a renewed leaf serves the next connection.
    """

    certificate: Path
    key: Path
    authority: Path

    def stamp(self) -> tuple[FileStamp, ...]:
        """Return a value that changes when a file is written."""
        return tuple(map(read_stamp, (self.certificate, self.key, self.authority)))

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS settings of a host: TLS 1.3 only, and no peer without a certificate of the farm.

        Raises EngineError if a file cannot be read.
        """
        context = self._context(ssl.PROTOCOL_TLS_SERVER)
        # A resumed session would skip the peer's certificate, which may have expired meanwhile.
        context.num_tickets = 0
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return the TLS settings of a machine. Raises EngineError if a file cannot be read."""
        return self._context(ssl.PROTOCOL_TLS_CLIENT)

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # Machines have no stable address. The subject's name is compared instead, see `engine.farm.leaves`.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(self.authority)
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise EngineError(
                f"The farm's certificate {self.certificate} cannot be used: {error}.",
                "Run `cwtui farm join` again, or on the host `cwtui farm host`.",
            ) from error
        return context
