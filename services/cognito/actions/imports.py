"""Import jobs of AWS's own as changes: made, started, stopped.

Nothing is read before them: a job that is about to be made replaces nothing, and what an import
will meet in the pool is what its plan says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.cognito.actions.base import CLOCK_TOLERANCE, Change, Facts, TargetRef
from services.cognito.imports import ImportJob, ImportState
from services.cognito.permit import Permit
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


def import_facts(job: ImportJob) -> dict[str, Any]:
    """What the activity log keeps about an import job; its file's address is not among it."""
    return {"import_job": job.id, "state": str(job.state)}


@dataclass(frozen=True)
class ImportChange(Change):
    """A change to an import job of AWS's own: of no use without a role that its log is written with."""

    permission = Permission.BULK

    @property
    def object(self) -> str:
        return self.target.name


@dataclass(frozen=True)
class CreateImportJob(ImportChange):
    """CreateUserImportJob: a job that waits for its file. `people` is how many the file holds."""

    action = "create_import_job"
    shows = False
    operation = "CreateUserImportJob"
    phrase = "Making the import job {JobName}"
    logged = "Made an import job of AWS"
    verb, past = "make import job", "made import job"

    name: str
    logs_role_arn: str
    people: int = 0

    @property
    def target(self) -> TargetRef:
        return TargetRef("import", self.name, self.name)

    def before(self, gateway: CognitoGateway) -> Facts:
        return {}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        job = gateway.create_import_job(permit, self.name, self.logs_role_arn)
        return {**import_facts(job), "people": self.people}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return any(
            job.name == self.name and job.created is not None and job.created >= since - CLOCK_TOLERANCE
            for job in gateway.list_import_jobs()
        )


@dataclass(frozen=True)
class StartImportJob(ImportChange):
    """StartUserImportJob: everybody in the uploaded file comes into the pool."""

    action = "start_import_job"
    operation = "StartUserImportJob"
    phrase = "Starting the import job {JobId}"
    logged = "Started an import job of AWS"
    verb, past = "start import job", "started import job"
    irreversible = True
    brings_people = True

    job_id: str
    name: str = ""
    people: int = 0

    @property
    def target(self) -> TargetRef:
        return TargetRef("import", self.job_id, self.name or self.job_id)

    def before(self, gateway: CognitoGateway) -> Facts:
        return import_facts(gateway.describe_import_job(self.job_id))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        return {**import_facts(gateway.start_import_job(permit, self.job_id)), "people": self.people}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return gateway.describe_import_job(self.job_id).state is not ImportState.CREATED


@dataclass(frozen=True)
class StopImportJob(ImportChange):
    """StopUserImportJob. A stopped job can't go on; people imported so far stay."""

    action = "stop_import_job"
    shows = False
    operation = "StopUserImportJob"
    phrase = "Stopping the import job {JobId}"
    logged = "Stopped an import job of AWS"
    verb, past = "stop import job", "stopped import job"
    irreversible = True

    job_id: str
    name: str = ""

    @property
    def target(self) -> TargetRef:
        return TargetRef("import", self.job_id, self.name or self.job_id)

    def before(self, gateway: CognitoGateway) -> Facts:
        return import_facts(gateway.describe_import_job(self.job_id))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        return import_facts(gateway.stop_import_job(permit, self.job_id))

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        now = gateway.describe_import_job(self.job_id).state
        return now in (ImportState.STOPPING, ImportState.STOPPED)
