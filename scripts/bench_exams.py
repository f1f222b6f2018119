"""How fast exam files are read and loaded, and how much memory that takes.

`read` writes a file of SIZE MB (default 1000) of each kind to a temporary folder and reads it in a process of its own:
XML, XML with Base64 parts, JSON, and XML inside a request. `load` loads RECORDS exams (default 20,000) into a throw-away
warehouse. Peak memory is that of the reading process; MB and records per second are by its CPU time.

Usage: python scripts/bench_exams.py read|load
"""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SIZE = int(os.environ.get("SIZE", "1000")) * 1_000_000
RECORDS = int(os.environ.get("RECORDS", "20000"))
MOST_MEMORY = 300


def _exam(number: int) -> tuple[bytes, str]:
    """One exam of an adult as `<HOSO>` and as the JSON of one."""
    from sangloc.exams.envelope import HEALTH_CHECK, RawExam
    from sangloc.exams.fields import tables
    from sangloc.exams.writer import write_json, write_xml

    own = {
        "HO_TEN": "HOÀNG VĂN THÍ DỤ", "GIOI_TINH": "1", "NGAY_SINH": "198805200000", "SO_CCCD": f"0200{number:08d}",
        "MA_LK": f"B-{number}", "MA_CSKCB": "20001", "NGAY_VAO": "202608130915", "PHAN_LOAI_SK": "2",
        "KET_LUAN_BENH": "I10", "MAXA_CU_TRU": "05977",
    }  # fmt: skip
    leaves = [
        (field.part, field.code, own.get(field.code) or next(iter(field.allowed), "1" if field.number else "Bình"))
        for field in tables().fields("18_plus")
        if field.part != "CHUKYDONVI"
    ]
    exam = RawExam(1, HEALTH_CHECK, leaves, facility="8930000000001", made_on="20260814")
    xml = write_xml([exam])
    hoso = xml[xml.index(b"<HOSO>") : xml.index(b"</HOSO>") + 7]
    inner = json.loads(write_json([exam]))["khamsuckhoe"]["thongtinhoso"]["danhsachhoso"]["hoso"][0]
    return hoso, json.dumps(inner, ensure_ascii=False)


_HEAD = (
    b"<KHAMSUCKHOE><THONGTINDONVI><MACSKCB>8930000000001</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260814</NGAYLAP>"
    b"<DANHSACHHOSO>"
)
_TAIL = b"</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI><CKS_NGUOI_KET_LUAN>TUFV</CKS_NGUOI_KET_LUAN></CHUKYDONVI></KHAMSUCKHOE>"


def _numbered(size: int) -> Iterator[tuple[int, bytes, str]]:
    xml, text = _exam(0)
    written = number = 0
    while written < size:
        number += 1
        yield number, xml.replace(b">B-0<", b">B-%d<" % number), text.replace('"B-0"', f'"B-{number}"')
        written += len(xml)


def _write(kind: str, path: Path, size: int) -> int:
    count = 0
    with path.open("wb") as file:
        if kind == "json":
            file.write(b'{"khamsuckhoe":{"thongtinhoso":{"ngaylap":"20260814","danhsachhoso":{"hoso":[')
            for number, _, text in _numbered(size):
                file.write((b"," if number > 1 else b"") + text.encode())
                count = number
            file.write(b'],"x":null}},"chukydonvi":{"cks_benh_vien":"TUFV"}}}')
            return count
        held = b""
        if kind == "request":
            file.write(b'{"header":{"data_type":"xml/base64"},"data":"')

        def put(piece: bytes, *, last: bool = False) -> None:
            nonlocal held
            if kind != "request":
                file.write(piece)
                return
            held += piece
            whole = len(held) if last else len(held) // 3 * 3
            file.write(base64.b64encode(held[:whole]))
            held = held[whole:]

        put(_HEAD)
        for number, xml, _ in _numbered(size if kind != "request" else size * 3 // 4):
            if kind == "base64":
                pieces = xml.split(b"<NOIDUNGFILE>")
                for at in range(1, len(pieces)):
                    content, _, rest = pieces[at].partition(b"</NOIDUNGFILE>")
                    pieces[at] = base64.b64encode(content) + b"</NOIDUNGFILE>" + rest
                xml = b"<NOIDUNGFILE>".join(pieces)
            put(xml)
            count = number
        put(_TAIL, last=True)
        if kind == "request":
            file.write(b'","signature":""}')
    return count


def _measure(path: str) -> None:
    from sangloc import clock
    from sangloc.exams.envelope import RawExam
    from sangloc.exams.reader import read_message
    from sangloc.exams.record import build

    only_read = os.environ.get("ONLY_READ") == "1"
    started = time.process_time()
    count = 0
    with Path(path).open("rb") as file:
        for record in read_message(file):
            if isinstance(record, RawExam):
                count += 1
                if not only_read:
                    build(record, sender="20001", today=clock.today(), received=clock.now())
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"records": count, "cpu_s": spent, "peak_mb": peak}))


