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
        [RELATION_RUNS_AS] = "runs as",
        [RELATION_IDENTITY_OF] = "has the identity",
        [RELATION_RESOURCE_OF] = "is the identity",
        [RELATION_OWNER_OF] = "owns",
        [RELATION_APPLICATION_OWNER_OF] = "owns the application of",
        [RELATION_MEMBER_OF] = "is a member of",
        [RELATION_STORAGE_OF] = "keeps its data in",
        [RELATION_VAULT_OF] = "keeps its secrets in",
        [RELATION_REGISTRY_OF] = "keeps its images in",
        [RELATION_COMPUTE_OF] = "runs on",
        [RELATION_ENDPOINT_OF] = "serves",
        [RELATION_DATASTORE_STORAGE] = "points at",
        [RELATION_CONNECTION_TARGET] = "points at",
        [RELATION_CREDENTIAL_PRINCIPAL] = "stores the credential of",
        [RELATION_ATTACHED_RESOURCE_OF] = "is attached to",
    };
    return words[relation] ? words[relation] : relation_name(relation);
}
