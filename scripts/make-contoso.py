#!/usr/bin/python3
"""Writes fixtures/contoso-ml, the demo tenant, and fixtures/contoso-ml.expect.json, its answers.

usage: scripts/make-contoso.py            write the tenant anew
       scripts/make-contoso.py --check    compare with what is there, and check that its ids join

Contoso is invented: names, ids and numbers are this project's own.  Files have the names and the
shapes that the export commands in the README leave behind: Azure CLI output (sorted keys, two
spaces), ARM pages printed by `az rest`, Graph objects, and `az ml` entities for one workspace.

To change the story, change the tables in part 1; parts 2 to 5 only give them Azure's shapes.
Every id is a name-based UUID and every time is derived from a name, so equal tables give equal
bytes.  The answers in part 6 were reasoned from the analysis rules by hand and are never computed:
when the story changes, they have to be thought through again.
"""
import hashlib
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TENANT_DIR = ROOT / "fixtures" / "contoso-ml"
EXPECT_FILE = ROOT / "fixtures" / "contoso-ml.expect.json"
KEPT_BY_HAND = {"README.md"}

# ======================================================================================
# Part 1: the story
# ======================================================================================

DOMAIN = "contoso.example"
LOCATION = "westeurope"
NEWEST = "2026-11-20 06:00:00"  # of all dates that say when a record changed: the as-of

MANAGEMENT_GROUPS = ("Tenant Root Group", [
    ("mg-platform", ["sub-data-prod"]),
    ("mg-ml", [("mg-ml-prod", ["sub-ml-prod"]), ("mg-ml-dev", ["sub-ml-dev"])]),
    ("mg-sandbox", []),
])

# Given name, surname, job title.
USERS = [
    ("Ravi", "Menon", "Data scientist, fraud"),
    ("Hanna", "Lindqvist", "Lead data scientist, fraud"),
    ("Mira", "Okafor", "Data scientist, churn"),  # came from payments, and kept her access there
    ("Tomas", "Reyes", "ML engineer, churn"),
    ("Jonas", "Weber", "Data scientist, demand"),
    ("Aiko", "Tanaka", "Data scientist, demand"),
    ("Greta", "Nilsson", "Cloud platform owner"),
    ("Noor", "Haddad", "Cloud platform engineer"),
    ("Ingrid", "Solberg", "Lead data engineer, lake"),
    ("Pavel", "Novak", "Developer, payments"),
    ("Samir", "Aziz", "Analyst, payments"),
    ("Chloe", "Martin", "Security operations"),
    ("Elena", "Petrova", "External auditor"),  # a guest
]
GUESTS = {"Elena Petrova": "elena.petrova_auditor.example#EXT#@contoso.example"}
DELETED_USER = "Viktor Hale"  # left in spring: no record of him but in assignments and policies

# name: (description, members, owners)
GROUPS = {
    "grp-ml-people": ("Everybody in the ML teams",
                      ["grp-fraud-ds", "grp-churn-ds", "grp-demand-ds"], ["Hanna Lindqvist"]),
    "grp-fraud-ds": ("Fraud detection", ["Ravi Menon", "Hanna Lindqvist"], ["Hanna Lindqvist"]),
    "grp-churn-ds": ("Customer churn", ["Mira Okafor", "Tomas Reyes"], ["Tomas Reyes"]),
    "grp-demand-ds": ("Demand and pricing", ["Jonas Weber", "Aiko Tanaka"], ["Jonas Weber"]),
    "grp-platform-admins": ("Owners of the platform", ["Greta Nilsson"], ["Greta Nilsson"]),
    "grp-platform-ops": ("Daily operations", ["Noor Haddad"], ["Greta Nilsson"]),
    "grp-security": ("Security operations", ["Chloe Martin"], ["Chloe Martin"]),
    "grp-lake-engineers": ("Data lake", ["Ingrid Solberg"], ["Ingrid Solberg"]),
    "grp-customer-data-readers": ("May read the customer exports",
                                  ["grp-ml-batch-identities", "Samir Aziz"], ["Ingrid Solberg"]),
    "grp-ml-batch-identities": ("Identities of batch jobs", ["id-ml-shared"], ["Tomas Reyes"]),
    "grp-payments-dev": ("Payments developers", ["Pavel Novak"], ["Pavel Novak"]),
    "grp-payments-analysts": ("Payments analysts", ["Samir Aziz", "Mira Okafor"],
                              ["Pavel Novak"]),
    "grp-empty-legacy-ml": ("Kept for an old dashboard", [], []),
}

# Applications of the tenant; the second list are Microsoft's own, known by their public app ids.
APPLICATIONS = ["sp-gh-mlops", "sp-fraud-release", "sp-tf-mldev", "sp-demand-feed",
                "sp-hr-directory-sync"]
MICROSOFT_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
FIRST_PARTY = {
    "Microsoft Graph": "00000003-0000-0000-c000-000000000000",
    "Azure Machine Learning": "0736f41a-0425-4b46-bdb5-1563eff02385",
    "AzureDatabricks": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
}
GRAPH_APP_ROLES = {"User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
                   "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
                   "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61"}
APP_ROLE_ASSIGNMENTS = [("sp-hr-directory-sync", "User.Read.All"),
                        ("sp-hr-directory-sync", "GroupMember.Read.All")]
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
SECURITY_READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
DIRECTORY_ROLES = [("Greta Nilsson", GLOBAL_ADMINISTRATOR), ("Chloe Martin", SECURITY_READER),
                   ("sp-hr-directory-sync", DIRECTORY_READERS)]

# Resource group: (subscription, tags, managed by).
RESOURCE_GROUPS = {
    "rg-fraud-prod": ("sub-ml-prod", {"team": "fraud", "env": "prod"}, None),
    "rg-churn-prod": ("sub-ml-prod", {"team": "churn", "env": "prod"}, None),
    "rg-ml-shared": ("sub-ml-prod", {"team": "ml-platform", "env": "prod"}, None),
    "rg-ml-platform": ("sub-ml-prod", {"team": "platform", "env": "prod"}, None),
    "rg-ml-network": ("sub-ml-prod", {"team": "platform", "env": "prod"}, None),
    "rg-serving-prod": ("sub-ml-prod", {"team": "serving", "env": "prod"}, None),
    "rg-mlr-contoso-managed": ("sub-ml-prod", None, "mlr-contoso"),
    "MC_rg-serving-prod_aks-serving_westeurope": ("sub-ml-prod", None, "aks-serving"),
    "rg-demand-dev": ("sub-ml-dev", {"team": "demand", "env": "dev"}, None),
    "rg-experiments": ("sub-ml-dev", {"env": "dev"}, None),
    "rg-dev-tools": ("sub-ml-dev", {"team": "platform", "env": "dev"}, None),
    "rg-ml-dev-network": ("sub-ml-dev", {"team": "platform", "env": "dev"}, None),
    "rg-lake-prod": ("sub-data-prod", {"team": "lake", "env": "prod"}, None),
    "databricks-rg-dbw-lake-prod": ("sub-data-prod", None, "dbw-lake-prod"),
    "rg-payments-prod": ("sub-data-prod", {"team": "payments", "env": "prod",
                                           "criticality": "high"}, None),
    "rg-crm-prod": ("sub-data-prod", {"team": "crm", "env": "prod"}, None),
    "rg-data-ops": ("sub-data-prod", {"team": "platform", "env": "prod"}, None),
    "rg-data-network": ("sub-data-prod", {"team": "platform", "env": "prod"}, None),
}

# Short word: (type as `az resource list` prints it, kind, sku).
TYPES = {
    "mlw": ("Microsoft.MachineLearningServices/workspaces", "Default", "Basic"),
    "mlr": ("Microsoft.MachineLearningServices/registries", None, None),
    "id": ("Microsoft.ManagedIdentity/userAssignedIdentities", None, None),
    "st": ("Microsoft.Storage/storageAccounts", "StorageV2", "Standard_LRS"),
    "kv": ("Microsoft.KeyVault/vaults", None, None),
    "cr": ("Microsoft.ContainerRegistry/registries", None, "Premium"),
    "appi": ("microsoft.insights/components", "web", None),
    "ag": ("microsoft.insights/actiongroups", None, None),
    "alert": ("microsoft.insights/metricalerts", None, None),
    "wb": ("microsoft.insights/workbooks", "shared", None),
    "log": ("Microsoft.OperationalInsights/workspaces", None, None),
    "func": ("Microsoft.Web/sites", "functionapp,linux", None),
    "web": ("Microsoft.Web/sites", "app,linux", None),
    "asp": ("Microsoft.Web/serverFarms", "linux", "P1v3"),
    "aks": ("Microsoft.ContainerService/managedClusters", None, "Base"),
    "vmss": ("Microsoft.Compute/virtualMachineScaleSets", None, "Standard_D8s_v5"),
    "vm": ("Microsoft.Compute/virtualMachines", None, None),
    "disk": ("Microsoft.Compute/disks", None, "Premium_LRS"),
    "snap": ("Microsoft.Compute/snapshots", None, "Standard_ZRS"),
    "shut": ("microsoft.devtestlab/schedules", None, None),
    "aa": ("Microsoft.Automation/automationAccounts", None, None),
    "rb": ("Microsoft.Automation/automationAccounts/runbooks", None, None),
    "vnet": ("Microsoft.Network/virtualNetworks", None, None),
    "nsg": ("Microsoft.Network/networkSecurityGroups", None, None),
    "rt": ("Microsoft.Network/routeTables", None, None),
    "nat": ("Microsoft.Network/natGateways", None, "Standard"),
    "pip": ("Microsoft.Network/publicIPAddresses", None, "Standard"),
    "nic": ("Microsoft.Network/networkInterfaces", None, None),
    "pe": ("Microsoft.Network/privateEndpoints", None, None),
    "dns": ("Microsoft.Network/privateDnsZones", None, None),
    "link": ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", None, None),
    "bas": ("Microsoft.Network/bastionHosts", None, "Basic"),
    "afw": ("Microsoft.Network/azureFirewalls", None, None),
    "agw": ("Microsoft.Network/applicationGateways", None, None),
    "lb": ("Microsoft.Network/loadBalancers", None, "Standard"),
    "nw": ("Microsoft.Network/networkWatchers", None, None),
    "sql": ("Microsoft.Sql/servers", "v12.0", None),
    "db": ("Microsoft.Sql/servers/databases", "v12.0,user", "GP_S_Gen5_2"),
    "cosmos": ("Microsoft.DocumentDB/databaseAccounts", "GlobalDocumentDB", None),
    "redis": ("Microsoft.Cache/Redis", None, None),
    "evh": ("Microsoft.EventHub/namespaces", None, "Standard"),
    "sb": ("Microsoft.ServiceBus/namespaces", None, "Premium"),
    "oai": ("Microsoft.CognitiveServices/accounts", "OpenAI", "S0"),
    "srch": ("Microsoft.Search/searchServices", None, "standard"),
    "adf": ("Microsoft.DataFactory/factories", None, None),
    "dbw": ("Microsoft.Databricks/workspaces", None, "premium"),
    "dbac": ("Microsoft.Databricks/accessConnectors", None, None),
    "logic": ("Microsoft.Logic/workflows", None, None),
    "conn": ("Microsoft.Web/connections", "V1", None),
    "rsv": ("Microsoft.RecoveryServices/vaults", None, "RS0"),
    "dcr": ("Microsoft.Insights/dataCollectionRules", "Linux", None),
    "dash": ("Microsoft.Portal/dashboards", None, None),
}

# What stands where: "word name name ...".  A name that ends in "*3" stands for three, -01 to -03.
RESOURCES = {
    "rg-fraud-prod": """
        mlw mlw-fraud-prod
        id id-fraud-train id-fraud-features id-fraud-score
        st stfraudprod
        kv kv-fraud-prod
        cr crfraudprod
        appi appi-fraud
        ag ag-fraud
        alert alert-fraud-latency alert-fraud-5xx alert-fraud-drift
        pe pe-mlw-fraud pe-stfraud-blob pe-stfraud-file pe-kv-fraud pe-cr-fraud
        wb 6f0f2d3e-fraud-quality""",
    "rg-churn-prod": """
        mlw mlw-churn-prod
        id id-churn-train id-churn-score
        st stchurnprod stchurnfunc
        kv kv-churn-prod
        cr crchurnprod
        appi appi-churn
        func func-churn-trigger
        asp asp-churn
        ag ag-churn
        alert alert-churn-failed-jobs alert-churn-latency""",
    "rg-ml-shared": """
        mlr mlr-contoso
        id id-ml-shared
        cr crmlshared
        kv kv-ml-shared
        st stmlshared
        log log-ml-prod
        appi appi-ml-shared
        oai oai-contoso-ml
        srch srch-contoso-ml
        ag ag-ml-oncall
        dash dash-ml-overview dash-ml-cost
        wb 1c9d7b52-ml-capacity""",
    "rg-ml-platform": """
        id id-deploy-platform id-gh-mlops
        vm vm-deploy-01
        nsg nsg-deploy
        aa aa-ml-ops
        rb aa-ml-ops/stop-idle-clusters aa-ml-ops/rotate-endpoint-keys
        kv kv-ml-platform
        st stmlplatform
        dcr dcr-ml-linux
        rsv rsv-ml-prod""",
    "rg-ml-network": """
        vnet vnet-ml-prod
        nsg nsg-ml-compute nsg-ml-endpoints nsg-ml-aks nsg-ml-pe nsg-ml-bastion
        rt rt-ml-prod
        nat nat-ml-prod
        pip pip-nat-ml pip-bastion-ml pip-afw-ml
        bas bas-ml-prod
        afw afw-ml-prod
        dns privatelink.blob.core.windows.net privatelink.file.core.windows.net
        dns privatelink.vaultcore.azure.net privatelink.azurecr.io privatelink.api.azureml.ms
        dns privatelink.notebooks.azure.net privatelink.openai.azure.com
        nw nw-westeurope-ml-prod""",
    "rg-serving-prod": """
        aks aks-serving
        id id-aks-serving
        func func-scoring-gw
        web web-fraud-console web-pricing-portal
        asp asp-serving asp-consoles
        st stscoringgw
        appi appi-serving
        agw agw-serving
        pip pip-agw-serving
        redis redis-features
        cosmos cosmos-features
        evh evhns-scoring
        alert alert-serving-cpu alert-serving-5xx
        ag ag-serving""",
    "rg-mlr-contoso-managed": """
        cr crmlrcontoso7c2e
        st stmlrcontoso7c2e""",
    "MC_rg-serving-prod_aks-serving_westeurope": """
        id aks-serving-agentpool
        vmss aks-system-30127745-vmss aks-score-30127745-vmss
        nsg aks-agentpool-30127745-nsg
        lb kubernetes
        pip 4f1b7aa2-aks-egress
        rt aks-agentpool-30127745-routetable
        disk pvc-feature-cache pvc-prometheus""",
    "rg-demand-dev": """
        mlw mlw-demand-dev
        id id-demand-ws id-demand-onboard id-demand-batch
        st stdemanddev stdemandlanding
        kv kv-demand-dev
        cr crdemanddev
        appi appi-demand
        ag ag-demand""",
    "rg-experiments": """
        st stexperiments
        kv kv-experiments
        oai oai-contoso-dev
        srch srch-contoso-dev
        web web-prototypes
        asp asp-prototypes
        appi appi-prototypes
        cosmos cosmos-experiments""",
    "rg-dev-tools": """
        vm vm-dev*4
        shut shutdown-computevm-vm-dev*4
        nsg nsg-dev
        func func-dev-cleanup
        asp asp-dev-tools
        st stdevtools
        log log-ml-dev
        snap snap-vm-dev-01-before-upgrade""",
    "rg-ml-dev-network": """
        vnet vnet-ml-dev
        nsg nsg-dev-compute nsg-dev-pe
        rt rt-ml-dev
        nat nat-ml-dev
        pip pip-nat-dev
        dns privatelink.dev.blob.core.windows.net privatelink.dev.api.azureml.ms
        nw nw-westeurope-ml-dev""",
    "rg-lake-prod": """
        st stlakeraw stlakecurated
        kv kv-lake-keys
        adf adf-lake-prod
        dbw dbw-lake-prod
        dbac dbac-lake-prod
        evh evhns-lake
        appi appi-lake
        ag ag-lake
        alert alert-lake-ingest alert-lake-capacity""",
    "databricks-rg-dbw-lake-prod": """
        st dbstoragelakeprod9x
        id dbmanagedidentity
        nsg workers-sg
        vnet workers-vnet
        nat nat-gateway
        pip nat-gw-public-ip""",
    "rg-payments-prod": """
        sql sql-payments
        db sql-payments/ledger sql-payments/settlement sql-payments/master
        cosmos cosmos-payments
        func func-payments
        web web-payments
        asp asp-payments asp-payments-func
        kv kv-payments
        sb sb-payments
        redis redis-payments
        st stpayments stpayfunc
        appi appi-payments
        agw agw-payments
        pip pip-agw-payments
        nsg nsg-payments
        pe pe-sql-payments pe-cosmos-payments pe-kv-payments
        ag ag-payments
        alert alert-payments-latency alert-payments-dlq alert-payments-5xx""",
    "rg-crm-prod": """
        id id-crm-web
        web web-crm
        asp asp-crm
        sql sql-crm
        db sql-crm/crm sql-crm/master
        kv kv-crm
        st stcrmexports
        logic la-crm-sync
        conn azureblob-crm office365-crm
        appi appi-crm
        alert alert-crm-5xx""",
    "rg-data-ops": """
        aa aa-data-ops
        rb aa-data-ops/patch-vms aa-data-ops/report-cost aa-data-ops/expire-exports
        log log-data-prod
        rsv rsv-data-prod
        vm vm-jump-01
        nsg nsg-jump
        kv kv-data-ops
        st stdataops
        dcr dcr-data-linux dcr-data-windows
        ag ag-data-oncall
        wb 83d0aa17-data-cost""",
    "rg-data-network": """
        vnet vnet-data-prod
        nsg nsg-data-lake nsg-data-payments nsg-data-crm nsg-data-ops
        rt rt-data-prod
        pip pip-afw-data pip-bastion-data
        afw afw-data-prod
        bas bas-data-prod
        dns privatelink.dfs.core.windows.net privatelink.database.windows.net
        dns privatelink.documents.azure.com privatelink.servicebus.windows.net
        nw nw-westeurope-data-prod""",
}
TAGS = {
    "stcrmexports": {"data": "customer-data", "owner": "crm"},
    "stlakecurated": {"data": "customer-data", "owner": "lake"},
    "stlakeraw": {"data": "customer-data", "owner": "lake"},
    "stpayments": {"data": "customer-data", "owner": "payments", "pci": "true"},
    "kv-lake-keys": {"criticality": "crown-jewel", "owner": "lake"},
    "kv-payments": {"criticality": "high", "pci": "true"},
    "id-deploy-platform": {"owner": "platform", "purpose": "landing-zone deployments"},
    "id-fraud-features": {"owner": "fraud", "purpose": "feature refresh"},
    "id-ml-shared": {"owner": "ml-platform", "purpose": "gpu training"},
    "vm-deploy-01": {"owner": "platform"},
}

