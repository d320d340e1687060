#include "base/text.h"
#include "rules/rules.h"

#include <stddef.h>

typedef struct RelationEnds {
    const char *name;
    const char *from;
    const char *to;
} RelationEnds;

static const RelationEnds relations[] = {
#define RELATION(symbol, name, from, to, meaning) {name, from, to},
#include "rules/vocabulary.def"
};

const char *relation_name(RelationName relation)
{
    return relations[relation].name;
}

const char *relation_from_types(RelationName relation)
{
    return relations[relation].from;
}

const char *relation_to_types(RelationName relation)
{
    return relations[relation].to;
}

const WorkloadKind *workload_kind(const char *name)
{
    static const WorkloadKind kinds[] = {
#define WORKLOAD(symbol, name, type, property, value)                                              \
    {name, type, (property)[0] ? (property) : NULL, (value)[0] ? (value) : NULL},
#include "rules/vocabulary.def"
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_equal(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

const char *relation_words(RelationName relation)
{
    static const char *const words[RELATION_NAME_COUNT] = {
        [RELATION_CHILD_OF] = "is in",
        [RELATION_IN_WORKSPACE] = "is in",
        [RELATION_RUNS_AS] = "runs as",
        [RELATION_IDENTITY_OF] = "has the identity",
        [RELATION_RESOURCE_OF] = "is the identity",
        [RELATION_OWNER_OF] = "owns",
        [RELATION_APPLICATION_OWNER_OF] = "owns the application of",
        [RELATION_MEMBER_OF] = "is a member of",
        [RELATION_APPLICATION_OF] = "is the same application as",
        [RELATION_FEDERATES] = "signs in as",
        [RELATION_MATERIALIZATION_IDENTITY_OF] = "materializes features as",
        [RELATION_STORAGE_OF] = "keeps its data in",
        [RELATION_VAULT_OF] = "keeps its secrets in",
        [RELATION_REGISTRY_OF] = "keeps its images in",
        [RELATION_INSIGHTS_OF] = "logs to",
        [RELATION_HUB_OF] = "is a project of",
        [RELATION_IMAGE_BUILD_COMPUTE_OF] = "builds its images on",
        [RELATION_COMPUTE_OF] = "runs on",
        [RELATION_ENDPOINT_OF] = "serves",
        [RELATION_ATTACHED_RESOURCE_OF] = "is attached to",
        [RELATION_DATASTORE_STORAGE] = "points at",
        [RELATION_CONNECTION_TARGET] = "points at",
        [RELATION_CREDENTIAL_PRINCIPAL] = "stores the credential of",
        [RELATION_CODE_OF] = "runs the code",
        [RELATION_ENVIRONMENT_OF] = "runs in the environment",
        [RELATION_MODEL_OF] = "serves the model",
        [RELATION_COMPONENT_OF] = "runs the component",
        [RELATION_FOLLOWS_ENVIRONMENT] = "takes the newest environment of",
        [RELATION_FOLLOWS_MODEL] = "takes the newest model of",
        [RELATION_FOLLOWS_COMPONENT] = "takes the newest component of",
        [RELATION_STORED_IN] = "is stored in",
        [RELATION_STORED_IN_CONTAINER] = "is stored in",
        [RELATION_REGISTRY_ASSETS_OF] = "uses assets of",
        [RELATION_REUSED_BY] = "also serves",
        [RELATION_ACCOUNT_OF] = "belongs to",
        [RELATION_IMAGE_REGISTRY_OF] = "takes its image from",
        [RELATION_MANAGED_GROUP_OF] = "keeps its parts in",
        [RELATION_KUBELET_IDENTITY_OF] = "pulls its images as",
        [RELATION_TRUSTED_BY] = "is trusted by",
        [RELATION_ISSUER_OF] = "issues tokens that are trusted as",
        [RELATION_DISK_OF] = "has the disk",
        [RELATION_SNAPSHOT_SOURCE] = "is a snapshot of",
        [RELATION_IMAGE_OF] = "starts from an image of",
        [RELATION_BUILD_IDENTITY_OF] = "builds as",
        [RELATION_WORKER_MACHINE_OF] = "is the machine",
        [RELATION_USES_CONNECTION] = "uses",
        [RELATION_DELIVERS_TO] = "delivers to",
        [RELATION_PUBLISHING_POLICY_OF] = "has the publishing policy",
        [RELATION_INTEGRATION_RUNTIME_OF] = "has the integration runtime",
        [RELATION_LINKED_STORE] = "points at",
        [RELATION_ACCESS_CONNECTOR_OF] = "uses the access connector",
        [RELATION_ASSIGNED_TO] = "gives a role to",
        [RELATION_ASSIGNED_TO_WRITE] = "gives a role that writes to",
        [RELATION_DEFINITION_OF] = "is made from",
        [RELATION_ENCRYPTED_BY] = "is encrypted with a key of",
        [RELATION_NETWORK_INTERFACE_OF] = "has the network interface",
        [RELATION_SUBNET_OF] = "is in the subnet",
        [RELATION_PROTECTED_BY] = "is protected by",
        [RELATION_ROUTED_BY] = "is routed by",
        [RELATION_PEERS_WITH] = "peers with",
        [RELATION_PRIVATE_ENDPOINT_OF] = "leads to",
    };
    return words[relation] ? words[relation] : relation_name(relation);
}
