"""Archives for the tests, made by the standard library."""

import io
import tarfile
import zipfile
from collections.abc import Mapping


def tar(
    files: Mapping[str, bytes],
    *,
    mode: str = "w",
    form: int = tarfile.USTAR_FORMAT,
    links: Mapping[str, str] = {},
) -> bytes:
    """An archive with these files, and symbolic links from name to target."""
    stream = io.BytesIO()
    # Typed with one signature for each mode, and with none for a mode that is not known before.
    with tarfile.open(fileobj=stream, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return stream.getvalue()


def zipped(files: Mapping[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive with these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