# Storage accounts: allowSharedKeyAccess (default null), hierarchical namespace, firewall closed.
STORAGE = {
    "stfraudprod": {"shared_key": False}, "stchurnprod": {}, "stchurnfunc": {"shared_key": True},
    "stmlshared": {"shared_key": False}, "stmlplatform": {"shared_key": False},
    "stscoringgw": {"shared_key": True}, "stdemanddev": {"shared_key": True},
    "stdemandlanding": {"shared_key": False}, "stexperiments": {}, "stdevtools": {},
    "stlakeraw": {"shared_key": False, "hns": True},
    "stlakecurated": {"shared_key": False, "hns": True, "key_vault": "kv-lake-keys"},
    "stpayments": {"shared_key": False, "closed": True}, "stpayfunc": {"shared_key": True},
    "stcrmexports": {"shared_key": True}, "stdataops": {"shared_key": False},
    "dbstoragelakeprod9x": {"hns": True}, "stmlrcontoso7c2e": {"shared_key": False},
}
# Vaults: RBAC mode (None prints null, the old default), access policies (who, secrets, keys).
VAULTS = {
    "kv-fraud-prod": {"rbac": True},
    "kv-churn-prod": {"rbac": False,
                      "policies": [("mlw-churn-prod", ["all"], ["all"])]},
    "kv-ml-shared": {"rbac": True},
    "kv-ml-platform": {"rbac": False, "policies": [("grp-platform-ops", ["Get", "List", "Set"],
                                                    [])]},
    "kv-demand-dev": {"rbac": True},
    "kv-experiments": {"rbac": None, "policies": [("Aiko Tanaka", ["get", "list", "set"], [])]},
    "kv-lake-keys": {"rbac": None,
                     "policies": [("adf-lake-prod", ["get", "list"], ["get", "wrapKey",
                                                                      "unwrapKey"]),
                                  ("stlakecurated", [], ["get", "wrapKey", "unwrapKey"]),
                                  ("grp-lake-engineers", ["Get", "List"], ["Get", "List"]),
                                  (DELETED_USER, ["get", "list"], [])]},
    "kv-payments": {"rbac": True},
    "kv-crm": {"rbac": True},
    "kv-data-ops": {"rbac": True, "closed": True},
}
REGISTRIES = {"crchurnprod": {"admin": True}, "crdemanddev": {"admin": True}}  # others: admin off

# Who a resource runs as: "system", and names of user-assigned identities.
RUNS_AS = {
    "mlw-fraud-prod": ["system"], "mlw-churn-prod": ["system"], "mlw-demand-dev": ["id-demand-ws"],
    "mlr-contoso": ["system"],
    "vm-deploy-01": ["id-deploy-platform"], "vm-jump-01": ["system"],
    "aks-serving": ["id-aks-serving"], "aks-system-30127745-vmss": ["aks-serving-agentpool"],
    "aks-score-30127745-vmss": ["aks-serving-agentpool"],
    "func-churn-trigger": ["system"], "func-scoring-gw": ["system"], "func-payments": ["system"],
    "web-crm": ["id-crm-web"], "la-crm-sync": ["system"], "aa-data-ops": ["system"],
    "adf-lake-prod": ["system"], "dbac-lake-prod": ["system"], "stlakecurated": ["system"],
}

# The last segment of a GUID says which federation trusts whom; "identity" or "application".
FEDERATION = [
    ("id-deploy-platform", "ado-landing-zones",
     "https://vstoken.dev.azure.com/" + "{guid:ado-organisation}",
     "sc://contoso-platform/landing-zones/sc-data-prod"),
    ("id-gh-mlops", "gh-images-main", "https://token.actions.githubusercontent.com",
     "repo:contoso-ml/base-images:ref:refs/heads/main"),
    ("sp-gh-mlops", "gh-endpoints-prod", "https://token.actions.githubusercontent.com",
     "repo:contoso-ml/endpoints:environment:production"),
]

# ---- machine learning ----
# Computes: kind, identities, and for instances the owner.  "creator": no assigned user was set.
# Datastores: (name, type, account, container, credentials).
WORKSPACES = {
    "mlw-fraud-prod": {
        "shape": "arm", "team": "fraud", "storage": "stfraudprod", "vault": "kv-fraud-prod",
        "registry": "crfraudprod", "insights": "appi-fraud", "auth_mode": "identity",
        "by": "Hanna Lindqvist",
        "clusters": [("cpu-train", "STANDARD_D8S_V5", 8, ["id-fraud-train"]),
                     ("cpu-features", "STANDARD_E16S_V5", 12, ["id-fraud-features"]),
                     ("gpu-finetune", "STANDARD_NC24ADS_A100_V4", 2, ["system"])],
        "instances": [("ci-fraud-ravi", {"owner": "Ravi Menon", "sso": False,
                                         "identities": ["system"]})],
        "online": [("ep-fraud-score", ["id-fraud-score"], ["blue", "green"])],
        "batch": [("bep-fraud-features", "features-v3", "cpu-features")],
        "jobs": [("fraud_train_20261118", "Command", "cpu-train", "Managed", "id-fraud-train",
                  "Ravi Menon"),
                 ("fraud_features_20261119", "Pipeline", "cpu-features", "Managed",
                  "id-fraud-features", "Hanna Lindqvist"),
                 ("fraud_sweep_1107", "Sweep", "gpu-finetune", None, None, "Ravi Menon")],
        "schedules": [("nightly-feature-refresh", "cpu-features", "id-fraud-features",
                       "Hanna Lindqvist", True)],
        "datastores": [("workspaceblobstore", "AzureBlob", "stfraudprod", "azureml-blobstore",
                        "None"),
                       ("workspacefilestore", "AzureFile", "stfraudprod", "azureml-filestore",
                        "None"),
                       ("transactions", "AzureBlob", "stfraudprod", "transactions", "None")],
        "connections": [("search-typologies", "CognitiveSearch", "AAD",
                         "https://srch-contoso-ml.search.windows.net")],
    },
    "mlw-churn-prod": {
        "shape": "arm", "team": "churn", "storage": "stchurnprod", "vault": "kv-churn-prod",
        "registry": "crchurnprod", "insights": "appi-churn", "auth_mode": "accessKey",
        "by": "Tomas Reyes",
        "clusters": [("cpu-batch", "STANDARD_D8S_V5", 10, ["id-churn-train"]),
                     ("gpu-train", "STANDARD_NC24ADS_A100_V4", 4, ["id-ml-shared"])],
        "instances": [("ci-mira", {"owner": "Mira Okafor", "sso": True,
                                   "identities": ["system"]}),
                      ("ci-team", {"owner": "Tomas Reyes", "sso": True, "creator": True,
                                   "identities": [], "sharing": "Shared"})],
        "online": [("ep-churn-rt", ["id-churn-score"], ["prod"])],
        "batch": [("bep-churn-weekly", "weekly-v7", "cpu-batch")],
        "jobs": [("churn_weekly_20261116", "Pipeline", "cpu-batch", "Managed", "id-churn-train",
                  "Tomas Reyes"),
                 ("churn_gpu_20261117", "Command", "gpu-train", "Managed", "id-ml-shared",
                  "Mira Okafor"),
                 ("churn_adhoc_20261119", "Command", "cpu-batch", "UserIdentity", None,
                  "Tomas Reyes")],
        "schedules": [("weekly-churn", "cpu-batch", "id-churn-train", "Tomas Reyes", True),
                      ("monthly-report", "cpu-batch", None, "Mira Okafor", False)],
        "datastores": [("workspaceblobstore", "AzureBlob", "stchurnprod", "azureml-blobstore",
                        "AccountKey"),
                       ("workspacefilestore", "AzureFile", "stchurnprod", "azureml-filestore",
                        "AccountKey"),
                       ("crm_exports", "AzureBlob", "stcrmexports", "exports", "AccountKey")],
        "connections": [("llm-summaries", "ApiKey", "ApiKey",
                         "https://api.summaries.partner.example/v1"),
                        ("git-models", "Git", "PAT", "https://git.contoso.example/churn/models")],
    },
    "mlw-demand-dev": {
        "shape": "cli", "team": "demand", "storage": "stdemanddev", "vault": "kv-demand-dev",
        "registry": "crdemanddev", "insights": "appi-demand", "auth_mode": "accesskey",
        "by": "Jonas Weber", "primary": "id-demand-ws",
        "clusters": [("cpu-dev", "STANDARD_D4S_V5", 4, ["id-demand-onboard"]),
                     ("gpu-shared", "STANDARD_NC6S_V3", 2, ["id-ml-shared"]),
                     ("cpu-lowprio", "STANDARD_D8S_V5", 6, ["id-demand-batch"])],
        "instances": [("ci-jonas", {"owner": "Jonas Weber", "sso": True,
                                    "identities": ["system"]})],
        "online": [("ep-demand-api", ["system"], ["main"])],
        "batch": [("bep-demand-nightly", "nightly", "cpu-lowprio")],
        "jobs": [("demand_prices_1114", "command", "cpu-dev", "managed", "id-demand-onboard",
                  "Jonas Weber"),
                 ("demand_gpu_1115", "command", "gpu-shared", "managed", "id-ml-shared",
                  "Aiko Tanaka"),
                 ("demand_serverless_1116", "command", None, "managed", None, "Aiko Tanaka"),
                 ("demand_adhoc_1118", "command", "cpu-dev", "user_identity", None,
                  "Aiko Tanaka")],
        "schedules": [("nightly-demand", "cpu-lowprio", "id-demand-batch", "Jonas Weber", True)],
        "datastores": [("workspaceblobstore", "azure_blob", "stdemanddev", "azureml-blobstore",
                        "key"),
                       ("workspacefilestore", "azure_file", "stdemanddev", "azureml-filestore",
                        "key"),
                       ("partner_feed", "azure_data_lake_gen2", "stlakeraw", "partners",
                        "sp-demand-feed")],
        "connections": [("weather-api", "api_key", "api_key",
                         "https://api.weather.partner.example")],
    },
}

# ---- who may do what ----

CUSTOM_ROLES = {
    "Contoso AML Endpoint Deployer": {
        "scopes": ["mg-ml"], "description": "Creates and updates online endpoints from a pipeline",
        "actions": ["Microsoft.MachineLearningServices/workspaces/read",
                    "Microsoft.MachineLearningServices/workspaces/models/*/read",
                    "Microsoft.MachineLearningServices/workspaces/environments/*/read",
                    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/*"],
        "not_actions": ["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete"]},
    "Contoso AML Deployment Writer": {
        "scopes": ["sub-ml-prod"], "description": "Releases deployments of one endpoint",
        "actions": ["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read",
                    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/read",
                    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments"
                    "/write"],
        "not_actions": []},
    "Contoso AML Workspace Identity": {
        "scopes": ["sub-ml-prod"], "description": "What a workspace's own identity keeps after the "
                                                  "review of spring 2026",
        "actions": ["Microsoft.MachineLearningServices/workspaces/read",
                    "Microsoft.MachineLearningServices/workspaces/computes/read",
                    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read"],
        "not_actions": []},
    "Contoso AML Job Submitter": {
        "scopes": ["sub-ml-prod", "sub-ml-dev"], "description": "Starts jobs from outside",
        "actions": ["Microsoft.MachineLearningServices/workspaces/*/read",
                    "Microsoft.MachineLearningServices/workspaces/jobs/*"],
        "not_actions": ["Microsoft.MachineLearningServices/workspaces/listNotebookKeys/read",
                        "Microsoft.MachineLearningServices/workspaces/listNotebookAccessToken"
                        "/read",
                        "Microsoft.MachineLearningServices/workspaces/metadata/secrets/read"]},
}

OWNER, UAA, RBAC_ADMIN = ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
                          "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
                          "f58310d9-a9f6-439a-9e8d-f62e7b41a168")
ACR_PULL, BLOB_READER = ("7f951dda-4ed3-4680-a7ca-43fe172d538d",
                         "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")


def delegation(operator, roles, lines):
    """A condition on role assignments as Microsoft's templates write it: over lines as the portal
    does, or in one line as the command-line examples do."""
    def half(verb, source):
        matches = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/" + verb + "'})"
        compares = ("@" + source + "[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
                    + operator + " {" + ", ".join(roles) + "}")
        if lines:
            return f"(\n (\n  {matches}\n )\n OR \n (\n  {compares}\n )\n)"
        return f"(({matches}) OR ({compares}))"
    return half("write", "Request") + ("\nAND\n" if lines else " AND ") + half("delete",
                                                                              "Resource")


ONLY_TWO_READERS = delegation("ForAnyOfAnyValues:GuidEquals", [ACR_PULL, BLOB_READER], True)
# "Any value differs from any of three" is true for every role: the exclusion excludes nothing.
EXCLUDES_NOTHING = delegation("ForAnyOfAnyValues:GuidNotEquals", [OWNER, RBAC_ADMIN, UAA], False)

