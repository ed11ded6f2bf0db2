"""Import jobs as AWS has them, in front of moto, which lacks them: header, job, upload, start, stop.

The file is read by the rules of AWS's page alone, without any of our own code, and its people are
made in moto when the job is started.
"""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

ROLE = "arn:aws:iam::123456789012:role/cognito-import-logs"
_HEADER = """
cognito:username name given_name family_name middle_name nickname preferred_username profile picture website
email email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at
cognito:mfa_enabled
"""
HEADER = tuple(_HEADER.split())
MAKES = {"CreateUserImportJob", "StartUserImportJob", "StopUserImportJob"}
MINE = MAKES | {"GetCSVHeader", "DescribeUserImportJob", "ListUserImportJobs"}


class Refused(Exception):
    """An answer of AWS that is an error: code and text."""


@dataclass
class ImportingAws:
    """The fake. `hold` keeps started jobs at InProgress until `finish()`."""

    behind: str
    client: Any
    url: str = ""
    header: list[str] = field(default_factory=lambda: list(HEADER))
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    upload_answers: list[int] = field(default_factory=list)
    lose: set[str] = field(default_factory=set)
    hold: bool = False
    skipped_lines: list[int] = field(default_factory=list)

    def operate(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        self.called.append(name)
        if name == "GetCSVHeader":
            return {"UserPoolId": given["UserPoolId"], "CSVHeader": self.header}
        if name == "ListUserImportJobs":
            return {"UserImportJobs": [*self.jobs.values()][::-1]}
        if name == "CreateUserImportJob":
            return {"UserImportJob": self.create(given)}
        job = self.jobs.get(given["JobId"])
        if job is None:
            raise Refused("ResourceNotFoundException", "No such import job.")
        if name == "StartUserImportJob":
            self.start(job)
        elif name == "StopUserImportJob":
            if job["Status"] not in ("Pending", "InProgress"):
                raise Refused("PreconditionNotMetException", "The job is not in progress.")
            job |= {"Status": "Stopped", "CompletionDate": time.time()}
        return {"UserImportJob": job}

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        job_id, key = f"import-{uuid.uuid4().hex[:10]}", uuid.uuid4().hex
        self.keys[key] = job_id
        self.jobs[job_id] = {
            "JobId": job_id,
            "JobName": given["JobName"],
            "UserPoolId": given["UserPoolId"],
            "CloudWatchLogsRoleArn": given["CloudWatchLogsRoleArn"],
            "PreSignedUrl": f"{self.url}/upload?X-Amz-Signature={key}",
            "CreationDate": time.time(),
            "Status": "Created",
            "ImportedUsers": 0,
            "SkippedUsers": 0,
            "FailedUsers": 0,
        }
        return self.jobs[job_id]

    def start(self, job: dict[str, Any]) -> None:
        if any(job["Status"] in ("Pending", "InProgress", "Stopping") for job in self.jobs.values()):
            raise Refused("PreconditionNotMetException", "There is already an active import job.")
        if job["Status"] != "Created" or job["JobId"] not in self.files:
            raise Refused("PreconditionNotMetException", "The job has no file.")
        job |= {"Status": "Pending" if not self.hold else "InProgress", "StartDate": time.time()}
        if not self.hold:
            self.finish(job["JobId"])

    def finish(self, job_id: str) -> None:
        """Go through the file as AWS does."""
        job, text = self.jobs[job_id], self.files[job_id].decode("utf-8")
        header, *lines = [re.split(r"(?<!\\),", line) for line in text.removesuffix("\n").split("\n")]
        if text.startswith("\ufeff") or set(header) != set(self.header):
            job |= {"Status": "Failed", "CompletionMessage": "Amazon Cognito can't parse the file."}
            return
        for number, cells in enumerate(lines, start=2):
            assert len(cells) == len(header), f"line {number} has {len(cells)} cells"
            self.import_one(
                job, number, dict(zip(header, (c.replace("\\,", ",") for c in cells), strict=True))
            )
        job |= {"Status": "Succeeded", "CompletionDate": time.time()}

    def import_one(self, job: dict[str, Any], number: int, row: dict[str, str]) -> None:
        if not (row["email"] and row["email_verified"].lower() == "true"):
            job["FailedUsers"] += 1
            return
        if row["birthdate"]:
            month, day, year = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", row["birthdate"]).groups()  # type: ignore[union-attr]
            row["birthdate"] = f"{year}-{month}-{day}"
        values = {n: v for n, v in row.items() if v and not n.startswith("cognito:")}
        try:
            self.client.admin_create_user(
                UserPoolId=job["UserPoolId"],
                Username=row["cognito:username"],
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": n, "Value": v} for n, v in values.items()],
            )
        except self.client.exceptions.UsernameExistsException:
            job["SkippedUsers"] += 1
            self.skipped_lines.append(number)
            return
        job["ImportedUsers"] += 1

    def upload(self, path: str, headers: Any, data: bytes) -> int:
        self.called.append("PUT")
        if self.upload_answers:
            return self.upload_answers.pop(0)
        job_id = self.keys.get(path.partition("X-Amz-Signature=")[2], "")
        if not job_id or headers.get("x-amz-server-side-encryption") != "aws:kms":
            return 403
        self.files[job_id] = data
        return 200


def _handler(fake: ImportingAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def do_PUT(self) -> None:
            self.reply(fake.upload(self.path, self.headers, self.body()), b"", "application/xml")

        def do_POST(self) -> None:
            data = self.body()
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if operation not in MINE:
                self.forward(data)
                return
            try:
                status, answer = 200, fake.operate(operation, json.loads(data))
            except Refused as error:
                status, answer = 400, {"__type": error.args[0], "message": error.args[1]}
            if operation in fake.lose:
                fake.lose.discard(operation)
                self.close_connection = True
                self.connection.close()
                return
            self.reply(status, json.dumps(answer).encode(), "application/x-amz-json-1.1")

        def forward(self, data: bytes) -> None:
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            try:
                with urllib.request.urlopen(urllib.request.Request(fake.behind, data, headers)) as answer:
                    self.reply(answer.status, answer.read(), answer.headers["Content-Type"])
            except HTTPError as error:
                with error:
                    self.reply(error.code, error.read(), error.headers["Content-Type"])

        def reply(self, status: int, data: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def importing_aws(behind: str, client: Any) -> Iterator[ImportingAws]:
    """A running fake that passes on to `behind` (moto) what isn't about imports."""
    fake = ImportingAws(behind, client)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


MakePool = Callable[..., str]


def importable_pool(make: MakePool) -> str:
    """A pool that AWS would import into: it verifies e-mail addresses by itself."""
    return make(PoolName="Import", AutoVerifiedAttributes=["email"])
