#!/usr/bin/env python3
"""Makes rootfs/sample.war from war/: always the same bytes for the same files, on any machine.

The entries are sorted, have the earliest time that a zip can say, and the manifest comes first, as jar(1) has it.
"""

import pathlib
import zipfile

here = pathlib.Path(__file__).resolve().parent
source = here / "war"
files = [path for path in source.rglob("*") if path.is_file()]
files.sort(key=lambda path: (path.parent.name != "META-INF", path.relative_to(source).as_posix()))

with zipfile.ZipFile(here / "rootfs" / "sample.war", "w") as war:
    for path in files:
        entry = zipfile.ZipInfo(path.relative_to(source).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        # Stored, not deflated: what deflate makes of a text depends on the version of zlib.
        war.writestr(entry, path.read_bytes(), compress_type=zipfile.ZIP_STORED)
