"""The report as PDF, printed by an installed browser of the Chromium family, or set by typst where there is none."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.report.typeset import has_typst, write_typeset
from camgap.coverage.outputs.run import write_whole

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
    "brave-browser", "vivaldi",
)  # fmt: skip
USUAL_PLACES = (  # where a browser is installed without being on PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-pdf-header-footer",
    "--generate-pdf-document-outline", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
PATIENCE_S = 600  # a report of a thousand sites takes a minute or two
VARIABLE = "CAMGAP_BROWSER"
TYPST = "typst"


def find_browser() -> str:
    """Return what prints: the browser of the variable CAMGAP_BROWSER, else the first one found, else "typst".

    The variable may say "typst", too.

    Raises
    ------
    OutputError
        If there is none.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted == TYPST and has_typst():
        return TYPST
    names = (wanted,) if wanted else (*BROWSERS, *USUAL_PLACES)
    found = None if wanted == TYPST else next(filter(None, map(shutil.which, names)), None)
    if found is None and has_typst() and not wanted:
        return TYPST
    if found is None:
        which = f"{VARIABLE}={wanted} is not installed" if wanted else "no Chromium, Chrome or Edge was found"
        raise OutputError(
            f"report.pdf: {which}; install one or name it in {VARIABLE}, pip install 'camgap[typst]', or print "
            "report.html from any browser"
        )
    return found


def write_pdf(html: Path, out: Path) -> None:
    """Print a report to a tagged PDF; `out` is whole, or gone: one printed earlier would be of another report.

    Raises
    ------
    OutputError
        If there is neither browser nor typst, or it fails.
    """
    try:
        _print(html, out, find_browser())
    except OutputError:
        out.unlink(missing_ok=True)
        raise


def _print(html: Path, out: Path, browser: str) -> None:
    if browser == TYPST:
        write_typeset(html, out)
        return
    with tempfile.TemporaryDirectory(prefix="camgap-print-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "report.pdf"
        command = [
            browser, *FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", html.absolute().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)  # noqa: S603 our own flags
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OutputError(f"{out}: {browser} did not print it ({error}); print report.html by hand") from None
        if done.returncode or not printed.is_file() or not printed.read_bytes().startswith(b"%PDF"):
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[-200:]
            raise OutputError(f"{out}: {browser} did not print it ({said}); print report.html by hand")
        write_whole(out, lambda path: shutil.copyfile(printed, path))