# principal, role, scope, and what is special.
STORY_ASSIGNMENTS = [
    # The forgotten one: whoever runs code on cpu-features owns the subscription, and more.
    ("id-fraud-features", "User Access Administrator", "sub-ml-prod",
     {"at": "2026-02-12 16:41:03", "by": DELETED_USER,
      "description": "TEMP CHG-20418: onboarding of feature readers, remove after 2026-03-31"}),
    ("id-deploy-platform", "Contributor", "sub-data-prod",
     {"at": "2026-01-19 09:05:27", "by": "Greta Nilsson"}),
    # The model pupil, and two identities of the same workspace that hold what they need.
    ("id-fraud-train", "AcrPull", "crfraudprod", {}),
    ("id-fraud-train", "Storage Blob Data Reader", "stfraudprod", {}),
    ("id-fraud-score", "AcrPull", "crfraudprod", {}),
    ("id-fraud-score", "Storage Blob Data Reader", "stfraudprod", {}),
    ("id-fraud-score", "AzureML Metrics Writer (preview)", "mlw-fraud-prod", {}),
    ("ci-fraud-ravi", "Storage Blob Data Reader", "stfraudprod", {}),
    ("id-fraud-features", "AcrPull", "crfraudprod", {"lower_case_scope": True}),
    ("id-fraud-features", "Storage Blob Data Reader", "stfraudprod", {}),
    ("id-fraud-features", "Storage Blob Data Contributor",
     "stfraudprod/blobServices/default/containers/features", {}),
    ("gpu-finetune", "AcrPull", "crfraudprod", {}),
    ("gpu-finetune", "Storage Blob Data Reader", "stfraudprod", {}),
    ("gpu-finetune", "Storage Blob Data Reader", "stlakecurated", {}),
    ("mlw-fraud-prod", "Contoso AML Workspace Identity", "mlw-fraud-prod", {}),
    ("mlw-fraud-prod", "AcrPull", "crfraudprod", {}),
    ("mlw-fraud-prod", "Storage Blob Data Reader", "stfraudprod", {}),
    ("mlw-fraud-prod", "Key Vault Secrets Officer", "kv-fraud-prod", {}),
    ("sp-fraud-release", "Contoso AML Deployment Writer",
     "mlw-fraud-prod/onlineEndpoints/ep-fraud-score", {"at": NEWEST}),
    # Churn: an identity that may do everything in its resource group.
    ("id-churn-train", "Contributor", "rg-churn-prod", {"at": "2026-01-22 13:20:51"}),
    ("id-churn-train", "AcrPull", "crchurnprod", {}),
    ("id-churn-train", "Storage Blob Data Reader", "stchurnprod", {}),
    ("mlw-churn-prod", "Azure AI Administrator", "rg-churn-prod", {}),
    ("id-churn-score", "AcrPull", "crchurnprod", {}),
    ("id-churn-score", "Storage Blob Data Reader", "stchurnprod", {}),
    ("id-churn-score", "AzureML Metrics Writer (preview)", "mlw-churn-prod", {}),
    ("id-churn-score", "Key Vault Secrets User", "kv-crm", {}),
    ("ci-mira", "Storage Blob Data Reader", "stchurnprod", {}),
    ("Tomas Reyes", "Contributor", "rg-churn-prod",
     {"at": "2026-11-20 02:03:11", "active": ("2026-11-20 02:03:11", "2026-11-20 10:03:11"),
      "description": "Release window CHG-21177"}),
    ("func-churn-trigger", "Contoso AML Job Submitter", "mlw-churn-prod", {}),
    # One identity for two projects and two environments.
    ("id-ml-shared", "AcrPull", "crchurnprod", {}),
    ("id-ml-shared", "Storage Blob Data Reader", "stchurnprod", {}),
    ("id-ml-shared", "AcrPull", "crdemanddev", {}),
    ("id-ml-shared", "Storage Blob Data Reader", "stdemanddev", {}),
    ("grp-customer-data-readers", "Storage Blob Data Reader", "stcrmexports", {}),
    ("grp-customer-data-readers", "Storage Blob Data Reader", "stlakecurated", {}),
    # CI/CD.
    ("sp-gh-mlops", "Contoso AML Endpoint Deployer", "mlw-churn-prod", {}),
    ("sp-gh-mlops", "Contoso AML Endpoint Deployer", "mlw-demand-dev", {}),
    ("sp-gh-mlops", "AcrPush", "crchurnprod", {}),
    ("sp-gh-mlops", "AcrPush", "crdemanddev", {}),
    ("sp-gh-mlops", "AcrPush", "crmlshared", {}),
    ("sp-gh-mlops", "AzureML Registry User", "mlr-contoso", {}),
    # Demand: delegation under a condition, a workspace identity as Microsoft asks for it.
    ("id-demand-onboard", "Role Based Access Control Administrator", "rg-demand-dev",
     {"condition": ONLY_TWO_READERS,
      "description": "May onboard readers: AcrPull and Storage Blob Data Reader only"}),
    ("id-demand-onboard", "AcrPull", "crdemanddev", {}),
    ("id-demand-onboard", "Storage Blob Data Reader", "stdemanddev", {}),
    ("id-demand-ws", "Contributor", "mlw-demand-dev", {}),
    ("id-demand-ws", "Contributor", "stdemanddev", {}),
    ("id-demand-ws", "Contributor", "kv-demand-dev", {}),
    ("id-demand-ws", "Contributor", "crdemanddev", {}),
    ("id-demand-ws", "Contributor", "appi-demand", {}),
    ("id-demand-ws", "Storage Blob Data Contributor", "stdemanddev", {}),
    ("id-demand-ws", "Key Vault Administrator", "kv-demand-dev", {}),
    ("id-demand-batch", "AcrPull", "crdemanddev", {}),
    ("id-demand-batch", "Storage Blob Data Reader", "stdemanddev", {}),
    ("id-demand-batch", "Storage Blob Data Contributor",
     "stdemanddev/blobServices/default/containers/batch-output", {}),
    ("ep-demand-api", "AcrPull", "crdemanddev", {}),
    ("ep-demand-api", "Storage Blob Data Reader", "stdemanddev", {}),
    ("ep-demand-api", "AzureML Metrics Writer (preview)", "mlw-demand-dev", {}),
    ("ci-jonas", "Storage Blob Data Reader", "stdemanddev", {}),
    ("sp-demand-feed", "Storage Blob Data Reader", "stlakeraw", {}),
    ("sp-tf-mldev", "Contributor", "sub-ml-dev", {}),
    ("sp-tf-mldev", "Role Based Access Control Administrator", "sub-ml-dev",
     {"condition": EXCLUDES_NOTHING, "description": "All roles but the three privileged ones"}),
    (DELETED_USER, "Contributor", "rg-experiments", {"at": "2026-01-08 10:12:30"}),
    # People.
    ("grp-fraud-ds", "AzureML Data Scientist", "mlw-fraud-prod", {}),
    ("grp-fraud-ds", "Storage Blob Data Contributor", "stfraudprod", {}),
    ("grp-fraud-ds", "Storage File Data Privileged Contributor", "stfraudprod", {}),
    ("Hanna Lindqvist", "AzureML Compute Operator", "mlw-fraud-prod", {}),
    ("grp-churn-ds", "AzureML Data Scientist", "mlw-churn-prod", {}),
    ("grp-churn-ds", "Storage Blob Data Contributor", "stchurnprod", {}),
    ("grp-demand-ds", "AzureML Data Scientist", "mlw-demand-dev", {}),
    ("grp-demand-ds", "Storage Blob Data Contributor", "stdemanddev", {}),
    ("grp-payments-analysts", "Key Vault Secrets User", "kv-payments", {}),
    ("grp-payments-analysts", "Storage Blob Data Reader", "stpayments", {}),
    ("grp-ml-people", "AcrPull", "crmlshared", {}),
    ("AzureDatabricks", "Contributor", "databricks-rg-dbw-lake-prod", {}),
    ("dbmanagedidentity", "Storage Blob Data Contributor", "dbstoragelakeprod9x", {}),
]
# The rest of the company: role, scopes (blank between), principals (comma between).
OTHER_ASSIGNMENTS = [
    ("User Access Administrator", "/", "Greta Nilsson"),
    ("Owner", "mg-platform mg-ml", "grp-platform-admins"),
    ("Reader", "root", "grp-security"),
    ("Security Reader", "root", "grp-security"),
    ("Reader", "mg-ml mg-platform", "grp-platform-ops"),
    ("Monitoring Contributor", "mg-ml mg-platform", "grp-platform-ops"),
    ("Cost Management Reader", "mg-ml", "grp-ml-people"),
    ("Virtual Machine Contributor", "rg-ml-platform rg-dev-tools rg-data-ops", "grp-platform-ops"),
    ("Network Contributor", "rg-ml-network rg-ml-dev-network rg-data-network", "grp-platform-ops"),
    ("Contributor", "rg-serving-prod", "Noor Haddad"),
    ("Key Vault Reader", "sub-ml-prod sub-ml-dev sub-data-prod", "grp-security"),
    ("Log Analytics Reader", "log-ml-prod log-ml-dev log-data-prod", "grp-security"),
    ("Security Admin", "sub-data-prod", "grp-security"),
    ("Key Vault Administrator", "kv-data-ops", "grp-security"),
    ("Reader", "rg-fraud-prod", "grp-fraud-ds"),
    ("AcrPull", "crfraudprod", "grp-fraud-ds"),
    ("Key Vault Reader", "kv-fraud-prod", "grp-fraud-ds"),
    ("Reader", "rg-churn-prod", "grp-churn-ds"),
    ("AcrPull", "crchurnprod", "grp-churn-ds"),
    ("Log Analytics Reader", "log-ml-prod", "grp-fraud-ds, grp-churn-ds"),
    ("Cognitive Services OpenAI User", "oai-contoso-ml", "grp-fraud-ds, grp-churn-ds"),
    ("Reader", "sub-ml-dev", "grp-demand-ds"),
    ("AcrPull", "crdemanddev", "grp-demand-ds"),
    ("Contributor", "rg-experiments", "grp-demand-ds"),
    ("Cognitive Services OpenAI User", "oai-contoso-dev", "grp-demand-ds"),
    ("Virtual Machine Administrator Login", "rg-dev-tools", "grp-demand-ds"),
    ("Storage Blob Data Owner", "stexperiments", "Aiko Tanaka"),
    ("Log Analytics Reader", "log-ml-dev", "grp-demand-ds"),
    ("AcrPush", "crmlshared", "id-gh-mlops"),
    ("AcrPull", "crmlshared", "aks-serving-agentpool, id-deploy-platform, func-scoring-gw"),
    ("Network Contributor", "vnet-ml-prod", "id-aks-serving"),
    ("Managed Identity Operator", "aks-serving-agentpool", "id-aks-serving"),
    ("Key Vault Secrets User", "kv-ml-shared", "func-scoring-gw"),
    ("Cognitive Services OpenAI User", "oai-contoso-ml", "func-scoring-gw"),
    ("Storage Blob Data Owner", "stscoringgw", "func-scoring-gw"),
    ("Storage Blob Data Owner", "stchurnfunc", "func-churn-trigger"),
    ("Storage Queue Data Message Processor", "stchurnfunc", "func-churn-trigger"),
    ("Monitoring Metrics Publisher", "appi-churn", "func-churn-trigger"),
    ("Monitoring Metrics Publisher", "appi-serving", "func-scoring-gw"),
    ("Monitoring Metrics Publisher", "appi-payments", "func-payments"),
    ("Azure Kubernetes Service Cluster User Role", "aks-serving", "Noor Haddad, grp-fraud-ds"),
    ("Data Factory Contributor", "adf-lake-prod", "grp-lake-engineers"),
    ("Storage Blob Data Owner", "rg-lake-prod", "grp-lake-engineers"),
    ("Reader", "rg-lake-prod rg-data-ops", "grp-lake-engineers"),
    ("Contributor", "dbw-lake-prod", "grp-lake-engineers"),
    ("Monitoring Reader", "rg-lake-prod", "grp-lake-engineers"),
    ("Storage Blob Data Contributor", "stlakeraw stlakecurated", "adf-lake-prod"),
    ("Storage Blob Data Contributor", "stlakecurated", "dbac-lake-prod"),
    ("Azure Event Hubs Data Sender", "evhns-lake", "adf-lake-prod"),
    ("Website Contributor", "rg-payments-prod", "grp-payments-dev"),
    ("SQL DB Contributor", "rg-payments-prod", "grp-payments-dev"),
    ("Reader", "rg-payments-prod", "grp-payments-dev, grp-payments-analysts"),
    ("Azure Service Bus Data Receiver", "sb-payments", "grp-payments-dev, func-payments"),
    ("Key Vault Secrets User", "kv-payments", "func-payments"),
    ("Storage Blob Data Owner", "stpayfunc", "func-payments"),
    ("Cosmos DB Account Reader Role", "cosmos-payments", "func-payments, grp-payments-analysts"),
    ("Key Vault Secrets User", "kv-crm", "id-crm-web"),
    ("Storage Blob Data Contributor", "stcrmexports", "id-crm-web, la-crm-sync"),
    ("Reader", "rg-crm-prod", "Elena Petrova"),
    ("Cost Management Reader", "sub-data-prod", "Elena Petrova"),
    ("Virtual Machine Contributor", "rg-data-ops", "aa-data-ops"),
    ("Backup Reader", "rsv-data-prod", "aa-data-ops"),
    ("Log Analytics Contributor", "log-data-prod", "vm-jump-01"),
    ("Tag Contributor", "sub-ml-prod sub-ml-dev sub-data-prod", "Noor Haddad"),
    ("Private DNS Zone Contributor", "rg-ml-network rg-data-network", "id-deploy-platform"),
]

# Eligible through Privileged Identity Management: who, role, scope, from, to.
ELIGIBLE = [
    ("Mira Okafor", "Contributor", "rg-crm-prod", "2026-09-01", "2027-03-01"),
    ("Ingrid Solberg", "Owner", "rg-lake-prod", "2026-06-15", "2027-06-15"),
    ("Noor Haddad", "Contributor", "sub-ml-prod", "2026-04-01", "2027-04-01"),
]

# Name, scope, excluded principals: everybody else may only read.
DENY_ASSIGNMENTS = [("System deny assignment created by Azure Databricks",
                     "databricks-rg-dbw-lake-prod", ["dbmanagedidentity", "AzureDatabricks"])]
LOCKS = [("keep-payments", "rg-payments-prod", "CanNotDelete", "Ledger data, ask payments first")]


# ======================================================================================
# Part 2: ids, names, times
# ======================================================================================

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "contoso-ml.contoso.example")


def guid(*names):
    return str(uuid.uuid5(NAMESPACE, "/".join(names)))


TENANT = guid("tenant")
SUBSCRIPTIONS = ["sub-ml-prod", "sub-ml-dev", "sub-data-prod"]
SUBSCRIPTION_ID = {name: guid("subscription", name) for name in SUBSCRIPTIONS}
MANAGEMENT = "/providers/Microsoft.Management/managementGroups/"
AUTHORIZATION = "/providers/Microsoft.Authorization/"
ML = "Microsoft.MachineLearningServices"


def number(key, below):
    """A number that only depends on the key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % below


def moment(key, first="2026-01-05", last="2026-11-12"):
    """A working hour between two days, by the key."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=timezone.utc) for day in (first, last))
    day = start + timedelta(days=number(key + "day", (end - start).days))
    return day + timedelta(hours=7 + number(key + "h", 10), minutes=number(key + "m", 60),
                           seconds=number(key + "s", 60))


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def cli_time(when, key):
    """As SDK-backed commands print it."""
    micro = 0 if when == instant(NEWEST) else number(key + "us", 1000000)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{micro:06d}+00:00"


def rest_time(when, key):
    """As ARM answers it."""
    micro = 0 if when == instant(NEWEST) else number(key + "us", 1000000)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{micro:06d}{number(key + 'ns', 9) + 1}Z"


def graph_time(when):
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def arm_id(group_id, arm_type, name):
    """.../providers/Microsoft.Sql/servers/sql-a/databases/b from the type and "sql-a/b"."""
    provider, *kinds = arm_type.split("/")
    pairs = [f"{kind}/{part}" for kind, part in zip(kinds, name.split("/"))]
    return f"{group_id}/providers/{provider}/" + "/".join(pairs)


def subscription_scope(name):
    return "/subscriptions/" + SUBSCRIPTION_ID[name]


def group_scope(name):
    return f"{subscription_scope(RESOURCE_GROUPS[name][0])}/resourceGroups/{name}"


def listed_resources():
    """(word, name, resource group) of every row of RESOURCES, and what some bring with them."""
    for group, rows in RESOURCES.items():
        for row in rows.split("\n"):
            word, *names = row.split() or [None]
            for name in names:
                stem, star, count = name.partition("*")
                for one in ([f"{stem}-{i + 1:02d}" for i in range(int(count))] if star else [name]):
                    yield word, one, group
                    yield from companions(word, one, group)


def companions(word, name, group):
    if word == "vm":
        yield "disk", f"{name}_OsDisk_1_{guid('disk', name).replace('-', '')}", group
        yield "nic", f"nic-{name}", group
    if word == "pe":
        yield "nic", f"{name}.nic.{guid('nic', name)}", group
    if word == "dns":
        network = {"rg-ml-network": "vnet-ml-prod", "rg-ml-dev-network": "vnet-ml-dev",
                   "rg-data-network": "vnet-data-prod"}[group]
        yield "link", f"{name}/{network}", group


# name: (type, kind, sku, resource group, ARM id)
RESOURCE = {}
for _word, _name, _group in listed_resources():
    _type, _kind, _sku = TYPES[_word]
    assert _name not in RESOURCE, _name
    RESOURCE[_name] = (_type, _kind, _sku, _group, arm_id(group_scope(_group), _type, _name))


def resource_id(name):
    return RESOURCE[name][4]


def workspace_child(workspace, kind, name):
    return f"{resource_id(workspace)}/{kind}/{name}"


def scope_of(name):
    """ARM id of anything that the story names."""
    if name == "/":
        return "/"
    if name == "root":
        return MANAGEMENT + TENANT
    if name.startswith("mg-"):
        return MANAGEMENT + name
    if name in SUBSCRIPTION_ID:
        return subscription_scope(name)
    if name in RESOURCE_GROUPS:
        return group_scope(name)
    owner, slash, rest = name.partition("/")
    if name not in RESOURCE and slash:
        return f"{resource_id(owner)}/{rest}"
    return resource_id(name)


def ancestors_of_subscription(wanted):
    """Management-group scopes above a subscription, root first."""
    def search(children, above):
        for child in children:
            name, below = child if isinstance(child, tuple) else (child, None)
            if name == wanted:
                return above
            found = below and search(below, above + [MANAGEMENT + name])
            if found:
                return found
        return None
    return search(MANAGEMENT_GROUPS[1], [MANAGEMENT + TENANT])


# ---- principals ----

class Principal:
    """Anything that can hold a role: object id, and how the Azure CLI names it."""

    def __init__(self, name, kind, shown, **more):
        self.name, self.kind, self.shown = name, kind, shown  # User, Group, ServicePrincipal
        self.object_id = guid("principal", name)
        self.app_id = more.get("app_id")
        self.resource = more.get("resource")  # managed identities: the ARM id behind them
        self.explicit = more.get("explicit", False)  # user-assigned
        self.title = more.get("title", name)  # display name in Entra


PRINCIPALS = {}


def add_principal(name, kind, shown, **more):
    assert name not in PRINCIPALS, name
    PRINCIPALS[name] = Principal(name, kind, shown, **more)


def user_principal_name(name):
    return GUESTS.get(name, name.lower().replace(" ", ".") + "@" + DOMAIN)


def system_identities():
    """(name, ARM id of the host, name in Entra) of every system-assigned identity."""
    for name, identities in RUNS_AS.items():
        if "system" in identities:
            yield name, resource_id(name), name
    for workspace, story in WORKSPACES.items():
        computes = [(c[0], c[3]) for c in story["clusters"]]
        computes += [(name, more["identities"]) for name, more in story["instances"]]
        for name, identities in computes:
            if "system" in identities:
                yield (name, workspace_child(workspace, "computes", name),
                       f"{workspace}/computes/{name}")
        for name, identities, _ in story["online"]:
            if "system" in identities:
                yield (name, workspace_child(workspace, "onlineEndpoints", name),
                       f"{workspace}/onlineEndpoints/{name}")


