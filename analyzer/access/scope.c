#include "access/scope.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- the text of an id ---- */

/* "/type/name" at `at`; false when the text ends before a name. */
typedef struct Pair {
    const char *key;
    size_t key_bytes;
    size_t end; /* offset past the name */
} Pair;

static bool read_pair(const char *id, size_t at, Pair *pair)
{
    if (id[at] != '/')
        return false;
    pair->key = id + at + 1;
    pair->key_bytes = strcspn(pair->key, "/");
    const char *name = pair->key + pair->key_bytes;
    if (*name != '/' || !name[1])
        return false;
    pair->end = (size_t)(name - id) + 1 + strcspn(name + 1, "/");
    return true;
}

static bool key_is(const Pair *pair, const char *word)
{
    return strlen(word) == pair->key_bytes && text_starts_with_any_case(pair->key, word);
}

static ScopeLevel level_of(const Pair *last, uint32_t depth, bool below_subscription,
                           size_t namespace_at, const char *id)
{
    if (below_subscription && depth == 1)
        return SCOPE_SUBSCRIPTION;
    if (below_subscription && depth == 2 && !namespace_at && key_is(last, "resourceGroups"))
        return SCOPE_RESOURCE_GROUP;
    if (depth == 1 && key_is(last, "managementGroups") &&
        text_starts_with_any_case(id + namespace_at, "Microsoft.Management/"))
        return SCOPE_MANAGEMENT_GROUP;
    return SCOPE_RESOURCE;
}

ScopeShape scope_shape(const char *id)
{
    ScopeShape shape = {.level = SCOPE_RESOURCE};
    if (text_equal(id, "/"))
        return (ScopeShape){.level = SCOPE_ROOT};
    size_t at = 0, complete = 0, before_last = 0, deepest = 0;
    bool below_subscription = false;
    Pair pair = {0}, last = {0};
    for (; read_pair(id, at, &pair); at = pair.end) {
        if (key_is(&pair, "providers")) {
            shape.namespace_at = at + 1 + pair.key_bytes + 1;
            continue;
        }
        if (!shape.depth++)
            below_subscription = at == 0 && key_is(&pair, "subscriptions");
        before_last = complete;
        complete = pair.end;
        last = pair;
        if (shape.depth == SCOPE_MAX_LEVELS)
            deepest = complete;
    }
    bool whole = shape.depth && !id[complete];
    if (whole)
        shape.level = level_of(&last, shape.depth, below_subscription, shape.namespace_at, id);
    else
        shape.namespace_at = 0;
    shape.parent_bytes = shape.depth > SCOPE_MAX_LEVELS ? deepest : whole ? before_last : complete;
    return shape;
}

bool scope_type_of_id(const char *id, char *type)
{
    ScopeShape shape = scope_shape(id);
    if (shape.level != SCOPE_RESOURCE || !shape.namespace_at)
        return false;
    size_t at = shape.namespace_at + strcspn(id + shape.namespace_at, "/");
    size_t length_bytes = at - shape.namespace_at;
    memcpy(type, id + shape.namespace_at, length_bytes);
    for (Pair pair; read_pair(id, at, &pair); at = pair.end) {
        type[length_bytes++] = '/';
        memcpy(type + length_bytes, pair.key, pair.key_bytes);
        length_bytes += pair.key_bytes;
    }
    type[length_bytes] = 0;
    return true;
}

bool scope_text_contains(const char *outer, const char *inner)
{
    if (text_equal(outer, "/"))
        return true;
    if (!text_starts_with_any_case(inner, outer))
        return false;
    char next = inner[strlen(outer)];
    return next == '/' || !next;
}

/* ---- the tree ---- */

void scope_tree_free(ScopeTree *tree)
{
    free(tree->scopes);
    free(tree->scope_of_id);
    ARRAY_FREE(&tree->assumed);
    *tree = (ScopeTree){0};
}

static bool is_below(const ScopeTree *tree, uint32_t outer, uint32_t inner)
{
    return inner >= outer && inner < tree->scopes[outer].end;
}

uint32_t scope_ancestor(const ScopeTree *tree, uint32_t scope, ScopeLevel level)
{
    const Scope *scopes = tree->scopes;
    if (level == SCOPE_SUBSCRIPTION)
        return scopes[scope].subscription;
    if (level == SCOPE_RESOURCE_GROUP)
        return scopes[scope].resource_group;
    while (scope != NONE && scopes[scope].level != level)
        scope = scopes[scope].parent;
    return scope;
}

