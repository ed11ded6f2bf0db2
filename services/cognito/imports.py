"""AWS's own import jobs: the gateway's calls for them, and the upload of their file.

Sources: Cognito developer guide, "Importing users into user pools from a CSV file"; service model
cognito-idp (UserImportJobType). The address that a file is uploaded to lets anybody who has it
write the file, so it stays in memory for as long as it is good and appears nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from services.cognito import parse
from services.cognito.connection import ConnectionSettings
from services.cognito.mutations import Mutations, mutation
from services.cognito.permit import Permit
from services.errors import EndpointUnreachable, InvalidRequest, ServiceFault

# at INFO httpx writes whole addresses, and this one is a key to the file
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

ADDRESS_VALID = 15 * 60.0
"""Seconds for which a job's file can be uploaded."""

_ENCRYPTION = {"x-amz-server-side-encryption": "aws:kms"}
_UPLOAD_TRIES = 3
_MOST_JOBS = 60


class ImportState(StrEnum):
    """`UserImportJobStatusType`; anything new reads as UNKNOWN."""

    CREATED = "Created"
    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    EXPIRED = "Expired"
    UNKNOWN = "Unknown"


ACTIVE = frozenset({ImportState.PENDING, ImportState.IN_PROGRESS, ImportState.STOPPING})
"""States in which a job takes the one place that an account has for imports."""


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One import job of a pool, without the address of its file. Times are aware, UTC."""

    id: str
    name: str
    state: ImportState
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    imported: int = 0
    skipped: int = 0
    failed: int = 0
    message: str = ""

    @property
    def is_active(self) -> bool:
        """True from its start to its end."""
        return self.state in ACTIVE

    @property
    def is_over(self) -> bool:
        """True when it won't change any more."""
        return self.state not in ACTIVE and self.state is not ImportState.CREATED


class ImportJobs(Mutations):
    """The part of the gateway that is about import jobs. Raises the `CognitoError`s of `translate`.

    Backends without import jobs raise `NotAvailable` at the first read.
    """

    settings: ConnectionSettings
    _addresses: dict[str, tuple[str, float]]

    if TYPE_CHECKING:

        def _pages(
            self, operation: str, listed: str, identity: str, *, cursor: str = ..., **parameters: Any
        ) -> Iterator[Mapping[str, Any]]: ...

    def import_header(self) -> tuple[str, ...]:
        """The columns that a file for this pool must have."""
        answer = self.client.read("GetCSVHeader", self.pool_id)
        return tuple(str(name) for name in answer.get("CSVHeader") or ())

    def describe_import_job(self, job_id: str) -> ImportJob:
        """One job as it stands now. Raises `StateNotSupported` when there is no such job."""
        return _job(self._describe_import(job_id))

    def list_import_jobs(self) -> tuple[ImportJob, ...]:
        """Every import job that the pool still knows, the newest first."""
        raw = self._pages(
            "ListUserImportJobs", "UserImportJobs", "JobId", cursor="PaginationToken", MaxResults=_MOST_JOBS
        )
        jobs = [_job(job) for job in raw]
        return tuple(sorted(jobs, key=lambda job: job.created.timestamp() if job.created else 0.0)[::-1])

    @mutation("CreateUserImportJob")
    def create_import_job(self, permit: Permit, name: str, logs_role_arn: str) -> ImportJob:
        """Make a job that waits for its file; AWS writes its results with the role `logs_role_arn`."""
        answer = self.client.change(
            permit,
            "CreateUserImportJob",
            self.pool_id,
            JobName=name,
            CloudWatchLogsRoleArn=logs_role_arn,
        )
        raw = parse.part(answer, "UserImportJob")
        self._addresses[str(raw["JobId"])] = (str(raw.get("PreSignedUrl") or ""), monotonic())
        return _job(raw)

    @mutation("StartUserImportJob")
    def start_import_job(self, permit: Permit, job_id: str) -> ImportJob:
        """Begin to import the uploaded file. An account has one active job at a time."""
        answer = self.client.change(permit, "StartUserImportJob", self.pool_id, JobId=job_id)
        return _job(parse.part(answer, "UserImportJob"))

    @mutation("StopUserImportJob")
    def stop_import_job(self, permit: Permit, job_id: str) -> ImportJob:
        """Stop a job for good. Who has been imported stays."""
        answer = self.client.change(permit, "StopUserImportJob", self.pool_id, JobId=job_id)
        return _job(parse.part(answer, "UserImportJob"))

    def upload_import_file(self, job_id: str, data: bytes) -> None:
        """Hand the file of a created job to AWS; no user exists before the job is started.

        Raises `InvalidRequest` when AWS refuses the file or the 15 minutes are over,
        `EndpointUnreachable` and `ServiceFault` when it can't be brought there.
        """
        address = self._address(job_id)
        if self.settings.is_aws and urlsplit(address).scheme != "https":
            raise _refused("AWS gave no address that a file could be sent to safely.", "no https address")
        retrying = Retrying(
            stop=stop_after_attempt(_UPLOAD_TRIES),
            wait=wait_random_exponential(multiplier=0.5, max=5.0),
            retry=retry_if_exception_type((EndpointUnreachable, ServiceFault)),
            reraise=True,
        )
        retrying(_put, address, data)
        self._addresses.pop(job_id, None)

    def _address(self, job_id: str) -> str:
        address, made = self._addresses.get(job_id, ("", 0.0))
        if address and monotonic() - made < ADDRESS_VALID:
            return address
        self._addresses.pop(job_id, None)
        return str(self._describe_import(job_id).get("PreSignedUrl") or "")

    def _describe_import(self, job_id: str) -> Mapping[str, Any]:
        answer = self.client.read("DescribeUserImportJob", self.pool_id, JobId=job_id)
        return parse.part(answer, "UserImportJob")