def add_principals():
    for given, surname, _ in USERS:
        name = f"{given} {surname}"
        add_principal(name, "User", user_principal_name(name))
    add_principal(DELETED_USER, "Unknown", "")
    for name in GROUPS:
        add_principal(name, "Group", name)
    for name in APPLICATIONS:
        app_id = guid("application id", name)
        add_principal(name, "ServicePrincipal", app_id, app_id=app_id)
    for name, app_id in FIRST_PARTY.items():
        add_principal(name, "ServicePrincipal", app_id, app_id=app_id)
    for name, (arm_type, _, _, _, own_id) in RESOURCE.items():
        if arm_type == TYPES["id"][0]:
            app_id = guid("client id", name)
            add_principal(name, "ServicePrincipal", app_id, app_id=app_id, resource=own_id,
                          explicit=True)
    for name, host, title in system_identities():
        app_id = guid("client id", name)
        add_principal(name, "ServicePrincipal", app_id, app_id=app_id, resource=host, title=title)


add_principals()


def object_id(name):
    return PRINCIPALS[name].object_id


def lower_group(text):
    """As the managed-identity service spells its ids."""
    return text.replace("/resourceGroups/", "/resourcegroups/")


def identity_block(host, identities, cli=True):
    """`identity` of a resource: the Azure CLI prints every key, ARM only those with a value."""
    if not identities:
        return None
    system = "system" in identities
    users = {resource_id(name): {"clientId": PRINCIPALS[name].app_id,
                                 "principalId": object_id(name)}
             for name in identities if name != "system"}
    block = {"principalId": object_id(host) if system else None,
             "tenantId": TENANT if system or not cli else None,
             "type": ", ".join(["SystemAssigned"] * system + ["UserAssigned"] * bool(users)),
             "userAssignedIdentities": users or None}
    return block if cli else {key: value for key, value in block.items() if value is not None}


# ======================================================================================
# Part 3: Azure CLI and Graph shapes
# ======================================================================================

FILES = {}  # file name: value


def by_subscription(stem, name, value):
    FILES[f"{stem}_{SUBSCRIPTION_ID[name]}.json"] = value


def accounts():
    FILES["accounts.json"] = [
        {"cloudName": "AzureCloud", "homeTenantId": TENANT, "id": SUBSCRIPTION_ID[name],
         "isDefault": name == "sub-ml-prod", "managedByTenants": [], "name": name,
         "state": "Enabled", "tenantDefaultDomain": DOMAIN, "tenantDisplayName": "Contoso",
         "tenantId": TENANT,
         "user": {"name": user_principal_name("Chloe Martin"), "type": "user"}}
        for name in SUBSCRIPTIONS]


def management_groups():
    def child(node):
        name, below = node if isinstance(node, tuple) else (node, None)
        if name in SUBSCRIPTION_ID:
            return {"children": None, "displayName": name, "id": subscription_scope(name),
                    "name": SUBSCRIPTION_ID[name], "type": "/subscriptions"}
        return {"children": [child(node) for node in below] or None, "displayName": name,
                "id": MANAGEMENT + name, "name": name,
                "type": "Microsoft.Management/managementGroups"}
    title, children = MANAGEMENT_GROUPS
    FILES["management-groups.json"] = {
        "children": [child(node) for node in children],
        "details": {"managementGroupAncestors": None, "managementGroupAncestorsChain": None,
                    "parent": None, "path": None, "updatedBy": object_id("Greta Nilsson"),
                    "updatedTime": rest_time(moment("management groups"), "mg"), "version": 4},
        "displayName": title, "id": MANAGEMENT + TENANT, "name": TENANT, "tenantId": TENANT,
        "type": "Microsoft.Management/managementGroups"}


# ---- role definitions and assignments ----

def built_in_roles():
    """name: (guid, permission blocks), from the project's own table."""
    table = json.loads((ROOT / "data" / "builtin-roles.json").read_text())
    return {role["name"]: (role["guid"], role["permissions"]) for role in table["roles"]}


BUILT_IN = built_in_roles()


def role_guid(name):
    return guid("role", name) if name in CUSTOM_ROLES else BUILT_IN[name][0]


def role_definition_id(subscription, name):
    return subscription_scope(subscription) + AUTHORIZATION + "roleDefinitions/" + role_guid(name)


def assignments():
    """(principal, role, scope, options) of all assignments, each once."""
    seen = set()
    for principal, role, scope, more in STORY_ASSIGNMENTS:
        yield principal, role, scope_of(scope), more
        seen.add((principal, role, scope))
    for role, scopes, principals in OTHER_ASSIGNMENTS:
        for scope in scopes.split():
            for principal in principals.split(", "):
                assert (principal, role, scope) not in seen, (principal, role, scope)
                seen.add((principal, role, scope))
                yield principal, role, scope_of(scope), {}


def assignment_name(principal, role, scope):
    return guid("assignment", principal, role, scope.lower())


def assignment_record(subscription, principal, role, scope, more):
    who, name = PRINCIPALS[principal], assignment_name(principal, role, scope)
    when = instant(more["at"]) if "at" in more else moment(name)
    author = object_id(more.get("by", "Greta Nilsson" if number(name, 3) else "Noor Haddad"))
    if more.get("lower_case_scope"):
        scope = lower_group(scope)
    record = {
        "canDelegate": None, "condition": more.get("condition"),
        "conditionVersion": "2.0" if "condition" in more else None, "createdBy": author,
        "createdOn": cli_time(when, name), "delegatedManagedIdentityResourceId": None,
        "description": more.get("description"),
        "id": scope.rstrip("/") + AUTHORIZATION + "roleAssignments/" + name, "name": name,
        "principalId": who.object_id, "principalName": who.shown, "principalType": who.kind,
        "roleDefinitionId": role_definition_id(subscription, role), "roleDefinitionName": role,
        "scope": scope, "type": "Microsoft.Authorization/roleAssignments", "updatedBy": author,
        "updatedOn": cli_time(when, name)}
    parts = scope.split("/")
    if len(parts) > 4 and parts[3].lower() == "resourcegroups":
        record["resourceGroup"] = parts[4]
    return record


def applies_to(subscription, scope):
    return (scope == "/" or scope in ancestors_of_subscription(subscription)
            or (scope + "/").startswith(subscription_scope(subscription) + "/"))


def role_assignments(subscription):
    """`az role assignment list --all`: what is in the subscription, and what is above it."""
    by_subscription("ra", subscription, [
        assignment_record(subscription, principal, role, scope, more)
        for principal, role, scope, more in assignments() if applies_to(subscription, scope)])


def role_definitions(subscription):
    """`az role definition list`: the custom roles assignable here, and the built-in ones in use."""
    used = {role for _, role, scope, _ in assignments() if applies_to(subscription, scope)}
    used |= {role for _, role, scope, _, _ in ELIGIBLE if applies_to(subscription, scope_of(scope))}
    records = [custom_role(subscription, name) for name in CUSTOM_ROLES
               if any(applies_to(subscription, scope_of(s)) for s in CUSTOM_ROLES[name]["scopes"])]
    records += [built_in_role(subscription, name) for name in sorted(used - set(CUSTOM_ROLES))]
    by_subscription("rd", subscription, records)


def permission(block):
    return {"actions": block.get("actions", []), "condition": block.get("condition"),
            "conditionVersion": block.get("conditionVersion"),
            "dataActions": block.get("dataActions", []), "notActions": block.get("notActions", []),
            "notDataActions": block.get("notDataActions", [])}


def definition(subscription, name, kind, description, scopes, blocks, author):
    when = cli_time(moment("role " + name, "2026-01-05", "2026-06-30"), "role " + name)
    return {"assignableScopes": scopes, "createdBy": author, "createdOn": when,
            "description": description, "id": role_definition_id(subscription, name),
            "name": role_guid(name), "permissions": [permission(block) for block in blocks],
            "roleName": name, "roleType": kind, "type": "Microsoft.Authorization/roleDefinitions",
            "updatedBy": author, "updatedOn": when}


def custom_role(subscription, name):
    role = CUSTOM_ROLES[name]
    return definition(subscription, name, "CustomRole", role["description"],
                      [scope_of(scope) for scope in role["scopes"]],
                      [{"actions": role["actions"], "notActions": role["not_actions"]}],
                      object_id("Greta Nilsson"))


def built_in_role(subscription, name):
    return definition(subscription, name, "BuiltInRole", "", ["/"], BUILT_IN[name][1], None)


# ---- resources ----

def resource_groups(subscription):
    by_subscription("rg", subscription, [
        {"id": group_scope(name), "location": LOCATION,
         "managedBy": resource_id(manager) if manager else None, "name": name,
         "properties": {"provisioningState": "Succeeded"}, "tags": tags,
         "type": "Microsoft.Resources/resourceGroups"}
        for name, (where, tags, manager) in RESOURCE_GROUPS.items() if where == subscription])


def in_subscription(subscription, word=None):
    return [name for name, (arm_type, _, _, group, _) in RESOURCE.items()
            if RESOURCE_GROUPS[group][0] == subscription
            and (word is None or arm_type == TYPES[word][0])]


def changed(name):
    """When a resource was made, and when it was last changed."""
    made = moment("made " + name, "2026-01-05", "2026-08-31")
    return made, moment("changed " + name, "2026-09-01", "2026-11-12")


def location_of(name):
    return "global" if RESOURCE[name][0].lower() in (
        "microsoft.network/privatednszones", "microsoft.insights/metricalerts",
        "microsoft.network/privatednszones/virtualnetworklinks",
        "microsoft.insights/actiongroups") else LOCATION


def resource_list(subscription):
    """`az resource list`: the inventory, without properties."""
    def line(name):
        arm_type, kind, sku, group, own_id = RESOURCE[name]
        made, last = changed(name)
        sku = sku and {"capacity": None, "family": None, "model": None, "name": sku, "size": None,
                       "tier": sku.split("_")[0]}
        return {"changedTime": cli_time(last, name), "createdTime": cli_time(made, name),
                "extendedLocation": None, "id": own_id,
                "identity": identity_block(name, RUNS_AS.get(name)), "kind": kind,
                "location": location_of(name), "managedBy": managed_by(name), "name": name,
                "plan": None, "properties": None, "provisioningState": "Succeeded",
                "resourceGroup": group, "sku": sku, "tags": TAGS.get(name), "type": arm_type}
    by_subscription("res", subscription, [line(name) for name in in_subscription(subscription)])


def managed_by(name):
    if "_OsDisk_" in name:
        return resource_id(name.split("_OsDisk_")[0])
    return None


def managed_identities(subscription):
    by_subscription("mi", subscription, [
        {"clientId": PRINCIPALS[name].app_id, "id": lower_group(resource_id(name)),
         "location": LOCATION, "name": name, "principalId": object_id(name),
         "resourceGroup": RESOURCE[name][3], "tags": TAGS.get(name, {}), "tenantId": TENANT,
         "type": "Microsoft.ManagedIdentity/userAssignedIdentities"}
        for name in in_subscription(subscription, "id")])


def system_data(name, by="Noor Haddad", convert=cli_time):
    made, last = changed(name)
    return {"createdAt": convert(made, name), "createdBy": user_principal_name(by),
            "createdByType": "User", "lastModifiedAt": convert(last, name),
            "lastModifiedBy": user_principal_name(by), "lastModifiedByType": "User"}


def key_vaults(subscription):
    """`az keyvault list`, which keeps `properties`."""
    def vault(name):
        story = VAULTS[name]
        rules = {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [],
                 "virtualNetworkRules": []} if story.get("closed") else None
        policies = [{"applicationId": None, "objectId": object_id(who),
                     "permissions": {"certificates": [], "keys": keys, "secrets": secrets,
                                     "storage": None}, "tenantId": TENANT}
                    for who, secrets, keys in story.get("policies", [])]
        return {"id": resource_id(name), "location": LOCATION, "name": name,
                "properties": {
                    "accessPolicies": policies, "createMode": None,
                    "enablePurgeProtection": True if story["rbac"] else None,
                    "enableRbacAuthorization": story["rbac"], "enableSoftDelete": True,
                    "enabledForDeployment": False, "enabledForDiskEncryption": False,
                    "enabledForTemplateDeployment": False, "hsmPoolResourceId": None,
                    "networkAcls": rules, "privateEndpointConnections": None,
                    "provisioningState": "Succeeded",
                    "publicNetworkAccess": "Disabled" if rules else "Enabled",
                    "sku": {"family": "A", "name": "standard"}, "softDeleteRetentionInDays": 90,
                    "tenantId": TENANT, "vaultUri": f"https://{name}.vault.azure.net/"},
                "resourceGroup": RESOURCE[name][3], "systemData": system_data(name),
                "tags": TAGS.get(name, {}), "type": "Microsoft.KeyVault/vaults"}
    by_subscription("kv", subscription,
                    [vault(name) for name in in_subscription(subscription, "kv")])


def storage_encryption(name, made):
    """Keys of Microsoft, or of a vault."""
    service = {"enabled": True, "keyType": "Account", "lastEnabledTime": cli_time(made, name)}
    vault = STORAGE[name].get("key_vault")
    uri, version = f"https://{vault}.vault.azure.net", guid("key").replace("-", "")
    key = vault and {"currentVersionedKeyIdentifier": f"{uri}/keys/lake-cmk/{version}",
                     "keyName": "lake-cmk", "keyVaultUri": uri, "keyVersion": "",
                     "lastKeyRotationTimestamp": cli_time(made, name)}
    return {"encryptionIdentity": None,
            "keySource": "Microsoft.Keyvault" if vault else "Microsoft.Storage",
            "keyVaultProperties": key, "requireInfrastructureEncryption": None,
            "services": {"blob": service, "file": service, "queue": None, "table": None}}


def storage_accounts(subscription):
    """`az storage account list`, flat."""
    def account(name):
        story, (made, _) = STORAGE[name], changed(name)
        hosts = {"blob": "blob", "dfs": "dfs", "file": "file", "queue": "queue", "table": "table",
                 "web": "z6.web"}
        points = {key: f"https://{name}.{host}.core.windows.net/" for key, host in hosts.items()}
        return {
            "accessTier": "Hot", "allowBlobPublicAccess": False,
            "allowCrossTenantReplication": False, "allowSharedKeyAccess": story.get("shared_key"),
            "allowedCopyScope": None, "azureFilesIdentityBasedAuthentication": None,
            "blobRestoreStatus": None, "creationTime": cli_time(made, name), "customDomain": None,
            "defaultToOAuthAuthentication": None, "dnsEndpointType": None,
            "enableHttpsTrafficOnly": True, "enableNfsV3": None,
            "encryption": storage_encryption(name, made), "extendedLocation": None,
            "failoverInProgress": None, "geoReplicationStats": None, "id": resource_id(name),
            "identity": identity_block(name, RUNS_AS.get(name)),
            "immutableStorageWithVersioning": None, "isHnsEnabled": story.get("hns"),
            "isLocalUserEnabled": None, "isSftpEnabled": None,
            "keyCreationTime": {"key1": cli_time(made, name), "key2": cli_time(made, name)},
            "keyPolicy": None, "kind": "StorageV2", "largeFileSharesState": None,
            "lastGeoFailoverTime": None, "location": LOCATION, "minimumTlsVersion": "TLS1_2",
            "name": name,
            "networkRuleSet": {"bypass": "AzureServices",
                               "defaultAction": "Deny" if story.get("closed") else "Allow",
                               "ipRules": [], "resourceAccessRules": None,
                               "virtualNetworkRules": []},
            "primaryEndpoints": {**points, "internetEndpoints": None, "microsoftEndpoints": None},
            "primaryLocation": LOCATION, "privateEndpointConnections": [],
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Disabled" if story.get("closed") else "Enabled",
            "resourceGroup": RESOURCE[name][3], "routingPreference": None, "sasPolicy": None,
            "secondaryEndpoints": None, "secondaryLocation": None,
            "sku": {"name": "Standard_LRS", "tier": "Standard"}, "statusOfPrimary": "available",
            "statusOfSecondary": None, "storageAccountSkuConversionStatus": None,
            "tags": TAGS.get(name, {}), "type": "Microsoft.Storage/storageAccounts"}
    by_subscription("st", subscription,
                    [account(name) for name in in_subscription(subscription, "st")])


def container_registries(subscription):
    """`az acr list`, flat."""
    def registry(name):
        made, _ = changed(name)
        when = cli_time(made, name)
        return {
            "adminUserEnabled": REGISTRIES.get(name, {}).get("admin", False),
            "anonymousPullEnabled": False, "creationDate": when, "dataEndpointEnabled": False,
            "dataEndpointHostNames": [],
            "encryption": {"keyVaultProperties": None, "status": "disabled"},
            "id": resource_id(name), "identity": None, "location": LOCATION,
            "loginServer": f"{name}.azurecr.io", "name": name,
            "networkRuleBypassOptions": "AzureServices",
            "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
            "policies": {
                "azureAdAuthenticationAsArmPolicy": {"status": "enabled"},
                "exportPolicy": {"status": "enabled"}, "quarantinePolicy": {"status": "disabled"},
                "retentionPolicy": {"days": 7, "lastUpdatedTime": when, "status": "disabled"},
                "softDeletePolicy": {"lastUpdatedTime": when, "retentionDays": 7,
                                     "status": "disabled"},
                "trustPolicy": {"status": "disabled", "type": "Notary"}},
            "privateEndpointConnections": [], "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled", "resourceGroup": RESOURCE[name][3],
            "sku": {"name": "Premium", "tier": "Premium"}, "status": None,
            "systemData": system_data(name), "tags": TAGS.get(name, {}),
            "type": "Microsoft.ContainerRegistry/registries", "zoneRedundancy": "Disabled"}
    by_subscription("acr", subscription,
                    [registry(name) for name in in_subscription(subscription, "cr")])


