"""A throw-away PostgreSQL server on a socket in a temporary folder, for tests and proofs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_postgres() -> Path | None:
    """Return the folder with initdb and pg_ctl of the newest installed server."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: at.parts[-2])
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def run_postgres(binaries: Path, folder: Path, *, options: str = "") -> Iterator[Path]:
    """Run a server; give the folder of its socket. As root it runs as the user postgres."""
    is_root = os.geteuid() == 0
    who = {"user": "postgres", "group": "postgres"} if is_root else {}
    if is_root:
        folder = Path("/tmp") / f"aspan-postgres-{os.getpid()}"  # the user postgres must reach it
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o755)
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*words: str) -> None:
        subprocess.run(
            [str(binaries / words[0]), *words[1:]],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )

    run("initdb", "-D", str(data), "-U", "aspan", "-A", "trust", "-E", "UTF8", "--no-sync")
    words = f"-c listen_addresses= -k {folder} -c fsync=off -c max_connections=60 {options}"
    run("pg_ctl", "-D", str(data), "-o", words, "-l", str(folder / "log"), "-w", "start")
    try:
        yield folder
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        if is_root:
            shutil.rmtree(folder, ignore_errors=True)


def create_database(folder: Path, name: str) -> str:
    """Create an empty database, in place of one of that name; return its URL."""
    import psycopg

    drop_database(folder, name)
    with psycopg.connect(f"host={folder} user=aspan dbname=postgres", autocommit=True) as c:
        c.execute(f"CREATE DATABASE {name}")
    return f"postgresql://aspan@/{name}?host={folder}"


def drop_database(folder: Path, name: str) -> None:
    import psycopg

    with psycopg.connect(f"host={folder} user=aspan dbname=postgres", autocommit=True) as c:
        c.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
