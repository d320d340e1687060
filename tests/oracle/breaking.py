"""Rules broken on purpose: a comparison that never fails compares nothing."""
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable


@dataclass
class Break:
    technique: str
    change: Callable


def drop_premise(key, value):
    def change(technique):
        kept = [p for p in technique["premises"] if p.get(key) != value]
        assert len(kept) < len(technique["premises"])
        technique["premises"] = kept
    return change


def drop_list(name):
    def change(technique):
        assert technique.pop(name)
    return change


def swap(name, old, new):
    def change(technique):
        text = json.dumps(technique[name])
        assert old in text
        technique[name] = json.loads(text.replace(old, new))
    return change


BREAKS = {
    "a key although shared keys are off": Break(
        "aml-list-storage-account-keys", drop_premise("property", "allowSharedKeyAccess")),
    "a key of any storage account": Break(
        "storage-list-keys", drop_premise("plane", "control")),
    "extensions although they are forbidden": Break("vm-extension-write", drop_list("void")),
    "certain although the network is closed": Break("storage-list-keys", drop_list("weakens")),
    "secrets by role in access-policy mode": Break(
        "kv-secret-get", drop_premise("property", "enableRbacAuthorization")),
    "a control right taken for a data right": Break(
        "storage-blob-read", swap("conclusions", '"data"', '"control"')),
    "identities without the right to assign them": Break(
        "aml-create-compute-with-chosen-uai", swap("premises", "assign/action", "read")),
    "an unexported credential that is certain": Break(
        "aml-datastore-listsecrets", swap("conclusions", '"assume"', '"holds"')),
    "roles that a condition does not list": Break(
        "rbac-assign-conditioned-rolelist", swap("conclusions", "role-list", "role-denylist")),
    "a token of the wrong host": Break(
        "resource-hosts-identity", swap("premises", "runs-as", "identity-of")),
}


def broken_data(name, source, place):
    """A copy of the data with the one rule broken; returns its path."""
    shutil.copytree(source, place)
    for path in Path(place).glob("techniques/*.json"):
        family = json.loads(path.read_text(encoding="utf-8"))
        for technique in family["techniques"]:
            if technique["id"] == BREAKS[name].technique:
                BREAKS[name].change(technique)
                path.write_text(json.dumps(family), encoding="utf-8")
                return str(place)
    raise ValueError(f"no technique {BREAKS[name].technique}")