def virtual_machines(subscription):
    """`az vm list`, flat."""
    def machine(name):
        group, (made, _) = RESOURCE[name][3], changed(name)
        disk = next(other for other in RESOURCE if other.startswith(name + "_OsDisk_"))
        linux = {"disablePasswordAuthentication": True, "enableVmAgentPlatformUpdates": False,
                 "patchSettings": {"assessmentMode": "ImageDefault",
                                   "automaticByPlatformSettings": None,
                                   "patchMode": "ImageDefault"},
                 "provisionVmAgent": True, "ssh": None}
        absent = ("additionalCapabilities applicationProfile availabilitySet billingProfile "
                  "capacityReservation evictionPolicy extendedLocation extensionsTimeBudget host "
                  "hostGroup instanceView licenseType plan platformFaultDomain priority "
                  "proximityPlacementGroup resources scheduledEventsProfile userData "
                  "virtualMachineScaleSet zones").split()
        return {
            **{key: None for key in absent},
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True, "storageUri": None}},
            "hardwareProfile": {"vmSize": "Standard_D4s_v5", "vmSizeProperties": None},
            "id": resource_id(name), "identity": identity_block(name, RUNS_AS.get(name)),
            "location": LOCATION, "name": name,
            "networkProfile": {"networkApiVersion": None, "networkInterfaceConfigurations": None,
                               "networkInterfaces": [{"deleteOption": "Detach",
                                                      "id": resource_id("nic-" + name),
                                                      "primary": True, "resourceGroup": group}]},
            "osProfile": {"adminPassword": None, "adminUsername": "azureuser",
                          "allowExtensionOperations": True, "computerName": name,
                          "customData": None, "linuxConfiguration": linux,
                          "requireGuestProvisionSignal": True, "secrets": [],
                          "windowsConfiguration": None},
            "provisioningState": "Succeeded", "resourceGroup": group,
            "securityProfile": {"encryptionAtHost": None, "securityType": "TrustedLaunch",
                                "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True}},
            "storageProfile": {
                "dataDisks": [], "diskControllerType": "SCSI",
                "imageReference": {"communityGalleryImageId": None,
                                   "exactVersion": "22.04.202602110", "id": None,
                                   "offer": "0001-com-ubuntu-server-jammy",
                                   "publisher": "Canonical", "sharedGalleryImageId": None,
                                   "sku": "22_04-lts-gen2", "version": "latest"},
                "osDisk": {"caching": "ReadWrite", "createOption": "FromImage",
                           "deleteOption": "Detach", "diffDiskSettings": None, "diskSizeGb": 64,
                           "encryptionSettings": None, "image": None,
                           "managedDisk": {"diskEncryptionSet": None, "id": resource_id(disk),
                                           "resourceGroup": group, "securityProfile": None,
                                           "storageAccountType": "Premium_LRS"},
                           "name": disk, "osType": "Linux", "vhd": None,
                           "writeAcceleratorEnabled": None}},
            "tags": TAGS.get(name), "timeCreated": cli_time(made, name),
            "type": "Microsoft.Compute/virtualMachines", "vmId": guid("vm", name)}
    by_subscription("vm", subscription,
                    [machine(name) for name in in_subscription(subscription, "vm")])


def locks(subscription):
    """`az lock list`."""
    by_subscription("locks", subscription, [
        {"id": scope_of(scope) + AUTHORIZATION + "locks/" + name, "level": level, "name": name,
         "notes": notes, "owners": None, "resourceGroup": scope,
         "type": "Microsoft.Authorization/locks"}
        for name, scope, level, notes in LOCKS if applies_to(subscription, scope_of(scope))])


# ---- pages of ARM: deny assignments and Privileged Identity Management ----

def deny_assignments(subscription):
    def deny(title, scope, excluded):
        name = guid("deny", title, scope)
        when = rest_time(moment(name), name)
        return {"id": scope + AUTHORIZATION + "denyAssignments/" + name, "name": name,
                "properties": {
                    "createdBy": object_id("AzureDatabricks"), "createdOn": when,
                    "denyAssignmentName": title, "description": title,
                    "doNotApplyToChildScopes": False,
                    "excludePrincipals": [{"id": object_id(who), "type": "ServicePrincipal"}
                                          for who in excluded],
                    "isSystemProtected": True,
                    "permissions": [{"actions": ["*"], "condition": None, "conditionVersion": None,
                                     "dataActions": ["*"], "notActions": ["*/read"],
                                     "notDataActions": []}],
                    "principals": [{"id": "00000000-0000-0000-0000-000000000000",
                                    "type": "SystemDefined"}],
                    "scope": scope, "updatedBy": object_id("AzureDatabricks"), "updatedOn": when},
                "type": "Microsoft.Authorization/denyAssignments"}
    by_subscription("deny", subscription, {"value": [
        deny(title, scope_of(scope), excluded) for title, scope, excluded in DENY_ASSIGNMENTS
        if applies_to(subscription, scope_of(scope))]})


def schedule_instance(subscription, kind, principal, role, scope, start, end):
    """What eligible and active schedule instances share."""
    name = guid(kind, principal, role, scope)
    who = PRINCIPALS[principal]
    return name, {
        "condition": None, "conditionVersion": None, "createdOn": start, "endDateTime": end,
        "expandedProperties": {
            "principal": {"displayName": principal, "email": who.shown, "id": who.object_id,
                          "type": "User"},
            "roleDefinition": {"displayName": role, "id": role_definition_id(subscription, role),
                               "type": "BuiltInRole"},
            "scope": {"displayName": scope.split("/")[-1], "id": scope,
                      "type": "resourcegroup" if "/resourceGroups/" in scope else "subscription"}},
        "memberType": "Direct", "principalId": who.object_id, "principalType": "User",
        "roleDefinitionId": role_definition_id(subscription, role), "scope": scope,
        "startDateTime": start}


def eligible_assignments(subscription):
    def instance(principal, role, scope, start, end):
        name, properties = schedule_instance(subscription, "eligibility", principal, role, scope,
                                             start + "T08:00:00Z", end + "T08:00:00Z")
        properties["status"] = "Provisioned"
        properties["roleEligibilityScheduleId"] = (scope + AUTHORIZATION
                                                   + "roleEligibilitySchedules/" + name)
        return {"id": scope + AUTHORIZATION + "roleEligibilityScheduleInstances/" + name,
                "name": name, "properties": properties,
                "type": "Microsoft.Authorization/roleEligibilityScheduleInstances"}
    by_subscription("pim", subscription, {"value": [
        instance(who, role, scope_of(scope), start, end) for who, role, scope, start, end
        in ELIGIBLE if applies_to(subscription, scope_of(scope))]})


def active_assignments(subscription):
    """Given for a time: each is also a plain assignment, which the origin names."""
    def instance(principal, role, scope, more):
        start, end = (graph_time(instant(text)) for text in more["active"])
        name, properties = schedule_instance(subscription, "active", principal, role, scope,
                                             start, end)
        origin = assignment_name(principal, role, scope)
        properties.update({
            "assignmentType": "Assigned", "status": "Provisioned",
            "linkedRoleEligibilityScheduleId": None,
            "linkedRoleEligibilityScheduleInstanceId": None,
            "originRoleAssignmentId": scope + AUTHORIZATION + "roleAssignments/" + origin,
            "roleAssignmentScheduleId": scope + AUTHORIZATION + "roleAssignmentSchedules/" + name})
        return {"id": scope + AUTHORIZATION + "roleAssignmentScheduleInstances/" + name,
                "name": name, "properties": properties,
                "type": "Microsoft.Authorization/roleAssignmentScheduleInstances"}
    by_subscription("pim_active", subscription, {"value": [
        instance(who, role, scope, more) for who, role, scope, more in assignments()
        if "active" in more and applies_to(subscription, scope)]})


# ---- Graph ----

def short_user(name):
    given, surname = name.split(" ", 1)
    title = next(title for first, last, title in USERS if (first, last) == (given, surname))
    return {"businessPhones": [], "displayName": name, "givenName": given, "id": object_id(name),
            "jobTitle": title, "mail": None if name in GUESTS else user_principal_name(name),
            "mobilePhone": None, "officeLocation": None, "preferredLanguage": None,
            "surname": surname, "userPrincipalName": user_principal_name(name)}


def full_group(name):
    made = graph_time(moment("group " + name, "2026-01-05", "2026-06-30"))
    absent = ("classification deletedDateTime expirationDateTime mail membershipRule "
              "membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime "
              "onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier "
              "onPremisesSyncEnabled preferredDataLocation preferredLanguage theme "
              "visibility").split()
    return {**{key: None for key in absent}, "createdDateTime": made, "creationOptions": [],
            "description": GROUPS[name][0], "displayName": name, "groupTypes": [],
            "id": object_id(name), "isAssignableToRole": None, "mailEnabled": False,
            "mailNickname": name.replace("-", ""), "onPremisesProvisioningErrors": [],
            "proxyAddresses": [], "renewedDateTime": made, "resourceBehaviorOptions": [],
            "resourceProvisioningOptions": [], "securityEnabled": True,
            "securityIdentifier": "S-1-12-1-" + "-".join(str(number(name + part, 2 ** 32))
                                                         for part in "abcd")}


def service_principal(name):
    who = PRINCIPALS[name]
    managed = who.resource is not None
    names = [who.app_id]
    alternative = []
    if managed:
        names.append(f"https://identity.azure.net/{guid('identity url', name)}")
        alternative = [f"isExplicit={who.explicit}", lower_group(who.resource)]
    absent = ("appDescription applicationTemplateId deletedDateTime description "
              "disabledByMicrosoftStatus homepage loginUrl logoutUrl notes "
              "preferredSingleSignOnMode preferredTokenSigningKeyThumbprint "
              "samlSingleSignOnSettings tokenEncryptionKeyId").split()
    return {
        **{key: None for key in absent}, "accountEnabled": True, "addIns": [],
        "alternativeNames": alternative, "appDisplayName": None if managed else who.title,
        "appId": who.app_id,
        "appOwnerOrganizationId": None if managed else (
            MICROSOFT_TENANT if name in FIRST_PARTY else TENANT),
        "appRoleAssignmentRequired": False,
        "appRoles": graph_app_roles() if name == "Microsoft Graph" else [],
        "createdDateTime": graph_time(moment("sp " + name)), "displayName": who.title,
        "id": who.object_id,
        "info": {"logoUrl": None, "marketingUrl": None, "privacyStatementUrl": None,
                 "supportUrl": None, "termsOfServiceUrl": None},
        "keyCredentials": [], "notificationEmailAddresses": [], "oauth2PermissionScopes": [],
        "passwordCredentials": [], "replyUrls": [], "resourceSpecificApplicationPermissions": [],
        "servicePrincipalNames": names,
        "servicePrincipalType": "ManagedIdentity" if managed else "Application",
        "signInAudience": None if managed else "AzureADMyOrg", "tags": [],
        "verifiedPublisher": {"addedDateTime": None, "displayName": None,
                              "verifiedPublisherId": None}}


def graph_app_roles():
    """Of some hundred, the few that somebody here was given or could be."""
    return [{"allowedMemberTypes": ["Application"], "description": value, "displayName": value,
             "id": role, "isEnabled": True, "origin": "Application", "value": value}
            for value, role in GRAPH_APP_ROLES.items()]


def application(name):
    """`az ad app list`."""
    secret = {"customKeyIdentifier": None, "displayName": "pipeline",
              "endDateTime": "2027-05-01T00:00:00Z", "hint": "x9~", "keyId": guid("secret", name),
              "secretText": None, "startDateTime": "2026-05-01T00:00:00Z"}
    absent = ("applicationTemplateId certification defaultRedirectUri deletedDateTime description "
              "disabledByMicrosoftStatus groupMembershipClaims isDeviceOnlyAuthSupported "
              "isFallbackPublicClient notes optionalClaims samlMetadataUrl "
              "serviceManagementReference servicePrincipalLockConfiguration "
              "tokenEncryptionKeyId").split()
    return {
        **{key: None for key in absent}, "addIns": [],
        "api": {"acceptMappedClaims": None, "knownClientApplications": [],
                "oauth2PermissionScopes": [], "preAuthorizedApplications": [],
                "requestedAccessTokenVersion": None},
        "appId": PRINCIPALS[name].app_id, "appRoles": [],
        "createdDateTime": graph_time(moment("app " + name)), "displayName": name,
        "id": guid("application", name), "identifierUris": [],
        "info": {"logoUrl": None, "marketingUrl": None, "privacyStatementUrl": None,
                 "supportUrl": None, "termsOfServiceUrl": None},
        "keyCredentials": [],
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [secret] if name in ("sp-demand-feed", "sp-tf-mldev") else [],
        "publicClient": {"redirectUris": []}, "publisherDomain": DOMAIN,
        "requestSignatureVerification": None, "requiredResourceAccess": [],
        "signInAudience": "AzureADMyOrg", "spa": {"redirectUris": []}, "tags": [],
        "verifiedPublisher": {"addedDateTime": None, "displayName": None,
                              "verifiedPublisherId": None},
        "web": {"homePageUrl": None,
                "implicitGrantSettings": {"enableAccessTokenIssuance": False,
                                          "enableIdTokenIssuance": False},
                "logoutUrl": None, "redirectUriSettings": [], "redirectUris": []}}


def directory_object(name):
    """A member or owner with its @odata.type."""
    if name in GROUPS:
        return {"@odata.type": "#microsoft.graph.group", **full_group(name)}
    if PRINCIPALS[name].kind == "User":
        return {"@odata.type": "#microsoft.graph.user", **short_user(name)}
    return {"@odata.type": "#microsoft.graph.servicePrincipal", **service_principal(name)}


def directory():
    FILES["users.json"] = [short_user(f"{given} {surname}") for given, surname, _ in USERS]
    FILES["groups.json"] = [full_group(name) for name in GROUPS]
    FILES["sps.json"] = [service_principal(name) for name, who in PRINCIPALS.items() if who.app_id]
    FILES["apps.json"] = [application(name) for name in APPLICATIONS]
    for name, (_, members, owners) in GROUPS.items():
        FILES[f"members_{object_id(name)}.json"] = [directory_object(one) for one in members]
        FILES[f"group_owners_{object_id(name)}.json"] = [directory_object(one) for one in owners]
    graph = "https://graph.microsoft.com/v1.0/$metadata#"
    FILES["dirroles.json"] = {
        "@odata.context": graph + "roleManagement/directory/roleAssignments",
        "value": [{"directoryScopeId": "/", "id": guid("directory role", name, role),
                   "principalId": object_id(name), "roleDefinitionId": role}
                  for name, role in DIRECTORY_ROLES]}
    resource = object_id("Microsoft Graph")
    FILES["approles.json"] = {
        "@odata.context": f"{graph}servicePrincipals('{resource}')/appRoleAssignedTo",
        "value": [{"appRoleId": GRAPH_APP_ROLES[value],
                   "createdDateTime": graph_time(moment(name + value)), "deletedDateTime": None,
                   "id": guid("app role", name, value), "principalDisplayName": name,
                   "principalId": object_id(name), "principalType": "ServicePrincipal",
                   "resourceDisplayName": "Microsoft Graph", "resourceId": resource}
                  for name, value in APP_ROLE_ASSIGNMENTS]}


def federated_credentials():
    """Of identities as `az identity federated-credential list` prints them; of applications as
    Graph pages, whose context names the application."""
    for owner, name, issuer, subject in FEDERATION:
        issuer = issuer.replace("{guid:ado-organisation}", guid("ado organisation"))
        common = {"audiences": ["api://AzureADTokenExchange"], "issuer": issuer, "name": name,
                  "subject": subject}
        if PRINCIPALS[owner].explicit:
            FILES[f"fic_{owner}.json"] = [{
                **common, "resourceGroup": RESOURCE[owner][3],
                "id": f"{lower_group(resource_id(owner))}/federatedIdentityCredentials/{name}",
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities"
                        "/federatedIdentityCredentials"}]
        else:
            application_id = guid("application", owner)
            FILES[f"fic_app_{application_id}.json"] = {
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications"
                                  f"('{application_id}')/federatedIdentityCredentials",
                "value": [{**common, "description": None, "id": guid("fic", owner, name)}]}


# ======================================================================================
# Part 4: Azure Machine Learning, as ARM pages and as `az ml` entities
# ======================================================================================

CURATED = "azureml://registries/azureml/environments/sklearn-1.5/versions/24"


def authored(key, by):
    """systemData of an ARM child."""
    made, last = changed_child(key)
    return {"createdAt": rest_time(made, key), "createdBy": user_principal_name(by),
            "createdByType": "User", "lastModifiedAt": rest_time(last, key),
            "lastModifiedBy": user_principal_name(by), "lastModifiedByType": "User"}


def changed_child(key):
    day = key.rpartition("_")[2]
    if day.isdigit() and len(day) in (4, 8):  # jobs carry their day in the name
        started = (instant(f"2026-{day[-4:-2]}-{day[-2:]}")
                   + timedelta(minutes=7 * 60 + number(key, 600), seconds=number(key + "s", 60)))
        return started, started
    return (moment("made " + key, "2026-02-01", "2026-09-30"),
            moment("changed " + key, "2026-10-01", "2026-11-12"))


def arm_child(workspace, segment, name, properties, **more):
    return {"id": workspace_child(workspace, segment, name), "name": name.split("/")[-1],
            "type": f"{ML}/workspaces/{segment}", "properties": properties, **more}


