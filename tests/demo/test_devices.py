"""Devices of the embedded Cognito's people."""

from __future__ import annotations

from typing import Any

from demo.backend import backend_of
from demo.pools import STAFF_ID
from demo.users import UserDevice
from tests.demo.conftest import Ask

INES = {"UserPoolId": STAFF_ID, "Username": "ines.pena"}


def attributes(device: Any) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in device["DeviceAttributes"]}


def test_the_devices_are_listed_latest_first_with_how_they_are_kept(ask: Ask) -> None:
    found = [attributes(device) for device in ask("AdminListDevices", **INES)["Devices"]]
    assert [(told["device_name"], told["dev:device_remembered_status"]) for told in found] == [
        ("iPad", "not_remembered"),
        ("Family PC", "remembered"),
    ]


def test_devices_come_in_pages(ask: Ask, refused: Any) -> None:
    first = ask("AdminListDevices", **INES, Limit=1)
    rest = ask("AdminListDevices", **INES, Limit=1, PaginationToken=first["PaginationToken"])
    assert {len(first["Devices"]), len(rest["Devices"])} == {1}
    assert "PaginationToken" not in rest
    other = {**INES, "Username": "rolf.vogt", "PaginationToken": first["PaginationToken"]}
    assert refused("AdminListDevices", **other) == "InvalidParameterException"


def test_a_device_is_forgotten_once(ask: Ask, refused: Any) -> None:
    key = {"DeviceKey": ask("AdminListDevices", **INES)["Devices"][0]["DeviceKey"]}
    ask("AdminUpdateDeviceStatus", **INES, **key, DeviceRememberedStatus="remembered")
    told = ask("AdminGetDevice", **INES, **key)["Device"]
    assert attributes(told)["dev:device_remembered_status"] == "remembered"
    ask("AdminForgetDevice", **INES, **key)
    assert refused("AdminForgetDevice", **INES, **key) == "ResourceNotFoundException"
    assert refused("AdminGetDevice", **INES, **key) == "ResourceNotFoundException"


def test_deleting_a_person_deletes_their_devices(boto: Any, refused: Any) -> None:
    user = backend_of("eu-west-1").user_pools[STAFF_ID].users["x"]
    assert isinstance(user.devices, dict)
    boto.admin_delete_user(UserPoolId=STAFF_ID, Username="x")
    assert refused("AdminForgetDevice", UserPoolId=STAFF_ID, Username="x", DeviceKey="r_0") == (
        "UserNotFoundException"
    )


def test_devices_of_one_person_are_no_one_elses(boto: Any) -> None:
    users = backend_of("eu-west-1").user_pools[STAFF_ID].users.values()
    keys = [device.key for user in users for device in user.devices.values()]
    assert len(keys) == len(set(keys)) > 10
    assert all(isinstance(device, UserDevice) for user in users for device in user.devices.values())