/* The first pair that is not before (group, subscription). */
static uint32_t first_pair_from(const ScopeTree *tree, uint32_t group, uint32_t subscription)
{
    uint32_t low = 0, high = tree->assumed.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const AssumedParent *pair = &tree->assumed.items[middle];
        if (pair->group < group || (pair->group == group && pair->subscription < subscription))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t scope_assumed_of(const ScopeTree *tree, uint32_t group, uint32_t *end)
{
    *end = first_pair_from(tree, group + 1, 0);
    return first_pair_from(tree, group, 0);
}

static bool is_assumed_pair(const ScopeTree *tree, uint32_t group, uint32_t subscription)
{
    uint32_t at = first_pair_from(tree, group, subscription);
    return at < tree->assumed.count && tree->assumed.items[at].group == group &&
           tree->assumed.items[at].subscription == subscription;
}

/* Two groups of unknown place: either may be above the other, unless the tree says otherwise. */
static bool may_hold_group(const ScopeTree *tree, uint32_t outer, uint32_t inner_group)
{
    return inner_group != NONE && tree->scopes[outer].chain_unknown &&
           tree->scopes[inner_group].chain_unknown && !is_below(tree, inner_group, outer);
}

Certainty scope_contains(const ScopeTree *tree, uint32_t outer, uint32_t inner)
{
    if (is_below(tree, outer, inner))
        return CERTAIN;
    if (tree->scopes[outer].level != SCOPE_MANAGEMENT_GROUP)
        return NO;
    uint32_t subscription = tree->scopes[inner].subscription;
    bool assumed =
        subscription != NONE
            ? is_assumed_pair(tree, outer, subscription)
            : may_hold_group(tree, outer, scope_ancestor(tree, inner, SCOPE_MANAGEMENT_GROUP));
    return assumed ? ASSUMED : NO;
}

/* ---- ids that the tree may not have ---- */

static uint32_t scope_of_bytes(const ScopeTree *tree, const Snapshot *snapshot, const char *id,
                               size_t length_bytes)
{
    Id known = interner_find_bytes(&snapshot->ids, id, length_bytes);
    return known < tree->id_count ? tree->scope_of_id[known] : NONE;
}

/* Cuts `id` back to the nearest ancestor that its own text names and the tree has; `id` then ends
   there.  NONE, with the id cut to its outermost name, when the tree has none of them. */
static uint32_t cut_to_known(const ScopeTree *tree, const Snapshot *snapshot, char *id)
{
    for (;;) {
        uint32_t scope = scope_of_bytes(tree, snapshot, id, strlen(id));
        if (scope != NONE)
            return scope;
        size_t parent_bytes = scope_shape(id).parent_bytes;
        if (!parent_bytes)
            return NONE;
        id[parent_bytes] = 0;
    }
}

static char *normalised_copy(const char *id)
{
    size_t room = strlen(id) + 2;
    char *copy = memory_allocate(room, 1);
    scope_normalise(id, copy, room);
    return copy;
}

static bool hangs_below_tenant_root(ScopeLevel level)
{
    return level == SCOPE_SUBSCRIPTION || level == SCOPE_MANAGEMENT_GROUP;
}

ScopeTarget scope_target(const ScopeTree *tree, const Snapshot *snapshot, const char *id)
{
    char *text = normalised_copy(id);
    size_t whole_bytes = strlen(text);
    ScopeTarget target = {.scope = cut_to_known(tree, snapshot, text)};
    target.exact = target.scope != NONE && strlen(text) == whole_bytes;
    if (target.scope == NONE) {
        target.unplaced = hangs_below_tenant_root(scope_shape(text).level);
        target.scope = target.unplaced && tree->tenant_root != NONE ? tree->tenant_root : 0;
    }
    free(text);
    return target;
}

uint32_t scope_find(const ScopeTree *tree, const Snapshot *snapshot, const char *id, bool *exact)
{
    ScopeTarget target = scope_target(tree, snapshot, id);
    *exact = target.exact;
    return target.scope;
}

Certainty scope_contains_target(const ScopeTree *tree, uint32_t outer, const ScopeTarget *target)
{
    Certainty known = scope_contains(tree, outer, target->scope);
    if (known != NO || !target->unplaced)
        return known;
    const Scope *scope = &tree->scopes[outer];
    return scope->chain_unknown && scope->level == SCOPE_MANAGEMENT_GROUP ? ASSUMED : NO;
}
