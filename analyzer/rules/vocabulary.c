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
