"""Who may talk to the workers: whoever holds their keys, and nobody else.

A worker runs whatever a client sends it, so scheduler, workers and app meet over TLS, each showing a certificate signed
by the same authority. On this machine the keys are made at each start and are never written to disk. A cluster of your
own has three files, which `transferlab keys FOLDER` makes; `TRANSFERLAB_TLS` names their folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.runs.home import unwritable
from core.runs.settings import Refused

if TYPE_CHECKING:
    from distributed import Security

SCHEDULER, TLS = "TRANSFERLAB_SCHEDULER", "TRANSFERLAB_TLS"
FILES = {"authority": "ca.pem", "certificate": "cert.pem", "key": "key.pem"}
WITHOUT = "none"  # the value of TRANSFERLAB_TLS that allows a cluster without keys
ROLES = ("client", "scheduler", "worker")


@dataclasses.dataclass(frozen=True)
class Keys:
    """One pair for every role, each as PEM text or as the path of a file."""

    authority: str
    certificate: str
    key: str

    def security(self) -> Security:
        """What Dask wants to know of them."""
        from distributed import Security

        pairs = {f"tls_{role}_cert": self.certificate for role in ROLES}
        pairs |= {f"tls_{role}_key": self.key for role in ROLES}
        return Security(require_encryption=True, tls_ca_file=self.authority, **pairs)


def new_keys() -> Keys:
    """Keys of a new authority, valid for a year."""
    from distributed import Security

    made = Security.temporary()
    return Keys(made.tls_ca_file, made.tls_client_cert, made.tls_client_key)


def write_keys(folder: Path) -> None:
    """New keys as the three files of a cluster, readable by their owner only. `Refused` if there are some already."""
    for part, text in dataclasses.asdict(new_keys()).items():
        file = folder / FILES[part]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError as error:
            raise Refused("keys", file, "it is there already; name an empty folder.") from error
        except OSError as error:
            raise unwritable(folder, error) from error


def keys_for(address: str) -> Keys | None:
    """The keys for the scheduler at `address`; None for one that needs none. `Refused` for an address without keys.

    `tls://` needs the folder named by TRANSFERLAB_TLS; plain `tcp://` is for this machine only, unless TRANSFERLAB_TLS
    says "none".
    """
    folder, scheme = os.environ.get(TLS, ""), address.partition("://")[0]
    if scheme == "tls":
        if not folder or folder == WITHOUT:
            raise Refused(TLS, folder, f"{address} needs keys: name the folder of {', '.join(FILES.values())}.")
        found = {part: Path(folder).expanduser() / name for part, name in FILES.items()}
        if missing := [name for part, name in FILES.items() if not found[part].is_file()]:
            raise Refused(TLS, folder, f"it holds no {' and no '.join(missing)}; transferlab keys FOLDER makes them.")
        return Keys(**{part: str(file) for part, file in found.items()})
    if scheme != "tcp":
        raise Refused(SCHEDULER, address, "write tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine.")
    if not _on_this_machine(address) and folder != WITHOUT:
        allowed = "anybody in its network could run code there; use tls:// with keys (transferlab keys FOLDER), or set"
        raise Refused(SCHEDULER, address, f"{allowed} {TLS}={WITHOUT} if that network is yours alone.")
    return None


def _on_this_machine(address: str) -> bool:
    with contextlib.suppress(ValueError):  # of no address at all, and of a name that is not localhost
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    return False
