#include "tenant.h"

/* Identifiers: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
#define ANY RESOURCE_KIND_COUNT
const Role built_in_roles[] = {
    [ROLE_BLOB_CONTRIBUTOR] = {"ba92f5b4-2d11-453d-a403-e96b0029c9fe",
                               "Storage Blob Data Contributor", 12, RESOURCE_STORAGE, false, false},
    [ROLE_REGISTRY_PULL] = {"7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", 6, RESOURCE_REGISTRY,
                            false, false},
    [ROLE_SECRETS_USER] = {"4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", 10,
                           RESOURCE_VAULT, false, false},
    [ROLE_DATA_SCIENTIST] = {"f6c7c914-8db3-469d-8ca1-694a8f32e121", "AzureML Data Scientist", 6,
                             RESOURCE_WORKSPACE, true, false},
    [ROLE_READER] = {"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", 20, ANY, false, false},
    [ROLE_CONTRIBUTOR] = {"b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", 12, ANY, true,
                          false},
    {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", 2, ANY, true, true},
    {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", 1, ANY, true, true},
    {"f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator", 2, ANY,
     true, true},
    {"e503ece1-11d0-4e8e-8e2c-7a6c3bf38815", "AzureML Compute Operator", 2, RESOURCE_WORKSPACE,
     true, false},
    {"2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader", 12, RESOURCE_STORAGE,
     false, false},
    {"17d1049b-9a84-46fb-8f53-869881c3d3ab", "Storage Account Contributor", 2, RESOURCE_STORAGE,
     true, false},
    {"00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", 2, RESOURCE_VAULT, true,
     false},
    {"8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", 2, RESOURCE_REGISTRY, true, false},
    {"f1a07417-d97a-45cb-824c-7a7467783830", "Managed Identity Operator", 2, RESOURCE_IDENTITY,
     true, false},
    {"9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Virtual Machine Contributor", 2, ANY, true, false},
    {"de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor", 2, ANY, true, false},
    {"3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher", 4, ANY, false, false},
    {"73c42c96-874c-492b-b04d-ab87d138a893", "Log Analytics Reader", 4, ANY, false, false},
    {"4d97b98b-1d4f-4787-a291-c67834d212e7", "Network Contributor", 2, ANY, true, false},
};
const uint32_t built_in_role_count = sizeof built_in_roles / sizeof *built_in_roles;
