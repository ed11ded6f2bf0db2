"""Devices that people's applications have confirmed (developer guide: "Working with user devices").

A device is known once its owner has confirmed the key that a sign-in gave them; remembered, it
stands in for the code of a second factor. Attributes are those of AWS's sample answers.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException, ResourceNotFoundError
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo import paging
from demo.caller import CALLER
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser, UserDevice


def configuration(pool: AwsLikePool) -> dict[str, bool]:
    """The pool's DeviceConfiguration; empty where devices aren't tracked."""
    return dict(pool.extended_config.get("DeviceConfiguration") or {})


def offer(pool: AwsLikePool, user: AwsLikeUser) -> dict[str, str]:
    """NewDeviceMetadata of a sign-in that named no device; the key waits to be confirmed."""
    key = f"{pool.region}_{uuid.uuid4()}"
    user.new_devices.add(key)
    return {"DeviceKey": key, "DeviceGroupKey": group_key(pool)}


def group_key(pool: AwsLikePool) -> str:
    """What the devices of a pool have in common in their proofs."""
    return f"-{pool.id.partition('_')[2]}"


def add(user: AwsLikeUser, key: str, name: str, remembered: bool = False) -> UserDevice:
    """A device of the caller's, confirmed."""
    now = utcnow()
    user.new_devices.discard(key)
    user.devices[key] = UserDevice(key, name, now, now, now, CALLER.get().ip, remembered)
    return user.devices[key]


def seen(device: UserDevice) -> None:
    """Note that the device's owner signed in with it just now."""
    device.authenticated, device.ip = utcnow(), CALLER.get().ip


def confirm_device(request: OperationRequest) -> Answer:
    """Register the key that a sign-in gave; remembered at once unless the pool asks people first."""
    user, key = request.user, request["DeviceKey"]
    if key in user.devices:
        raise JsonRESTError("DeviceKeyExistsException", "Device already exists")
    if key not in user.new_devices:
        raise ResourceNotFoundError("Device does not exist.")
    config = request.get("DeviceSecretVerifierConfig") or {}
    verifier, salt = _number(config, "PasswordVerifier"), _number(config, "Salt")
    asks_first = configuration(request.pool).get("DeviceOnlyRememberedOnUserPrompt", False)
    device = add(user, key, request.get("DeviceName") or CALLER.get().device, not asks_first)
    device.verifier, device.salt = verifier, salt
    return {"UserConfirmationNecessary": asks_first}


def get_device(request: OperationRequest) -> Answer:
    """One device."""
    return {"Device": _described(request, _device(request))}


def list_devices(request: OperationRequest) -> Answer:
    """A page of devices, the latest sign-in first."""
    latest = sorted(request.user.devices.values(), key=lambda device: device.authenticated, reverse=True)
    found, token = paging.page(
        latest, request.get("Limit"), request.get("PaginationToken"), f"devices {request.user.id}"
    )
    answer: Answer = {"Devices": [_described(request, device) for device in found]}
    return answer | ({"PaginationToken": token} if token else {})


def update_device_status(request: OperationRequest) -> Answer:
    """Remember the device, or ask for codes on it again."""
    device = _device(request)
    if "DeviceRememberedStatus" in request.given:
        device.remembered = request["DeviceRememberedStatus"] == "remembered"
        device.modified = utcnow()
    return {}


def forget_device(request: OperationRequest) -> Answer:
    """Take the device off the person's profile."""
    del request.user.devices[_device(request).key]
    return {}


def _device(request: OperationRequest) -> UserDevice:
    found = request.user.devices.get(request["DeviceKey"])
    if found is None:
        raise ResourceNotFoundError("Device does not exist.")
    return found


def _described(request: OperationRequest, device: UserDevice) -> dict[str, Any]:
    pool, user = request.pool, request.user
    attributes = {"device_status": "valid", "device_name": device.name, "last_ip_used": device.ip}
    if not request.by_owner:
        attributes |= {
            "dev:device_arn": f"{pool.arn.replace(':userpool/', ':owner/')}/device/{device.key}",
            "dev:device_owner": user.id,
            "dev:device_remembered_status": "remembered" if device.remembered else "not_remembered",
            "dev:device_sdk": "aws-sdk",
        }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "DeviceCreateDate": device.created,
        "DeviceLastModifiedDate": device.modified,
        "DeviceLastAuthenticatedDate": device.authenticated,
    }


def _number(config: dict[str, str], name: str) -> str:
    text = config.get(name, "")
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        raise InvalidParameterException(f"Invalid {name}: not base64.") from None
    return text


OPERATIONS: dict[str, Operation] = {
    "ConfirmDevice": confirm_device,
    "AdminGetDevice": get_device,
    "GetDevice": get_device,
    "AdminListDevices": list_devices,
    "ListDevices": list_devices,
    "AdminUpdateDeviceStatus": update_device_status,
    "UpdateDeviceStatus": update_device_status,
    "AdminForgetDevice": forget_device,
    "ForgetDevice": forget_device,
}
