"""What providers with nets have in common: leases, and an identity from the nets."""

from __future__ import annotations

import hashlib

from engine.models.nets import LocatedNet, choose_execution, runtime_version
from engine.perception.nets.pool import NetLease, NetPool, shared_pool
from engine.perception.products import ProductKind
from engine.perception.provider import ProviderIdentity

_SEPARATOR = "+"
_KEY_DIGITS = 16


class NetProvider:
    """A provider that runs one net, or several one after the other."""

    product: ProductKind

    def __init__(self, *nets: LocatedNet, pool: NetPool | None = None) -> None:
        self.leases = tuple(NetLease(pool or shared_pool(), net) for net in nets)
        # Raises for a wrong digest before anything is loaded.
        self._digests = tuple(net.digest() for net in nets)

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results.

        `parameters` has a digest of the contracts, and whether a net changed to float32 because its values were not
        finite.
        """
        contracts = "".join(lease.located.contract.model_dump_json() for lease in self.leases)
        retried = any(lease.retried for lease in self.leases)
        executions = [choose_execution(digest) for digest in self._digests]
        return ProviderIdentity(
            name="onnx",
            product=self.product,
            runtime=runtime_version(),
            device="CPU" if retried else _SEPARATOR.join(dict.fromkeys(one.device for one in executions)),
            model=_SEPARATOR.join(lease.located.id for lease in self.leases),
            digest=_SEPARATOR.join(self._digests),
            parameters={
                "contract": hashlib.sha256(contracts.encode()).hexdigest()[:_KEY_DIGITS],
                "float32_retry": retried,
                **self.own_parameters(),
            },
        )

    def own_parameters(self) -> dict[str, str | int | float | bool]:
        """The parameters beside those of the nets."""
        return {}

    def warm_up(self) -> None:
        """Loads and probes the nets. Raises EngineError if one breaks its contract."""
        for lease in self.leases:
            lease.net()

    def close(self) -> None:
        """Unloads the nets. A later use loads them again."""
        for lease in self.leases:
            lease.close()
