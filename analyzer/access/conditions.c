#include "access/internal.h"

#include <string.h>

/* ---- what a scope tells about a request ---- */

#define ACCOUNT_NAME   "Microsoft.Storage/storageAccounts:name"
#define ACCOUNT_HNS    "Microsoft.Storage/storageAccounts:isHnsEnabled"
#define CONTAINER_NAME "Microsoft.Storage/storageAccounts/blobServices/containers:name"
#define QUEUE_NAME     "Microsoft.Storage/storageAccounts/queueServices/queues:name"

bool scope_tells(AttributeSource source, const char *name)
{
    return source == SOURCE_RESOURCE &&
           (text_equal_any_case(name, ACCOUNT_NAME) || text_equal_any_case(name, ACCOUNT_HNS) ||
            text_equal_any_case(name, CONTAINER_NAME) || text_equal_any_case(name, QUEUE_NAME));
}

static void know(ScopeAttributes *attributes, const char *name, const char *value)
{
    attributes->values[attributes->count] = value;
    attributes->bindings[attributes->count] =
        (AttributeBinding){.source = SOURCE_RESOURCE,
                           .state = ATTRIBUTE_KNOWN,
                           .name = name,
                           .values = &attributes->values[attributes->count],
                           .value_count = 1};
    attributes->count++;
}

/* Copies the segment that begins at `text`, and moves `text` past it. */
static const char *take_segment(const char **text, Arena *arena)
{
    size_t length_bytes = strcspn(*text, "/");
    const char *segment = arena_copy_bytes(arena, *text, length_bytes);
    *text += length_bytes;
    return segment;
}

/* "/blobServices/default/containers/c": the name behind service and kind, or NULL. */
static const char *child_name(const char *rest, const char *service, const char *kind, Arena *arena)
{
    if (!text_starts_with_any_case(rest, service))
        return NULL;
    rest += strlen(service);
    rest += strcspn(rest, "/");
    if (!text_starts_with_any_case(rest, kind))
        return NULL;
    rest += strlen(kind);
    return *rest && *rest != '/' ? take_segment(&rest, arena) : NULL;
}

void scope_attributes(const Access *access, const char *id, Arena *arena,
                      ScopeAttributes *attributes)
{
    static const char accounts[] = "/providers/Microsoft.Storage/storageAccounts/";
    attributes->count = 0;
    const char *found = text_find_any_case(id, accounts);
    if (!found)
        return;
    const char *rest = found + sizeof accounts - 1;
    const char *account = take_segment(&rest, arena);
    know(attributes, ACCOUNT_NAME, account);
    const char *account_id = arena_copy_bytes(arena, id, (size_t)(rest - id));
    uint32_t resource = snapshot_find_resource(access->snapshot, account_id);
    const char *hierarchical =
        resource == NONE
            ? NULL
            : resource_property(access->snapshot, &access->snapshot->resources.items[resource],
                                "isHnsEnabled", NULL);
    if (hierarchical)
        know(attributes, ACCOUNT_HNS, hierarchical);
    const char *container = child_name(rest, "/blobServices/", "/containers/", arena);
    if (container)
        know(attributes, CONTAINER_NAME, container);
    const char *queue = child_name(rest, "/queueServices/", "/queues/", arena);
    if (queue)
        know(attributes, QUEUE_NAME, queue);
}

bool scope_decides(const Access *access, uint32_t scope)
{
    static const char *const types[] = {"Microsoft.Storage/storageAccounts",
                                        "Microsoft.Storage/storageAccounts/blobServices/containers",
                                        "Microsoft.Storage/storageAccounts/queueServices/queues"};
    const Scope *place = &access->tree.scopes[scope];
    const char *type = place->type == NONE ? NULL : id_text(access->snapshot, place->type);
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (text_equal_any_case(type, types[i]))
            return true;
    return false;
}

/* ---- parsing once ---- */

static void note_scope_attribute(void *caller, AttributeSource source, const char *name)
{
    bool *uses_scope = caller;
    *uses_scope |= scope_tells(source, name);
}

static ParsedCondition *parse(Access *access, const char *text)
{
    const Condition *condition = NULL;
    Error ignored;
    bool parsed = condition_parse(&access->arena, text, &condition, &ignored);
    if (parsed && !condition)
        return NULL;
    ParsedCondition *result = arena_allocate(&access->arena, 1, sizeof *result);
    *result = (ParsedCondition){.text = text, .condition = condition, .broken = !parsed};
    if (!parsed)
        return result;
    condition_attributes(condition, note_scope_attribute, &result->uses_scope);
    result->targets = atom_set_new(access);
    for (uint32_t i = 0; i < access->atoms->atoms.count; i++)
        if (condition_targets(condition, access->atoms->atoms.items[i].action, access->reading))
            atom_set_add(result->targets, i);
    return result;
}

const ParsedCondition *condition_of_text(Access *access, Text text)
{
    const char *words = interned_text(&access->snapshot->texts, text);
    if (text_is_empty(words))
        return NULL;
    if (!access->condition)
        access->condition = memory_allocate(access->snapshot->texts.count, sizeof(void *));
    if (!access->condition[text])
        access->condition[text] = parse(access, words);
    return access->condition[text];
}

const ParsedCondition *condition_of_block(Access *access, const char *text)
{
    return text_is_empty(text) ? NULL : parse(access, text);
}

const ParsedCondition *assignment_condition(const Access *access, const RoleAssignment *assignment)
{
    return assignment->condition == NONE || !access->condition
               ? NULL
               : access->condition[assignment->condition];
}

Tri condition_holds(const ParsedCondition *condition, const ConditionContext *context)
{
    if (!condition)
        return TRI_TRUE;
    return condition->broken ? TRI_UNKNOWN : condition_evaluate(condition->condition, context);
}