class ArmWorkspace:
    """The pages that `az rest` prints for one workspace."""

    def __init__(self, name):
        self.name, self.story = name, WORKSPACES[name]
        self.by = self.story["by"]

    def write(self):
        page = self.page
        page("ws", [self.workspace()])
        page("computes", [self.cluster(*row) for row in self.story["clusters"]]
             + [self.instance(*row) for row in self.story["instances"]])
        page("endpoints", [self.online_endpoint(*row) for row in self.story["online"]])
        for name, _, deployments in self.story["online"]:
            page("deployments", [self.online_deployment(name, one) for one in deployments], name)
        page("batchendpoints", [self.batch_endpoint(*row) for row in self.story["batch"]])
        for row in self.story["batch"]:
            page("batchdeployments", [self.batch_deployment(*row)], row[0])
        page("jobs", [self.job(*row) for row in self.story["jobs"]])
        page("schedules", [self.schedule(*row) for row in self.story["schedules"]])
        page("datastores", [self.datastore(*row) for row in self.story["datastores"]])
        page("connections", [self.connection(*row) for row in self.story["connections"]])

    def page(self, stem, records, endpoint=None):
        name = self.name + (f"_{endpoint}" if endpoint else "")
        FILES[f"{stem}_{name}.json"] = {"value": records}

    def workspace(self):
        own, story = resource_id(self.name), self.story
        return {
            "id": own, "name": self.name, "type": f"{ML}/workspaces", "location": LOCATION,
            "tags": {}, "etag": None, "kind": "Default", "sku": {"name": "Basic", "tier": "Basic"},
            "identity": identity_block(self.name, RUNS_AS[self.name], cli=False),
            "properties": {
                "allowPublicAccessWhenBehindVnet": False, "allowRoleAssignmentOnRG": True,
                "applicationInsights": resource_id(story["insights"]).replace(
                    "/microsoft.insights/", "/Microsoft.insights/"),
                "containerRegistry": resource_id(story["registry"]),
                "creationTime": rest_time(changed(self.name)[0], self.name), "description": "",
                "discoveryUrl": f"https://{LOCATION}.api.azureml.ms/discovery",
                "enableDataIsolation": False, "friendlyName": self.name, "hbiWorkspace": False,
                "imageBuildCompute": None,
                "keyVault": resource_id(story["vault"]).replace("KeyVault", "Keyvault"),
                "managedNetwork": {"isolationMode": "Disabled"},
                "mlFlowTrackingUri": f"azureml://{LOCATION}.api.azureml.ms/mlflow/v1.0{own}",
                "notebookInfo": {"fqdn": f"ml-{self.name}-{LOCATION}.notebooks.azure.net",
                                 "isPrivateLinkEnabled": False, "notebookPreparationError": None,
                                 "resourceId": guid("notebook", self.name).replace("-", "")},
                "primaryUserAssignedIdentity": None, "privateLinkCount": 0,
                "provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
                "storageAccount": lower_group(resource_id(story["storage"])).replace(
                    "Microsoft.Storage/storageAccounts", "microsoft.storage/storageaccounts"),
                "storageHnsEnabled": False, "systemDatastoresAuthMode": story["auth_mode"],
                "tenantId": TENANT, "v1LegacyMode": False,
                "workspaceId": guid("workspace", self.name)},
            "systemData": system_data(self.name, self.by, rest_time)}

    def compute(self, name, kind, identities, properties, by):
        made, last = changed_child(name)
        block = identity_block(name, identities, cli=False)
        record = arm_child(self.name, "computes", name, {
            "computeLocation": LOCATION, "computeType": kind,
            "createdOn": rest_time(made, name), "description": None, "disableLocalAuth": True,
            "isAttachedCompute": False, "modifiedOn": rest_time(last, name),
            "properties": properties, "provisioningErrors": None,
            "provisioningState": "Succeeded", "provisioningWarnings": None, "resourceId": None},
            location=LOCATION, tags=None, systemData=authored(name, by))
        if block:
            record["identity"] = block
        return record

    def cluster(self, name, size, most, identities):
        counts = {f"{word}NodeCount": 0 for word in ("idle", "leaving", "preempted", "preparing",
                                                     "running", "unusable")}
        return self.compute(name, "AmlCompute", identities, {
            "allocationState": "Steady",
            "allocationStateTransitionTime": rest_time(changed_child(name)[1], name),
            "currentNodeCount": 0, "enableNodePublicIp": False, "errors": None,
            "isolatedNetwork": False, "nodeStateCounts": counts, "osType": "Linux",
            "remoteLoginPortPublicAccess": "Disabled",
            "scaleSettings": {"maxNodeCount": most, "minNodeCount": 0,
                              "nodeIdleTimeBeforeScaleDown": "PT2M"},
            "subnet": None, "targetNodeCount": 0, "virtualMachineImage": None,
            "vmPriority": "Dedicated", "vmSize": size}, self.by)

    def instance(self, name, more):
        owner, creator = more["owner"], more["owner"] if more.get("creator") else "Noor Haddad"
        personal = None if more.get("creator") else {
            "assignedUser": {"objectId": object_id(owner), "tenantId": TENANT}}
        return self.compute(name, "ComputeInstance", more["identities"], {
            "applicationSharingPolicy": more.get("sharing", "Personal"),
            "applications": [{"displayName": "Jupyter Lab",
                              "endpointUri": f"https://{name}.{LOCATION}.instances.azureml.ms"
                                             "/lab"}],
            "computeInstanceAuthorizationType": "personal",
            "connectivityEndpoints": {"privateIpAddress": "10.20.4." + str(4 + number(name, 200)),
                                      "publicIpAddress": None},
            "createdBy": {"userId": object_id(creator), "userName": creator,
                          "userOrgId": TENANT},
            "customServices": None, "enableNodePublicIp": False, "enableRootAccess": True,
            "enableSSO": more["sso"], "errors": [], "idleTimeBeforeShutdown": "PT60M",
            "lastOperation": {"operationName": "Start", "operationStatus": "Succeeded",
                              "operationTime": rest_time(changed_child(name)[1], name),
                              "operationTrigger": "User"},
            "osImageMetadata": {"currentImageVersion": "26.10.12", "isLatestOsImageVersion": True,
                                "latestImageVersion": "26.10.12"},
            "personalComputeInstanceSettings": personal, "schedules": {"computeStartStop": []},
            "setupScripts": None,
            "sshSettings": {"adminPublicKey": None, "adminUserName": "azureuser", "sshPort": 22,
                            "sshPublicAccess": "Disabled"},
            "state": "Running", "subnet": None, "vmSize": "STANDARD_DS12_V2"}, creator)

    def online_endpoint(self, name, identities, deployments):
        return arm_child(self.name, "onlineEndpoints", name, {
            "authMode": "AADToken" if self.story["auth_mode"] == "identity" else "Key",
            "compute": None, "description": None, "mirrorTraffic": {}, "properties": {},
            "provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
            "scoringUri": f"https://{name}.{LOCATION}.inference.ml.azure.com/score",
            "swaggerUri": f"https://{name}.{LOCATION}.inference.ml.azure.com/swagger.json",
            "traffic": {deployments[0]: 100}},
            identity=identity_block(name, identities, cli=False), kind="Managed",
            location=LOCATION, systemData=authored(name, self.by), tags={})

    def online_deployment(self, endpoint, name):
        team, key = self.story["team"], endpoint + "/" + name
        record = arm_child(self.name, "onlineEndpoints", f"{endpoint}/deployments/{name}", {
            "appInsightsEnabled": True,
            "codeConfiguration": {"codeId": self.code(key), "scoringScript": "score.py"},
            "description": None, "egressPublicNetworkAccess": "Enabled",
            "endpointComputeType": "Managed",
            "environmentId": workspace_child(self.name, "environments",
                                             f"{team}-serving/versions/9"),
            "environmentVariables": {"LOG_LEVEL": "info"}, "instanceType": "Standard_DS3_v2",
            "livenessProbe": None, "model": workspace_child(self.name, "models",
                                                            f"{team}-model/versions/31"),
            "modelMountPath": None, "properties": {}, "provisioningState": "Succeeded",
            "requestSettings": {"maxConcurrentRequestsPerInstance": 4, "maxQueueWait": "PT0.5S",
                                "requestTimeout": "PT5S"},
            "scaleSettings": {"scaleType": "Default"}},
            location=LOCATION, sku={"capacity": 2, "name": "Default"},
            systemData=authored(key, self.by), tags={})
        record["type"] = f"{ML}/workspaces/onlineEndpoints/deployments"
        return record

    def code(self, key):
        return workspace_child(self.name, "codes", guid("code", key) + "/versions/1")

    def batch_endpoint(self, name, deployment, _):
        return arm_child(self.name, "batchEndpoints", name, {
            "authMode": "AADToken", "defaults": {"deploymentName": deployment},
            "description": None, "properties": {}, "provisioningState": "Succeeded",
            "scoringUri": f"https://{name}.{LOCATION}.inference.ml.azure.com/jobs",
            "swaggerUri": None},
            location=LOCATION, systemData=authored(name, self.by), tags={})

    def batch_deployment(self, endpoint, name, compute):
        key = endpoint + "/" + name
        record = arm_child(self.name, "batchEndpoints", f"{endpoint}/deployments/{name}", {
            "codeConfiguration": {"codeId": self.code(key), "scoringScript": "batch.py"},
            "compute": self.compute_id(compute), "description": None,
            "environmentId": CURATED, "environmentVariables": {}, "errorThreshold": -1,
            "loggingLevel": "Info", "maxConcurrencyPerInstance": 2, "miniBatchSize": 10,
            "model": {"assetId": workspace_child(self.name, "models",
                                                 self.story["team"] + "-batch/versions/12"),
                      "referenceType": "Id"},
            "outputAction": "AppendRow", "properties": {}, "provisioningState": "Succeeded",
            "resources": {"instanceCount": 4}},
            location=LOCATION, systemData=authored(key, self.by), tags={})
        record["type"] = f"{ML}/workspaces/batchEndpoints/deployments"
        return record

    def compute_id(self, name):
        return lower_group(workspace_child(self.name, "computes", name))

    def job_identity(self, kind, identity):
        if kind is None:
            return None
        block = {"identityType": kind}
        if identity:
            who = PRINCIPALS[identity]
            block.update({"clientId": who.app_id, "objectId": who.object_id,
                          "resourceId": who.resource})
        return block

    def job(self, name, kind, compute, identity_kind, identity, by):
        properties = {
            "computeId": self.compute_id(compute), "description": None, "displayName": name,
            "experimentName": self.story["team"], "isArchived": False, "jobType": kind,
            "properties": {"_azureml.ComputeTargetType": "amlctrain"}, "services": {},
            "status": "Completed", "tags": {}, "componentId": None, "inputs": {}, "outputs": {}}
        runs_as = self.job_identity(identity_kind, identity)
        work = {"codeId": self.code(name), "command": f"python {self.story['team']}.py",
                "distribution": None, "environmentId": CURATED, "environmentVariables": {},
                "resources": {"instanceCount": 1, "instanceType": None, "properties": {}}}
        if kind == "Command":
            properties.update({**work, "identity": runs_as, "limits": None,
                               "parameters": {}})
        elif kind == "Sweep":
            properties.update({"identity": runs_as, "trial": work, "searchSpace": {},
                               "objective": {"goal": "Maximize", "primaryMetric": "auc"},
                               "samplingAlgorithm": {"samplingAlgorithmType": "Random"}})
        else:
            steps = {step: {"computeId": self.compute_id(compute), "identity": runs_as,
                            "componentId": workspace_child(
                                self.name, "components",
                                f"{self.story['team']}_{step}/versions/4"),
                            "name": step, "type": "command"} for step in ("prepare", "run")}
            properties.update({"identity": runs_as, "jobs": steps, "sourceJobId": None,
                               "settings": {"continue_on_step_failure": False,
                                            "default_compute": self.compute_id(compute)}})
        return arm_child(self.name, "jobs", name, properties, systemData=authored(name, by))

    def schedule(self, name, compute, identity, by, enabled):
        definition_ = {
            "computeId": self.compute_id(compute), "displayName": name,
            "experimentName": self.story["team"], "isArchived": False, "jobType": "Pipeline",
            "identity": self.job_identity("Managed" if identity else "AMLToken", identity),
            "jobs": {"run": {"componentId": workspace_child(
                self.name, "components", f"{self.story['team']}_run/versions/4"),
                "computeId": self.compute_id(compute), "name": "run", "type": "command"}},
            "settings": {"default_compute": self.compute_id(compute)}}
        return arm_child(self.name, "schedules", name, {
            "action": {"actionType": "CreateJob", "jobDefinition": definition_},
            "description": None, "displayName": name, "isEnabled": enabled, "properties": {},
            "provisioningState": "Succeeded", "tags": {},
            "trigger": {"endTime": None, "expression": "0 2 * * *",
                        "startTime": "2026-04-01T02:00:00", "timeZone": "UTC",
                        "triggerType": "Cron"}}, systemData=authored(name, by))

    def datastore(self, name, kind, account, container, credentials):
        place = "fileShareName" if kind == "AzureFile" else "containerName"
        return arm_child(self.name, "datastores", name, {
            "accountName": account, place: container,
            "credentials": {"credentialsType": credentials}, "datastoreType": kind,
            "description": None, "endpoint": "core.windows.net",
            "isDefault": name == "workspaceblobstore", "properties": None, "protocol": "https",
            "resourceGroup": RESOURCE[account][3],
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity"
            if credentials == "None" else "None",
            "subscriptionId": SUBSCRIPTION_ID[RESOURCE_GROUPS[RESOURCE[account][3]][0]],
            "tags": {}}, systemData=authored(self.name + name, self.by))

    def connection(self, name, category, auth, target):
        return arm_child(self.name, "connections", name, {
            "authType": auth, "category": category,
            "createdByWorkspaceArmId": resource_id(self.name), "credentials": None, "error": None,
            "expiryTime": None, "group": "AzureAI", "isSharedToAll": False, "metadata": {},
            "sharedUserList": [], "target": target, "useWorkspaceManagedIdentity": False},
            systemData=authored(self.name + name, self.by))