def read() -> int:
    """Reads a file of each kind; the status says whether all stayed below the memory that is allowed."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exams"
        for kind in os.environ.get("KINDS", "xml base64 json request").split():
            count = _write(kind, path, SIZE)
            megabytes = path.stat().st_size / 1e6
            for only in ("1", "0"):
                said = subprocess.run(
                    [sys.executable, __file__, "_measure", str(path)],
                    env={**os.environ, "ONLY_READ": only}, capture_output=True, text=True, check=True,
                )  # fmt: skip
                seen = json.loads(said.stdout)
                assert seen["records"] == count, kind
                worst = max(worst, seen["peak_mb"])
                print(
                    f"{kind:8} {'read' if only == '1' else 'read and checked':17} {megabytes:6.0f} MB {count:8,d} exams  "
                    f"{seen['cpu_s']:6.1f} s CPU  {megabytes / seen['cpu_s']:5.1f} MB/s  {count / seen['cpu_s']:6,.0f} exams/s "
                    f"peak {seen['peak_mb']:4.0f} MB"
                )
    return int(worst > MOST_MEMORY)


def load() -> int:
    """Loads one file into a throw-away warehouse."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from conftest import Server
    from sangloc import exams, provinces
    from sangloc.warehouse import transaction

    folder = Path(tempfile.mkdtemp(prefix="sangloc-bench-"))
    server = Server(folder)
    try:
        server.fresh()
        os.environ["SANGLOC_LANDING"] = str(folder / "landing")
        os.environ["SANGLOC_LANDING_WAIT"] = "0"
        os.environ["SANGLOC_NOW"] = "2026-11-21T08:00:00+07:00"
        for role in ("loader", "report"):
            url = server.url(f"sangloc_{role}", "sangloc").replace("postgresql:", "postgres:")
            os.environ[f"AIRFLOW_CONN_SANGLOC_{role.upper()}"] = url
        with transaction() as connection:
            provinces.register(connection, "lang_son")
        place = folder / "landing" / "lang_son" / "exams" / "screening" / "20001"
        place.mkdir(parents=True)
        xml, _ = _exam(0)
        with (place / "a.xml").open("wb") as file:
            file.write(_HEAD)
            for number in range(1, RECORDS + 1):
                file.write(xml.replace(b">B-0<", b">B-%d<" % number))
            file.write(_TAIL)
        cpu, wall = time.process_time(), time.perf_counter()
        counts = exams.load_sender("lang_son", "screening", "20001", "bench")
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        assert counts["new"] == RECORDS
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"load {RECORDS:,d} exams: {wall:.1f} s ({RECORDS / wall:,.0f}/s), own CPU {cpu:.1f} s ({RECORDS / cpu:,.0f}/s), "
            f"peak {peak:.0f} MB"
        )
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    if sys.argv[1:2] == ["_measure"]:
        _measure(sys.argv[2])
    else:
        sys.exit({"read": read, "load": load}[sys.argv[1]]())
