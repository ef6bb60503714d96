"""Limits of the total size of uploads."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from seldkit.web.detection_job import BYTES_PER_MEGABYTE, Limits
from seldkit.web.session_files import SessionFiles

MIN_FREE_BYTES: Final = 100 * BYTES_PER_MEGABYTE
"""Free disk space that uploads leave."""
MULTIPART_BYTES: Final = 4096
"""Part of an upload request that is not content of a file: boundaries and names."""


class UploadRefusedError(Exception):
    """An upload exceeds a limit. The message is one line for the page."""


class UploadQuota:
    """Refuses uploads that exceed the limits of a browser session or of the server.

    Args:
        files: Uploads and results of all sessions.
        limits: Maximum sizes.
    """

    def __init__(self, files: SessionFiles, limits: Limits) -> None:
        self._files, self._limits = files, limits
        self._running: Counter[str] = Counter()

    @asynccontextmanager
    async def reserve(self, browser: str, size: int) -> AsyncIterator[None]:
        """Reserves space for an upload until the end of the block. Then incomplete uploads are deleted.

        Args:
            browser: Browser session.
            size: Size of the request in bytes.

        Yields:
            Nothing; the space is reserved within the block.

        Raises:
            UploadRefusedError: A limit is exceeded.
        """
        size = max(1, size - MULTIPART_BYTES)
        self._running[browser] += size
        try:
            await asyncio.to_thread(self._check, browser)
            yield
        finally:
            self._running[browser] -= size
            self._running += Counter()  # removes sessions without a running upload
            if not self._running:
                await asyncio.to_thread(self._files.delete_incomplete)

    def _check(self, browser: str) -> None:
        running = self._running.total()
        session = self._files.upload_bytes(browser) + self._running[browser]
        total = self._files.total_bytes() + running
        if session > self._limits.session_bytes:
            raise UploadRefusedError(
                f"expected at most {_megabytes(self._limits.session_bytes)} of uploads in one session, got "
                f"{_megabytes(session)}; reload the page, which deletes its uploads, or start the server "
                "with a larger --max-session-megabytes"
            )
        if total > self._limits.total_bytes:
            raise UploadRefusedError(
                f"expected at most {_megabytes(self._limits.total_bytes)} of uploads and results in all "
                f"sessions, got {_megabytes(total)}; close other pages, or start the server with a larger "
                "--max-total-megabytes"
            )
        if running + MIN_FREE_BYTES > shutil.disk_usage(self._files.folder).free:
            raise UploadRefusedError(
                "the disk is almost full; delete files, or start the server with another TMPDIR"
            )


def _megabytes(size: int) -> str:
    return f"{-(-size // BYTES_PER_MEGABYTE)} MB"