class CliWorkspace:
    """What `az ml ... list` prints for one workspace: snake_case, absent instead of null."""

    def __init__(self, name):
        self.name, self.story = name, WORKSPACES[name]
        self.group = RESOURCE[name][3]

    def write(self):
        story = self.story
        self.save("ws", [self.workspace()])
        self.save("computes", [self.cluster(*row) for row in story["clusters"]]
                  + [self.instance(*row) for row in story["instances"]])
        self.save("endpoints", [self.online_endpoint(*row) for row in story["online"]])
        for name, _, deployments in story["online"]:
            self.save("deployments", [self.online_deployment(name, one) for one in deployments],
                      name)
        self.save("batchendpoints", [self.batch_endpoint(*row) for row in story["batch"]])
        for row in story["batch"]:
            self.save("batchdeployments", [self.batch_deployment(*row)], row[0])
        self.save("jobs", [self.job(*row) for row in story["jobs"]])
        self.save("schedules", [self.schedule(*row) for row in story["schedules"]])
        self.save("datastores", [self.datastore(*row) for row in story["datastores"]])
        self.save("connections", [self.connection(*row) for row in story["connections"]])

    def save(self, stem, records, endpoint=None):
        name = self.name + (f"_{endpoint}" if endpoint else "")
        FILES[f"{stem}_{name}.json"] = records

    def entity(self, segment, name, **more):
        given = {key: value for key, value in more.items() if value is not None}
        return {"id": workspace_child(self.name, segment, name), "name": name.split("/")[-1],
                "resourceGroup": self.group, **given}

    def context(self, key, by):
        """creation_context; people appear with their display name."""
        made, last = changed_child(key)
        return {"created_at": cli_time(made, key), "created_by": by, "created_by_type": "User",
                "last_modified_at": cli_time(last, key), "last_modified_by": by,
                "last_modified_by_type": "User"}

    def identity(self, host, identities, as_list=False):
        if not identities:
            return None
        system = "system" in identities
        users = [name for name in identities if name != "system"]
        block = {"tenant_id": TENANT,
                 "type": ",".join(["system_assigned"] * system + ["user_assigned"] * bool(users))}
        if system:
            block["principal_id"] = object_id(host)
        facts = [(resource_id(name), {"client_id": PRINCIPALS[name].app_id,
                                      "principal_id": object_id(name)}) for name in users]
        if facts and as_list:
            block["user_assigned_identities"] = [{**ids, "resource_id": own} for own, ids in facts]
        elif facts:
            block["user_assigned_identities"] = dict(facts)
        return block

    def workspace(self):
        own, story = resource_id(self.name), self.story
        return {
            "allow_roleassignment_on_rg": False,
            "application_insights": resource_id(story["insights"]),
            "container_registry": resource_id(story["registry"]), "description": "",
            "discovery_url": f"https://{LOCATION}.api.azureml.ms/discovery",
            "display_name": self.name, "enable_data_isolation": False, "hbi_workspace": False,
            "id": own, "identity": self.identity(self.name, RUNS_AS[self.name]),
            "key_vault": resource_id(story["vault"]).replace("KeyVault", "Keyvault"),
            "location": LOCATION,
            "managed_network": {"isolation_mode": "disabled", "outbound_rules": []},
            "mlflow_tracking_uri": f"azureml://{LOCATION}.api.azureml.ms/mlflow/v1.0{own}",
            "name": self.name, "primary_user_assigned_identity": resource_id(story["primary"]),
            "public_network_access": "Enabled", "resourceGroup": self.group,
            "resource_group": self.group, "serverless_compute": {"no_public_ip": False},
            "storage_account": resource_id(story["storage"]),
            "system_datastores_auth_mode": story["auth_mode"], "tags": {}}

    def cluster(self, name, size, most, identities):
        return self.entity(
            "computes", name, created_on=cli_time(changed_child(name)[0], name),
            enable_node_public_ip=False, idle_time_before_scale_down=120,
            identity=self.identity(name, identities, as_list=name == "cpu-lowprio"),
            location=LOCATION, max_instances=most, min_instances=0, network_settings={},
            provisioning_state="Succeeded", size=size, ssh_public_access_enabled=False,
            tier="low_priority" if name == "cpu-lowprio" else "dedicated", type="amlcompute")

    def instance(self, name, more):
        owner = more["owner"]
        return self.entity(
            "computes", name, created_on=cli_time(changed_child(name)[0], name),
            create_on_behalf_of={"user_object_id": object_id(owner), "user_tenant_id": TENANT},
            enable_node_public_ip=False, enable_root_access=True, enable_sso=more["sso"],
            identity=self.identity(name, more["identities"]), idle_time_before_shutdown="PT60M",
            idle_time_before_shutdown_minutes=60,
            last_operation={"operation_name": "Start", "operation_status": "Succeeded",
                            "operation_time": cli_time(changed_child(name)[1], name),
                            "operation_trigger": "User"},
            location=LOCATION, network_settings={}, provisioning_state="Succeeded",
            services=[{"display_name": "Jupyter Lab", "endpoint_uri":
                       f"https://{name}.{LOCATION}.instances.azureml.ms/lab"}],
            size="STANDARD_DS12_V2", ssh_public_access_enabled=False, state="Running",
            type="computeinstance")

    def online_endpoint(self, name, identities, deployments):
        return self.entity(
            "onlineEndpoints", name, auth_mode="key", identity=self.identity(name, identities),
            kind="Managed", location=LOCATION, mirror_traffic={},
            openapi_uri=f"https://{name}.{LOCATION}.inference.ml.azure.com/swagger.json",
            properties={"azureml.onlineendpointid": workspace_child(
                self.name, "onlineEndpoints", name).lower()},
            provisioning_state="Succeeded", public_network_access="enabled",
            scoring_uri=f"https://{name}.{LOCATION}.inference.ml.azure.com/score", tags={},
            traffic={deployments[0]: 100})

    def online_deployment(self, endpoint, name):
        key = endpoint + "/" + name
        return self.entity(
            "onlineEndpoints", f"{endpoint}/deployments/{name}", app_insights_enabled=True,
            code_configuration={"code": self.code(key), "scoring_script": "score.py"},
            creation_context=self.context(key, self.story["by"]),
            egress_public_network_access="enabled", endpoint_name=endpoint,
            environment=self.asset("environments", "demand-serving", 3), environment_variables={},
            instance_count=1, instance_type="Standard_DS3_v2",
            model=self.asset("models", "demand-model", 17), properties={},
            provisioning_state="Succeeded",
            request_settings={"max_concurrent_requests_per_instance": 1,
                              "request_timeout_ms": 5000},
            scale_settings={"type": "default"}, tags={}, type="managed")

    def code(self, key):
        return "azureml:" + workspace_child(self.name, "codes", guid("code", key) + "/versions/1")

    def asset(self, kind, name, version):
        return "azureml:" + workspace_child(self.name, kind, f"{name}/versions/{version}")

    def batch_endpoint(self, name, deployment, _):
        return self.entity(
            "batchEndpoints", name, auth_mode="aad_token", defaults={"deployment_name": deployment},
            location=LOCATION, properties={}, provisioning_state="Succeeded",
            scoring_uri=f"https://{name}.{LOCATION}.inference.ml.azure.com/jobs", tags={})

    def batch_deployment(self, endpoint, name, compute):
        key = endpoint + "/" + name
        return self.entity(
            "batchEndpoints", f"{endpoint}/deployments/{name}",
            code_configuration={"code": self.code(key), "scoring_script": "batch.py"},
            compute=self.compute_id(compute),
            creation_context=self.context(key, self.story["by"]), endpoint_name=endpoint,
            environment=CURATED, environment_variables={}, error_threshold=-1, logging_level="info",
            max_concurrency_per_instance=2, mini_batch_size=10,
            model=self.asset("models", "demand-batch", 5), output_action="append_row",
            output_file_name="predictions.csv", properties={}, provisioning_state="Succeeded",
            resources={"instance_count": 2, "properties": {}}, tags={}, type="model")

    def compute_id(self, name):
        return "azureml:" + workspace_child(self.name, "computes", name)

    def managed(self, kind, identity):
        if kind is None:
            return None
        block = {"type": kind}
        if identity:
            who = PRINCIPALS[identity]
            block.update({"client_id": who.app_id, "object_id": who.object_id,
                          "msi_resource_id": who.resource})
        return block

    def job(self, name, kind, compute, identity_kind, identity, by):
        record = self.entity(
            "jobs", name, code=self.code(name), command="python demand.py",
            creation_context=self.context(name, by), display_name=name, environment=CURATED,
            environment_variables={}, experiment_name="demand",
            identity=self.managed(identity_kind, identity), inputs={}, outputs={}, parameters={},
            properties={"_azureml.ComputeTargetType": "amlctrain"},
            resources={"instance_count": 1}, services={}, status="Completed", tags={}, type=kind)
        if compute:
            record["compute"] = self.compute_id(compute)
        return record

    def schedule(self, name, compute, identity, by, enabled):
        return self.entity(
            "schedules", name,
            create_job={"compute": self.compute_id(compute), "experiment_name": "demand",
                        "identity": self.managed("managed", identity),
                        "jobs": {"run": {"component": self.asset("components", "demand_run", 2),
                                         "compute": self.compute_id(compute),
                                         "type": "command"}},
                        "settings": {"default_compute": self.compute_id(compute)},
                        "type": "pipeline"},
            creation_context=self.context(name, by), display_name=name, is_enabled=enabled,
            properties={}, provisioning_state="Succeeded", tags={},
            trigger={"expression": "0 3 * * *", "start_time": "2026-05-01T03:00:00",
                     "time_zone": "UTC", "type": "cron"})

    def datastore(self, name, kind, account, container, credentials):
        place = {"azure_file": "file_share_name", "azure_blob": "container_name",
                 "azure_data_lake_gen2": "filesystem"}[kind]
        block = {}  # `list` prints no secrets: of an account key nothing is left
        if credentials != "key":
            block = {"authority_url": "https://login.microsoftonline.com",
                     "client_id": PRINCIPALS[credentials].app_id,
                     "resource_url": "https://storage.azure.com/", "tenant_id": TENANT}
        return self.entity("datastores", name, account_name=account, credentials=block,
                           endpoint="core.windows.net", protocol="https", tags={}, type=kind,
                           **{place: container})

    def connection(self, name, category, auth, target):
        return self.entity("connections", name, credentials={"type": auth}, is_shared=False,
                           metadata={}, target=target, type=category)


def aml_registries(subscription):
    """The registry that all teams share, as an ARM page."""
    def registry(name):
        story = {"acr": "crmlrcontoso7c2e", "storage": "stmlrcontoso7c2e",
                 "group": "rg-mlr-contoso-managed"}
        return {
            "id": resource_id(name), "name": name, "type": f"{ML}/registries",
            "location": LOCATION, "tags": {}, "kind": None, "sku": None,
            "identity": identity_block(name, RUNS_AS[name], cli=False),
            "properties": {
                "discoveryUrl": f"https://{LOCATION}.api.azureml.ms/registrymanagement/v1.0"
                                f"/registries/{name}/discovery",
                "intellectualPropertyPublisher": None,
                "managedResourceGroup": {"resourceId": group_scope(story["group"])},
                "managedResourceGroupTags": {}, "mlFlowRegistryUri":
                    f"azureml://{LOCATION}.api.azureml.ms/mlflow/v1.0/registries/{name}",
                "publicNetworkAccess": "Enabled",
                "regionDetails": [{
                    "acrDetails": [{"systemCreatedAcrAccount": {
                        "acrAccountName": story["acr"], "acrAccountSku": "Premium",
                        "armResourceId": {"resourceId": resource_id(story["acr"])}}}],
                    "location": LOCATION,
                    "storageAccountDetails": [{"systemCreatedStorageAccount": {
                        "allowBlobPublicAccess": False,
                        "armResourceId": {"resourceId": resource_id(story["storage"])},
                        "storageAccountHnsEnabled": False,
                        "storageAccountName": story["storage"],
                        "storageAccountType": "Standard_LRS"}}]}],
                "registryPrivateEndpointConnections": []},
            "systemData": system_data(name, convert=rest_time)}
    by_subscription("aml_registries", subscription,
                    {"value": [registry(name) for name in in_subscription(subscription, "mlr")]})


# ======================================================================================
# Part 5: everything, in the order of the export commands
# ======================================================================================

def make_files():
    accounts()
    management_groups()
    for subscription in SUBSCRIPTIONS:
        for make in (role_assignments, role_definitions, resource_list, resource_groups,
                     managed_identities, key_vaults, storage_accounts, container_registries,
                     virtual_machines, locks, deny_assignments, eligible_assignments,
                     active_assignments, aml_registries):
            make(subscription)
    directory()
    federated_credentials()
    for name, story in WORKSPACES.items():
        (ArmWorkspace if story["shape"] == "arm" else CliWorkspace)(name).write()


def json_text(value):
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# ======================================================================================
# Part 6: the expected answers, by hand
# ======================================================================================
# Names stand for ids: a person, group or identity for its object id, everything else for its ARM
# id.  A list of answers means that each is right.  The README tells the reasoning per identity.

LISTKEYS = "Microsoft.Storage/storageAccounts/listKeys/action"
BLOB_READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
BLOB_WRITE = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
GET_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
JOBS = ML + "/workspaces/jobs/write"
DEPLOY = ML + "/workspaces/onlineEndpoints/deployments/write"
PULL = "Microsoft.ContainerRegistry/registries/pull/read"
FRAUD, CHURN, DEMAND = "mlw-fraud-prod", "mlw-churn-prod", "mlw-demand-dev"
AFTER_THE_WINDOW = "2026-11-20T12:00:00Z"

# who, action, scope, answer; data actions are the ones named above.
CAN = [
    # The model pupil holds two roles and no more.
    ("id-fraud-train", BLOB_READ, "stfraudprod", "certain"),
    ("id-fraud-train", BLOB_WRITE, "stfraudprod", "no"),
    ("id-fraud-train", PULL, "crfraudprod", "certain"),
    ("id-fraud-train", GET_SECRET, "kv-fraud-prod", "no"),
    ("id-fraud-train", ASSIGN, "sub-ml-prod", "no"),
    ("id-fraud-train", JOBS, FRAUD, "no"),
    # The forgotten assignment: may write role assignments in one subscription, and reads the rest.
    ("id-fraud-features", ASSIGN, "sub-ml-prod", "certain"),
    ("id-fraud-features", ASSIGN, "kv-ml-shared", "certain"),
    ("id-fraud-features", ASSIGN, "sub-data-prod", "no"),
    ("id-fraud-features", LISTKEYS, "stchurnprod", "no"),
    ("id-fraud-features", GET_SECRET, "kv-lake-keys", "no"),
    ("id-fraud-features", PULL, "crfraudprod", "certain"),  # scope exported as "resourcegroups"
    # Its bridge: control plane in the other subscription; the vault's policies name others.
    ("id-deploy-platform", "Microsoft.KeyVault/vaults/accessPolicies/write", "kv-lake-keys",
     "certain"),
    ("id-deploy-platform", GET_SECRET, "kv-lake-keys", "no"),
    ("id-deploy-platform", ASSIGN, "sub-data-prod", "no"),
    ("adf-lake-prod", GET_SECRET, "kv-lake-keys", "certain"),  # by access policy
    ("Ingrid Solberg", GET_SECRET, "kv-lake-keys", "certain"),  # by access policy of her group
    # The deny assignment: everybody may only read there, but for the two it excludes.
    ("id-deploy-platform", LISTKEYS, "dbstoragelakeprod9x", "no"),
    ("id-deploy-platform", "Microsoft.Storage/storageAccounts/read", "dbstoragelakeprod9x",
     "certain"),
    ("id-deploy-platform", LISTKEYS, "stlakeraw", "certain"),
    ("AzureDatabricks", LISTKEYS, "dbstoragelakeprod9x", "certain"),
    ("dbmanagedidentity", BLOB_WRITE, "dbstoragelakeprod9x", "certain"),
    ("grp-lake-engineers", BLOB_READ, "dbstoragelakeprod9x", "no"),
    # Contributor on a resource group.
    ("id-churn-train", LISTKEYS, "stchurnprod", "certain"),
    ("id-churn-train", ASSIGN, "rg-churn-prod", "no"),
    ("id-churn-train", JOBS, CHURN, "certain"),
    ("id-churn-train", JOBS, FRAUD, "no"),
    ("id-churn-train", BLOB_READ, "stcrmexports", "no"),
    # Nested groups: the identity is in batch identities, which are customer-data readers.
    ("id-ml-shared", BLOB_READ, "stcrmexports", "certain"),
    ("id-ml-shared", BLOB_READ, "stlakecurated", "certain"),
    ("id-ml-shared", BLOB_READ, "stdemanddev", "certain"),
    ("id-ml-shared", BLOB_READ, "stchurnprod", "certain"),
    ("id-ml-shared", BLOB_READ, "stfraudprod", "no"),
    ("Ravi Menon", PULL, "crmlshared", "certain"),
    # Delegation under a condition: without a role in the question it depends.
    ("id-demand-onboard", ASSIGN, "rg-demand-dev", "conditional"),
    ("id-demand-onboard", ASSIGN, "rg-experiments", "no"),
    # Releases of one endpoint.
    ("sp-fraud-release", DEPLOY, "mlw-fraud-prod/onlineEndpoints/ep-fraud-score", "certain"),
    ("sp-fraud-release", DEPLOY, FRAUD, "no"),
    ("sp-gh-mlops", DEPLOY, "mlw-churn-prod/onlineEndpoints/ep-churn-rt", "certain"),
    ("sp-gh-mlops", JOBS, CHURN, "no"),
    ("sp-gh-mlops", ML + "/workspaces/onlineEndpoints/delete", CHURN, "no"),  # notActions
    # People: eligible, active for a while, by the tenant root, and gone.
    ("Mira Okafor", LISTKEYS, "stcrmexports", "eligible"),
    ("Mira Okafor", ML + "/workspaces/computes/write", CHURN, "no"),
    ("Mira Okafor", ML + "/workspaces/computes/start/action", CHURN, "certain"),
    ("Mira Okafor", GET_SECRET, "kv-payments", "certain"),
    ("Tomas Reyes", ML + "/workspaces/computes/write", CHURN, "certain"),
    ("Greta Nilsson", ASSIGN, "sub-data-prod", "certain"),
    ("Chloe Martin", "Microsoft.Storage/storageAccounts/read", "stpayments", "certain"),
    ("Noor Haddad", "Microsoft.Compute/virtualMachines/runCommand/action", "vm-deploy-01",
     "certain"),
    (DELETED_USER, "Microsoft.Storage/storageAccounts/write", "rg-experiments", "no"),
    ("func-churn-trigger", JOBS, CHURN, "certain"),
    ("func-churn-trigger", ML + "/workspaces/metadata/secrets/read", CHURN, "no"),
]
DATA_ACTIONS = {BLOB_READ, BLOB_WRITE, GET_SECRET}
CAN_LATER = [("Tomas Reyes", ML + "/workspaces/computes/write", CHURN, "no")]

# start, principal, certainty
ACTS_AS = [
    ("mlw-fraud-prod/computes/cpu-train", "id-fraud-train", "certain"),
    ("mlw-fraud-prod/computes/cpu-train", "id-fraud-features", "no"),
    ("mlw-fraud-prod/computes/cpu-train", "mlw-fraud-prod", "no"),
    ("mlw-fraud-prod/computes/cpu-features", "id-fraud-features", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "id-deploy-platform", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "id-churn-train", "certain"),
    ("mlw-fraud-prod/computes/ci-fraud-ravi", "ci-fraud-ravi", "certain"),
    ("mlw-fraud-prod/computes/ci-fraud-ravi", "Ravi Menon", "no"),  # single sign-on is off
    ("mlw-fraud-prod/onlineEndpoints/ep-fraud-score/deployments/blue", "id-fraud-score",
     "certain"),
    ("mlw-fraud-prod/jobs/fraud_features_20261119", "id-fraud-features", "certain"),
    ("mlw-fraud-prod/schedules/nightly-feature-refresh", "id-fraud-features", "certain"),
    ("mlw-churn-prod/computes/gpu-train", "id-ml-shared", "certain"),
    ("mlw-demand-dev/computes/gpu-shared", "id-ml-shared", "certain"),
    ("mlw-demand-dev/computes/cpu-lowprio", "id-demand-batch", "certain"),
    ("mlw-churn-prod/computes/ci-mira", "ci-mira", "certain"),
    ("mlw-churn-prod/computes/ci-mira", "Mira Okafor", "certain"),
    ("mlw-churn-prod/computes/ci-mira", "Noor Haddad", "no"),  # created it on her behalf
    ("mlw-churn-prod/computes/ci-team", "Tomas Reyes", "certain"),
    ("mlw-demand-dev/computes/ci-jonas", "Jonas Weber", "certain"),
    ("mlw-churn-prod/jobs/churn_adhoc_20261119", "Tomas Reyes", ["certain", "assumed"]),
    ("mlw-churn-prod/jobs/churn_gpu_20261117", "id-ml-shared", "certain"),
    ("mlw-demand-dev/jobs/demand_serverless_1116", "id-demand-ws", "certain"),
    ("id-churn-train", "id-churn-score", "certain"),
    ("id-churn-train", "id-ml-shared", "certain"),
    ("id-churn-train", "func-churn-trigger", "certain"),
    ("id-churn-train", "Tomas Reyes", ["certain", "assumed"]),  # opens the shared instance
    ("id-churn-train", "Mira Okafor", "assumed"),  # she has to run something first
    ("id-churn-train", "id-fraud-features", "no"),
    ("mlw-churn-prod", "id-churn-train", "certain"),
    ("mlw-fraud-prod", "id-fraud-features", "no"),
    ("id-demand-ws", "id-ml-shared", "certain"),
    ("id-demand-ws", "sp-demand-feed", "certain"),
    ("id-demand-ws", "ep-demand-api", "certain"),
    ("Jonas Weber", "id-demand-ws", ["certain", "assumed"]),  # a serverless job
    ("sp-fraud-release", "id-fraud-score", "certain"),
    ("sp-fraud-release", "id-fraud-features", "no"),
    ("sp-gh-mlops", "id-churn-score", "certain"),
    ("sp-gh-mlops", "ep-demand-api", "certain"),
    ("id-ml-shared", "id-churn-train", "no"),
    ("id-fraud-score", "id-fraud-features", "no"),
]

