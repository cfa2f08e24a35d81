"""The settings of both sides of Dask: TLS 1.3 with our certificates, no listener and no feature that we do not use."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed.security import Security
    from tornado.httpserver import HTTPServer

SLOTS = 32
"""The most leases that a machine runs at a time. How many it really runs is decided by its cores and memory."""

_SETTINGS = {
    # Retries, and the choice of the machine, are the catalog's.
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.allowed-failures": 0,
    # A task waits silently for a machine that has left; the pool offers its lease to another one.
    "distributed.scheduler.no-workers-timeout": "20s",
    "distributed.scheduler.worker-ttl": "60s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.comm.require-encryption": True,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.comm.timeouts.tcp": "20s",
    "distributed.worker.daemon": False,
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.nvml": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.limit": "60s",
    "distributed.logging": {"distributed": "warning", "tornado": "critical"},
}


def apply_settings() -> None:
    """Set the configuration of this process. Call it before `distributed` is imported, which reads its logging."""
    import dask

    dask.config.set(_SETTINGS)


def machine_resource(machine: str) -> str:
    """Return the resource that only this machine's worker has."""
    return f"machine:{machine}"


def security(certificate: str, key: str, authority: str) -> Security:
    """Return the TLS settings of all roles, which one certificate serves."""
    from distributed.security import Security

    roles = {
        f"tls_{role}_{part}": path
        for role in ("client", "scheduler", "worker")
        for part, path in (("cert", certificate), ("key", key))
    }
    version = ssl.TLSVersion.TLSv1_3
    return Security(require_encryption=True, tls_ca_file=authority, tls_min_version=version, **roles)  # type: ignore[no-untyped-call]


class NoHttpServer:
    """Replaces the HTTP server that Dask starts in each scheduler and worker, on port 8787 or any other."""

    http_application: Any
    http_server: HTTPServer

    def start_http_server(
        self, routes: list[Any], dashboard_address: Any, default_port: int = 0, ssl_options: Any = None
    ) -> None:
        """Set what Dask expects, without listening."""
        from distributed.http.routing import RoutingApplication
        from tornado.httpserver import HTTPServer

        self.http_application = RoutingApplication(routes)  # type: ignore[no-untyped-call]
        self.http_server = HTTPServer(self.http_application)
