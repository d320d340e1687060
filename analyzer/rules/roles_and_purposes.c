#include "base/text.h"
#include "rules/loader.h"

#include <string.h>

/* ---- builtin-roles.json ---- */

static void read_block(void *context, Reader *reader, const JsonValue *entry)
{
    static const char *const keys[] = {
        "actions",   "notActions",       "dataActions", "notDataActions",
        "condition", "conditionVersion", NULL};
    RoleDefinition *role = context;
    PermissionBlock *block = &role->blocks[role->block_count++];
    if (!reader_object(reader, entry, keys))
        return;
    block->actions = reader_texts(reader, entry, "actions", false);
    block->not_actions = reader_texts(reader, entry, "notActions", false);
    block->data_actions = reader_texts(reader, entry, "dataActions", false);
    block->not_data_actions = reader_texts(reader, entry, "notDataActions", false);
    block->condition = reader_text(reader, entry, "condition", false);
}

static bool is_next_guid(const Rules *rules, const Guid *guid)
{
    if (rules->built_in_roles.count == 0)
        return true;
    Guid last = rules->built_in_roles.items[rules->built_in_roles.count - 1].guid;
    return memcmp(last.bytes, guid->bytes, sizeof last.bytes) < 0;
}

static void read_builtin_role(void *context, Reader *reader, const JsonValue *entry)
{
    Loader *loader = context;
    static const char *const keys[] = {"guid",       "name",   "permissions", "assignableScopes",
                                       "confidence", "seenIn", NULL};
    if (!reader_object(reader, entry, keys))
        return;
    RoleDefinition role = {.kind = ROLE_BUILT_IN, .record = NONE};
    role.name = reader_text(reader, entry, "name", true);
    const char *guid = reader_text(reader, entry, "guid", true);
    if (guid && !guid_parse(guid, &role.guid))
        reader_problem_at(reader, "guid", "expected a GUID, found \"%s\"", guid);
    role.blocks = arena_allocate(reader->arena, json_count(json_member(entry, "permissions")),
                                 sizeof *role.blocks);
    reader_each(reader, entry, "permissions", true, read_block, &role);
    if (!is_next_guid(loader->rules, &role.guid))
        reader_problem_at(reader, "guid", "expected GUIDs in ascending order, found \"%s\"",
                          guid ? guid : "");
    ARRAY_PUSH(&loader->rules->built_in_roles, role);
}

void read_builtin_roles(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema", "date", "sources", "note", "roles", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "builtin-roles");
    loader->rules->built_in_roles_date = read_date(reader, root, "date");
    (void)reader_texts(reader, root, "sources", true);
    reader_each(reader, root, "roles", true, read_builtin_role, loader);
}

/* ---- task-scopes.json ---- */

static const char *const need_words[] = {
#define NEED_AT(symbol, name, meaning) name,
#include "rules/vocabulary.def"
};

static void read_need(void *context, Reader *reader, const JsonValue *entry)
{
    static const char *const keys[] = {
        "at", "text", "actions", "dataActions", "accessPolicies", "optional", NULL};
    Purpose *purpose = context;
    NeededRow *row = &purpose->rows[purpose->row_count++];
    if (!reader_object(reader, entry, keys))
        return;
    uint32_t at = reader_word(reader, entry, "at", need_words, NEED_AT_COUNT, true);
    row->at = (NeedAt)(at < NEED_AT_COUNT ? at : 0);
    row->on = need_words[row->at];
    row->text = reader_text(reader, entry, "text", true);
    row->actions = reader_texts(reader, entry, "actions", false);
    row->data_actions = reader_texts(reader, entry, "dataActions", false);
    row->access_policies = reader_texts(reader, entry, "accessPolicies", false);
    row->optional = reader_flag(reader, entry, "optional", false);
    if (row->actions.count + row->data_actions.count + row->access_policies.count == 0)
        reader_problem(reader, "expected actions, dataActions or accessPolicies");
}

static void read_purpose(void *context, Reader *reader, const JsonValue *entry)
{
    Loader *loader = context;
    static const char *const keys[] = {"name",  "text",       "inferred_from", "needs",
                                       "notes", "confidence", "source",        NULL};
    if (!reader_object(reader, entry, keys))
        return;
    Purpose purpose = {.name = reader_text(reader, entry, "name", true),
                       .text = reader_text(reader, entry, "text", true),
                       .inferred_from = reader_texts(reader, entry, "inferred_from", false)};
    (void)reader_text(reader, entry, "source", true);
    (void)reader_text(reader, entry, "confidence", true);
    for (uint32_t i = 0; i < purpose.inferred_from.count; i++)
        if (!workload_kind(purpose.inferred_from.items[i]))
            reader_problem_at(reader, "inferred_from", "expected a kind of workload, found \"%s\"",
                              purpose.inferred_from.items[i]);
    purpose.rows = arena_allocate(reader->arena, json_count(json_member(entry, "needs")),
                                  sizeof *purpose.rows);
    reader_each(reader, entry, "needs", true, read_need, &purpose);
    if (purpose.name && rules_find_purpose(loader->rules, purpose.name))
        reader_problem_at(reader, "name", "%s is described twice", purpose.name);
    ARRAY_PUSH(&loader->rules->purposes, purpose);
}

void read_purposes(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema", "checked", "note", "purposes", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "task-scopes");
    (void)read_date(reader, root, "checked");
    reader_each(reader, root, "purposes", true, read_purpose, loader);
}