# start, scope, capability, certainty; "no" only where no reach above the scope hides it.
REACH = [
    ("mlw-fraud-prod/computes/cpu-features", "sub-ml-prod", "assign-roles", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "sub-ml-prod", "manage", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "kv-fraud-prod", "read-secrets", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "id-deploy-platform", "manage-identities",
     "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "kv-payments", "manage", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "kv-lake-keys", "read-secrets", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "kv-lake-keys", "use-keys", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "stcrmexports", "read-data", "certain"),
    ("mlw-fraud-prod/computes/cpu-features", "sub-data-prod", "assign-roles", "no"),
    ("mlw-fraud-prod/computes/cpu-features", "sub-ml-dev", "manage", "no"),
    ("id-deploy-platform", "kv-lake-keys", "read-secrets", "certain"),
    ("id-deploy-platform", "sub-ml-prod", "manage", "no"),
    ("mlw-fraud-prod/computes/cpu-train", "stfraudprod", "read-data", "certain"),
    ("mlw-fraud-prod/computes/cpu-train", "stfraudprod", "write-data", "no"),
    ("mlw-fraud-prod/computes/cpu-train", "kv-lake-keys", "read-secrets", "no"),
    ("mlw-fraud-prod/computes/cpu-train", "sub-ml-prod", "assign-roles", "no"),
    ("gpu-finetune", "stlakecurated", "read-data", "certain"),
    ("gpu-finetune", "stlakecurated", "write-data", "no"),
    ("id-churn-train", "rg-churn-prod", "manage", "certain"),
    ("id-churn-train", "stchurnprod", "read-data", "certain"),  # allowSharedKeyAccess is null
    ("id-churn-train", "kv-churn-prod", "read-secrets", "certain"),  # writes itself a policy
    ("id-churn-train", "stcrmexports", "write-data", "certain"),  # the key in a datastore
    ("id-churn-train", "mlw-churn-prod/connections/llm-summaries", "read-credentials", "certain"),
    ("id-churn-train", "kv-crm", "read-secrets", "certain"),
    ("id-churn-train", "rg-churn-prod", "assign-roles", "no"),
    ("id-churn-train", "rg-fraud-prod", "manage", "no"),
    ("id-churn-train", "stfraudprod", "read-data", "no"),
    ("id-churn-train", "kv-payments", "read-secrets", ["no", "assumed"]),  # only through Mira
    ("mlw-demand-dev/computes/gpu-shared", "stchurnprod", "read-data", "certain"),
    ("mlw-demand-dev/computes/gpu-shared", "stcrmexports", "read-data", "certain"),
    ("mlw-demand-dev/computes/gpu-shared", "stcrmexports", "write-data", "no"),
    ("mlw-churn-prod/computes/gpu-train", "stdemanddev", "read-data", "certain"),
    ("mlw-demand-dev/computes/cpu-dev", "stdemandlanding", "read-data", "certain"),  # given
    ("mlw-demand-dev/computes/cpu-dev", "stdemandlanding", "write-data", "no"),
    ("mlw-demand-dev/computes/cpu-dev", "kv-demand-dev", "read-secrets", "no"),
    ("mlw-demand-dev/computes/cpu-dev", "rg-demand-dev", "manage", "no"),
    ("mlw-churn-prod/computes/ci-mira", "kv-payments", "read-secrets", "certain"),
    ("mlw-churn-prod/computes/ci-mira", "rg-crm-prod", "manage", "eligible"),
    ("mlw-churn-prod/computes/ci-mira", "kv-fraud-prod", "read-secrets", "no"),
    ("mlw-demand-dev/computes/ci-jonas", "rg-experiments", "manage", "certain"),
    ("mlw-demand-dev/computes/ci-jonas", "stlakeraw", "read-data", "certain"),  # datastore secret
    ("id-demand-ws", "stlakeraw", "read-data", "certain"),
    ("id-churn-score", "kv-crm", "read-secrets", "certain"),
    ("sp-gh-mlops", "kv-crm", "read-secrets", "certain"),
    ("sp-gh-mlops", "crmlshared", "push-images", "certain"),
    ("sp-tf-mldev", "sub-ml-dev", "assign-roles", "certain"),  # a condition that excludes nothing
    ("sp-fraud-release", "kv-fraud-prod", "read-secrets", "no"),
    (DELETED_USER, "rg-experiments", "manage", "no"),
]

# start, verdicts, containments (None: not claimed).
VERDICTS = [
    ("mlw-fraud-prod/computes/cpu-features", "takeover", "multi-subscription"),
    ("id-fraud-features", "takeover", "multi-subscription"),
    ("mlw-fraud-prod/computes/cpu-train", "contained", "workspace"),
    ("id-fraud-train", "contained", None),
    ("mlw-fraud-prod/onlineEndpoints/ep-fraud-score", "contained", "workspace"),
    ("id-fraud-score", "contained", None),
    ("mlw-fraud-prod/computes/ci-fraud-ravi", ["contained", "broad"], None),
    ("mlw-fraud-prod", ["contained", "broad"], None),
    ("mlw-fraud-prod/computes/gpu-finetune", "broad", "multi-subscription"),
    ("id-churn-train", "escalating", "multi-subscription"),
    ("mlw-churn-prod", "escalating", "multi-subscription"),
    ("id-churn-score", "broad", "multi-subscription"),
    ("mlw-churn-prod/computes/ci-mira", "escalating", "multi-subscription"),
    ("mlw-churn-prod/computes/ci-team", "escalating", "multi-subscription"),
    ("mlw-churn-prod/computes/gpu-train", "broad", "multi-subscription"),
    ("mlw-demand-dev/computes/gpu-shared", "broad", "multi-subscription"),
    ("id-ml-shared", "broad", "multi-subscription"),
    ("mlw-demand-dev/computes/cpu-dev", "escalating", "resource-group"),
    ("id-demand-ws", "escalating", "multi-subscription"),
    ("mlw-demand-dev/computes/ci-jonas", "escalating", "multi-subscription"),
    ("mlw-demand-dev/onlineEndpoints/ep-demand-api", "contained", "workspace"),
    ("ci-mira", "contained", None),  # the instance's identity alone, without Mira
    ("mlr-contoso", "contained", None),
]

# from, to, capability, certainty (None: no chain), most steps, techniques in it.
PATHS = [
    ("mlw-fraud-prod/computes/cpu-features", "kv-lake-keys", "read-secrets", "certain", 9,
     ["aml-identity-can-change-own-role"]),
    ("id-fraud-features", "id-deploy-platform", None, "certain", 6,
     ["aml-identity-can-change-own-role"]),
    ("id-deploy-platform", "kv-lake-keys", "read-secrets", "certain", 5, []),
    ("id-fraud-train", "kv-lake-keys", "read-secrets", None, None, []),
    ("id-churn-train", "kv-lake-keys", "read-secrets", None, None, []),
    ("mlw-demand-dev/computes/cpu-dev", "kv-demand-dev", "read-secrets", None, None, []),
    ("mlw-churn-prod/computes/ci-mira", "kv-payments", "read-secrets", "certain", 5, []),
    ("mlw-demand-dev/computes/gpu-shared", "stcrmexports", "read-data", "certain", 5, []),
    ("sp-gh-mlops", "kv-crm", "read-secrets", "certain", 5,
     ["aml-deployment-acts-as-endpoint-identity"]),
    ("id-demand-ws", "sp-demand-feed", None, "certain", 4, []),
    ("sp-fraud-release", "id-fraud-score", None, "certain", 4,
     ["aml-deployment-acts-as-endpoint-identity"]),
]

# target, capability, who must be listed, who must not.
WHO = [
    ("kv-lake-keys", "read-secrets", ["id-fraud-features", "id-deploy-platform", "adf-lake-prod"],
     ["id-fraud-train", "id-fraud-score", "id-churn-train", "id-ml-shared", "id-demand-ws"]),
    ("stcrmexports", "read-data", ["id-ml-shared", "id-churn-train", "id-crm-web",
                                   "id-demand-ws", "id-fraud-features"],
     ["id-fraud-train", "id-fraud-score", "id-demand-onboard"]),
    ("sub-ml-prod", "assign-roles", ["id-fraud-features"],
     ["id-fraud-train", "id-churn-train", "id-deploy-platform", "id-ml-shared"]),
]

GAPS = ["app-owners"]  # the one kind of record that this export lacks
# file, number of records, duplicates (None: not claimed); nothing is "not understood" anywhere.
LEDGER = [
    ("accounts.json", 3, 0),
    # What is above the subscriptions stands in each list; the first file in path order counts.
    ("ra_{sub-data-prod}.json", 53, 0), ("ra_{sub-ml-prod}.json", 78, 3),
    ("ra_{sub-ml-dev}.json", 45, 7),
    ("users.json", 13, None), ("groups.json", 13, None),
    ("mi_{sub-ml-prod}.json", 10, None), ("kv_{sub-data-prod}.json", 4, None),
    ("computes_mlw-fraud-prod.json", 4, 0), ("computes_mlw-demand-dev.json", 4, 0),
    ("deny_{sub-data-prod}.json", 1, 0), ("jobs_mlw-churn-prod.json", 3, 0),
    ("datastores_mlw-demand-dev.json", 3, 0),
]


def named(name):
    return object_id(name) if name in PRINCIPALS else scope_of(name)


def checks():
    for row in CAN + CAN_LATER:
        who, action, scope, answer = row
        check = {"check": "can", "who": named(who), "action": action, "scope": scope_of(scope),
                 "data": action in DATA_ACTIONS, "answer": answer}
        if row in CAN_LATER:
            check["as_of"] = AFTER_THE_WINDOW
        yield check
    for start, principal, certainty in ACTS_AS:
        yield {"check": "acts_as", "start": named(start), "principal": object_id(principal),
               "certainty": certainty}
    for start, scope, capability, certainty in REACH:
        yield {"check": "reach", "start": named(start), "scope": scope_of(scope),
               "capability": capability, "certainty": certainty}
    for start, verdict, containment in VERDICTS:
        yield {"check": "verdict", "start": named(start), "verdict": verdict}
        if containment:
            yield {"check": "containment", "start": named(start), "containment": containment}
    yield from path_checks()
    for target, capability, includes, excludes in WHO:
        yield {"check": "who", "target": scope_of(target), "capability": capability,
               "includes": [object_id(name) for name in includes],
               "excludes": [object_id(name) for name in excludes]}
    yield from input_checks()


def path_checks():
    for start, end, capability, certainty, most, techniques in PATHS:
        check = {"check": "path", "from": named(start), "found": certainty is not None,
                 "to": scope_of(end) if capability else object_id(end)}
        if capability:
            check["capability"] = capability
        if certainty:
            check.update({"certainty": certainty, "max_steps": most})
        if techniques:
            check["techniques_include"] = techniques
        yield check


def input_checks():
    for name in GAPS:
        yield {"check": "gap", "mentions": name}
    yield {"check": "ledger", "file": "*", "not_understood": 0}
    for name, records, duplicates in LEDGER:
        for subscription, own_id in SUBSCRIPTION_ID.items():
            name = name.replace("{" + subscription + "}", own_id)
        check = {"check": "ledger", "file": name, "records": records, "not_understood": 0}
        if duplicates is not None:
            check["duplicate"] = duplicates
        yield check


# ======================================================================================
# Part 7: does it hold together?  Reads the written files, uses nothing of parts 2 to 5.
# ======================================================================================

def load(directory):
    return {path.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(directory.glob("*.json"))}


def records_of(value):
    return value["value"] if isinstance(value, dict) and "value" in value else value


def every(value, key):
    """Every value of a key at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from every(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, key)


def check_joins(files):
    """What does not join, as sentences."""
    def all_of(stem):
        return [record for name, value in files.items() if name.startswith(stem)
                for record in records_of(value)]
    people = {one["id"] for stem in ("users", "groups", "sps") for one in all_of(stem)}
    roles = {one["name"] for one in all_of("rd_")}
    resources = {one["id"].lower() for one in all_of("res_")}
    deleted = {one["principalId"] for one in all_of("ra_") if one["principalType"] == "Unknown"}
    if len(deleted) != 1:
        yield f"{len(deleted)} principals of assignments are unknown, expected the one who left"
    for one in all_of("ra_"):
        if one["principalId"] not in people | deleted:
            yield f"assignment {one['id']}: principal {one['principalId']} is nowhere"
        if one["roleDefinitionId"].split("/")[-1] not in roles:
            yield f"assignment {one['id']}: role {one['roleDefinitionName']} is nowhere"
        if set(one) - {"resourceGroup"} != ASSIGNMENT_KEYS:
            yield f"assignment {one['id']}: keys differ from the Azure CLI's"
    identities = {one["id"].lower(): one for one in all_of("mi_")}
    clients = {one["id"]: one for one in all_of("sps")}
    for own_id, one in identities.items():
        sp = clients.get(one["principalId"])
        if own_id not in resources or not sp or sp["appId"] != one["clientId"]:
            yield f"identity {one['name']} differs between mi, res and sps"
    for name, value in files.items():
        for block in every(value, "userAssignedIdentities"):
            for own_id, ids in (block or {}).items():
                if identities[own_id.lower()]["principalId"] != ids["principalId"]:
                    yield f"{name}: {own_id} has another principalId in mi"
        for own_id in list(every(value, "principalId")) + list(every(value, "principal_id")):
            if own_id and own_id not in people | deleted:
                yield f"{name}: principal {own_id} is nowhere"
    newest = max(text[:19] for value in files.values() for key in CHANGE_DATES
                 for text in every(value, key) if text)
    if newest.replace("T", " ") != NEWEST:
        yield f"the newest change is {newest}, expected {NEWEST}"


ASSIGNMENT_KEYS = set("""canDelegate condition conditionVersion createdBy createdOn
    delegatedManagedIdentityResourceId description id name principalId principalName principalType
    roleDefinitionId roleDefinitionName scope type updatedBy updatedOn""".split())
CHANGE_DATES = """createdOn updatedOn createdDateTime lastModifiedAt createdAt changedTime
    createdTime created_at last_modified_at created_on modifiedOn updatedTime
    creationTime""".split()


def check_records(files):
    """The counts that the expectations claim."""
    for check in input_checks():
        if check["check"] == "ledger" and "records" in check:
            value = files.get(check["file"], [])
            found = len(records_of(value))
            if found != check["records"]:
                yield f"{check['file']} has {found} records, the expectations say " \
                      f"{check['records']}"


def count(files):
    def number_of(stem):
        return sum(len(records_of(value)) for name, value in files.items() if name.startswith(stem))
    unique = {one["id"] for name, value in files.items() if name.startswith("ra_") for one in value}
    return (f"{number_of('res_')} resources, {number_of('rg_')} resource groups, "
            f"{number_of('users')} users, {number_of('groups')} groups, {number_of('sps')} service "
            f"principals and managed identities, {len(unique)} role assignments, "
            f"{sum(1 for _ in checks())} checks, {len(files)} files")


def write_all():
    TENANT_DIR.mkdir(parents=True, exist_ok=True)
    for path in TENANT_DIR.iterdir():
        if path.name not in FILES and path.name not in KEPT_BY_HAND:
            path.unlink()
    for name, value in FILES.items():
        (TENANT_DIR / name).write_text(json_text(value), encoding="utf-8")
    EXPECT_FILE.write_text(json_text({"scenario": "contoso-ml", "checks": list(checks())}),
                           encoding="utf-8")


def differences():
    """Files that are not what this script would write."""
    wanted = {TENANT_DIR / name: json_text(value) for name, value in FILES.items()}
    wanted[EXPECT_FILE] = json_text({"scenario": "contoso-ml", "checks": list(checks())})
    found = {path for path in TENANT_DIR.iterdir() if path.name not in KEPT_BY_HAND}
    for path in sorted(found - set(wanted)):
        yield f"{path.name}: nobody writes it"
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{path.name}: differs"


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    make_files()
    problems = []
    if sys.argv[1:]:
        problems += differences()
    else:
        write_all()
    files = load(TENANT_DIR)
    problems += list(check_joins(files)) + list(check_records(files))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(count(files))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
