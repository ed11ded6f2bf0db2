"""How long 50,000 rows take to be read and checked, as text and as workbooks, and how much memory.

    python -m bench.reading [--rows 50000] [--before FOLDER]

`FOLDER` holds the code of an earlier commit (`git worktree add --detach FOLDER COMMIT`): both read the same
text in turns, and the shortest time of each counts. Every measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TURNS, PASSES = 3, 3


def measure(path: Path) -> None:
    """Read and check a file with the code that is on the path, and print seconds and memory as JSON."""
    in_files = importlib.util.find_spec("services.bulk.files")
    csv_file = importlib.import_module(f"services.bulk.{'files.' if in_files else ''}csv_file")
    columns = importlib.import_module("services.bulk.columns")
    plan = importlib.import_module("services.bulk.plan")
    models = importlib.import_module("services.cognito.models")
    read = getattr(csv_file, "read_file", None) or csv_file.read_csv  # its names in earlier commits
    try:
        schema = importlib.import_module("services.cognito.attributes").STANDARD_SCHEMA
    except AttributeError:
        schema = importlib.import_module("services.cognito.standard").STANDARD_SCHEMA
    pool = models.UserPool("eu-west-1_measured", "Measured", schema=schema)
    data = path.read_bytes()
    shortest = float("inf")
    rows = problems = 0
    for _ in range(PASSES if path.suffix == ".csv" else 1):
        started = time.process_time()
        table = read(data, path.name)
        checked = plan.check_file(table, columns.recognise(table.header, pool), pool)
        found = [len(wrong) for _, wrong in checked]
        shortest = min(shortest, time.process_time() - started)
        rows, problems = len(found), sum(found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "problems": problems, "seconds": shortest, "peak": peak}))


def in_a_process(code: Path, file: Path) -> dict[str, float]:
    """Measure a file with the code of a folder."""
    environment = {**os.environ, "PYTHONPATH": str(code)}
    command = [sys.executable, str(HERE / "bench" / "reading.py"), "--measure", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=code)
    return dict(json.loads(done.stdout))


def workbook_of(text: bytes) -> bytes:
    """The same rows as an Excel workbook."""
    import xlsxwriter  # noqa: PLC0415 - the code being measured has to come first on the path

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("People")
    for number, cells in enumerate(csv.reader(io.StringIO(text.decode("utf-8-sig")))):
        sheet.write_row(number, 0, [cell.removeprefix("'") for cell in cells])
    book.close()
    return out.getvalue()


def main() -> None:
    """Make the files, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--before", type=Path, default=None)
    parser.add_argument("--measure", type=Path, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    from bench.validate import file_of  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        text, book = Path(folder) / "people.csv", Path(folder) / "people.xlsx"
        text.write_bytes(file_of(options.rows))
        book.write_bytes(workbook_of(text.read_bytes()))
        found = in_a_process(HERE, book)
        print(
            f"{found['rows']:,} rows from Excel read and checked: {found['seconds']:.1f} s CPU, "
            f"{found['problems']:,} problems, process {found['peak']:.0f} MB at most"
        )
        codes = [HERE] if options.before is None else [HERE, options.before]
        times: dict[Path, float] = {}
        for code in codes * TURNS:
            found = in_a_process(code, text)
            times[code] = min(times.get(code, float("inf")), found["seconds"])
        print(f"{found['rows']:,} rows of text: {times[HERE]:.2f} s CPU")
        if options.before is not None:
            before = times[options.before]
            print(f"before: {before:.2f} s CPU; now {times[HERE] / before:.2f} times that")


if __name__ == "__main__":
    main()
