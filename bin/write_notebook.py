"""Turn notebooks/nksat.py (cells marked by # %%) into nksat.ipynb, run it, keep its outputs.

.venv/bin/python bin/write_notebook.py            # some minutes: the whole study
.venv/bin/python bin/write_notebook.py --dry-run  # only compare the cells
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOURCE, NOTEBOOK = NOTEBOOKS / "nksat.py", NOTEBOOKS / "nksat.ipynb"
TIME_LIMIT_S = 1_800
_MARK = "# %%"


def read_cells(source: str) -> list[tuple[str, str]]:
    """Split a marked file into (kind, text); what stands before the first mark is left out."""
    cells = []
    for block in ("\n" + source).split("\n" + _MARK)[1:]:
        head, _, body = block.partition("\n")
        if head.strip() == "[markdown]":
            lines = [line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines()]
            cells.append(("markdown", "\n".join(lines)))
        else:
            cells.append(("code", body.strip()))
    return cells


def build_notebook(source: str) -> Any:
    """Build the notebook of a marked file, without outputs."""
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        }
    )
    for number, (kind, text) in enumerate(read_cells(source)):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        notebook.cells.append(make(text, id=f"cell-{number:02d}"))
    return notebook


def run_notebook(notebook: Any) -> Any:
    """Run every cell in the notebooks folder; an error in one is raised."""
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(notebook, timeout=TIME_LIMIT_S, resources=where)
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran is nobody's business
    return notebook


def is_current() -> bool:
    """Tell whether the stored notebook has the cells of the source."""
    stored = nbformat.read(NOTEBOOK, as_version=4)
    cells = [(cell.cell_type, cell.source) for cell in stored.cells]
    return cells == read_cells(SOURCE.read_text(encoding="utf-8"))


def main() -> None:
    """Write and run, or only compare."""
    if "--dry-run" in sys.argv[1:]:
        raise SystemExit(0 if is_current() else "nksat.ipynb differs from nksat.py; write it again")
    notebook = run_notebook(build_notebook(SOURCE.read_text(encoding="utf-8")))
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