def _put(address: str, data: bytes) -> None:
    """Send the file. No error of httpx's comes out of here: they name the address."""
    import httpx  # noqa: PLC0415 - only an import by AWS needs it here, and it loads much

    timeouts = httpx.Timeout(connect=10.0, read=120.0, write=60.0, pool=10.0)
    try:
        status = httpx.put(address, content=data, headers=_ENCRYPTION, timeout=timeouts).status_code
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        status = 0
    except httpx.HTTPError as error:
        status, kind = -1, type(error).__name__
    if status == 0:
        raise _refused("AWS gave no address that a file could be sent to.", "no address")
    if status == -1:
        raise EndpointUnreachable(
            "The file could not be brought to AWS: no connection to its file store. Nobody was imported.",
            "Check that this machine may reach Amazon S3 (network, proxy, firewall), and begin again.",
            code=kind,
            operation="UploadImportFile",
        )
    if status >= 500:
        raise ServiceFault(
            "AWS's file store failed while taking the file. Nobody was imported.",
            "Wait a minute and begin again.",
            code=str(status),
            operation="UploadImportFile",
        )
    if status >= 300:
        raise _refused("AWS's file store refused the file.", str(status))


def _refused(what: str, code: str) -> InvalidRequest:
    return InvalidRequest(
        f"{what} Nobody was imported.",
        "A job takes its file only within 15 minutes of being made: begin again with a new one.",
        code=code,
        operation="UploadImportFile",
    )


def _job(raw: Mapping[str, Any]) -> ImportJob:
    try:
        state = ImportState(str(raw.get("Status")))
    except ValueError:
        state = ImportState.UNKNOWN
    return ImportJob(
        id=str(raw["JobId"]),
        name=str(raw.get("JobName") or ""),
        state=state,
        created=parse.time(raw.get("CreationDate")),
        started=parse.time(raw.get("StartDate")),
        finished=parse.time(raw.get("CompletionDate")),
        imported=int(raw.get("ImportedUsers") or 0),
        skipped=int(raw.get("SkippedUsers") or 0),
        failed=int(raw.get("FailedUsers") or 0),
        message=str(raw.get("CompletionMessage") or ""),
    )
