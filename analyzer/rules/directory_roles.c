#include "base/text.h"
#include "rules/loader.h"

#include <stdlib.h>
#include <string.h>

/* The roles of Microsoft Entra and the permissions of Microsoft Graph, and how rules name them. */

/* ---- directory-roles.json, app-roles.json ---- */

/* "62e90394-69f5-4237-9190-012177145e10", after `last`; or a problem. */
static const char *read_guid(Reader *reader, const JsonValue *entry, const char *last)
{
    Guid guid;
    char lower[GUID_TEXT_BYTES];
    const char *text = reader_text(reader, entry, "guid", true);
    if (!text)
        return "";
    if (!guid_parse(text, &guid)) {
        reader_problem_at(reader, "guid", "expected a GUID, found \"%s\"", text);
        return "";
    }
    guid_format(&guid, lower);
    if (last && strcmp(last, lower) >= 0)
        reader_problem_at(reader, "guid", "expected GUIDs in ascending order, found \"%s\"", text);
    return arena_copy_text(reader->arena, lower);
}

static const char *read_name(Reader *reader, const JsonValue *entry)
{
    const char *name = reader_text(reader, entry, "name", true);
    return name ? name : "";
}

static void read_directory_role(void *context, Reader *reader, const JsonValue *entry)
{
    static const char *const keys[] = {"guid", "name", "privileged", "tierZero", NULL};
    Rules *rules = ((Loader *)context)->rules;
    uint32_t count = rules->directory_roles.count;
    const char *last = count ? rules->directory_roles.items[count - 1].guid : NULL;
    if (!reader_object(reader, entry, keys))
        return;
    DirectoryRole role = {.guid = read_guid(reader, entry, last),
                          .name = read_name(reader, entry),
                          .privileged = reader_flag(reader, entry, "privileged", false),
                          .tier_zero = reader_flag(reader, entry, "tierZero", false)};
    ARRAY_PUSH(&rules->directory_roles, role);
}

static void read_app_role(void *context, Reader *reader, const JsonValue *entry)
{
    static const char *const keys[] = {"guid", "name", "tierZero", NULL};
    Rules *rules = ((Loader *)context)->rules;
    uint32_t count = rules->app_roles.count;
    const char *last = count ? rules->app_roles.items[count - 1].guid : NULL;
    if (!reader_object(reader, entry, keys))
        return;
    AppRole role = {.guid = read_guid(reader, entry, last),
                    .name = read_name(reader, entry),
                    .tier_zero = reader_flag(reader, entry, "tierZero", false)};
    ARRAY_PUSH(&rules->app_roles, role);
}

static void read_role_table(Loader *loader, Reader *reader, const JsonValue *root,
                            const char *schema, ElementReader *read)
{
    static const char *const keys[] = {"schema", "date", "sources", "note", "roles", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, schema);
    (void)read_date(reader, root, "date");
    (void)reader_texts(reader, root, "sources", true);
    reader_each(reader, root, "roles", true, read, loader);
}

void read_directory_roles(Loader *loader, Reader *reader, const JsonValue *root)
{
    read_role_table(loader, reader, root, "directory-roles", read_directory_role);
}

void read_app_roles(Loader *loader, Reader *reader, const JsonValue *root)
{
    read_role_table(loader, reader, root, "app-roles", read_app_role);
}

/* ---- finding them ---- */

static int directory_role_by_guid(const void *guid, const void *role)
{
    return text_compare_any_case(guid, ((const DirectoryRole *)role)->guid);
}

const DirectoryRole *rules_find_directory_role(const Rules *rules, const char *guid_or_name)
{
    if (!guid_or_name || !rules->directory_roles.count)
        return NULL;
    const DirectoryRole *roles = rules->directory_roles.items;
    const DirectoryRole *found = bsearch(guid_or_name, roles, rules->directory_roles.count,
                                         sizeof *roles, directory_role_by_guid);
    for (uint32_t i = 0; !found && i < rules->directory_roles.count; i++)
        if (text_equal_any_case(roles[i].name, guid_or_name))
            found = &roles[i];
    return found;
}

static int app_role_by_guid(const void *guid, const void *role)
{
    return text_compare_any_case(guid, ((const AppRole *)role)->guid);
}

const AppRole *rules_find_app_role(const Rules *rules, const char *guid_or_name)
{
    if (!guid_or_name || !rules->app_roles.count)
        return NULL;
    const AppRole *roles = rules->app_roles.items;
    const AppRole *found =
        bsearch(guid_or_name, roles, rules->app_roles.count, sizeof *roles, app_role_by_guid);
    for (uint32_t i = 0; !found && i < rules->app_roles.count; i++)
        if (text_equal_any_case(roles[i].name, guid_or_name))
            found = &roles[i];
    return found;
}

bool directory_action(const char *value)
{
    return text_starts_with_any_case(value, "microsoft.directory/");
}

bool role_lists_meet(const TextList *wanted, const TextList *given)
{
    if (!wanted->count || !given->count)
        return true;
    for (uint32_t i = 0; i < wanted->count; i++)
        if (text_list_has(given, wanted->items[i]))
            return true;
    return false;
}

/* ---- how rules name them ---- */

void name_directory_roles(Loader *loader, Reader *reader, const char *key, TextList *values)
{
    for (uint32_t i = 0; i < values->count; i++) {
        const char *value = values->items[i];
        const DirectoryRole *role = rules_find_directory_role(loader->rules, value);
        if (role)
            values->items[i] = role->guid;
        else if (!directory_action(value))
            reader_problem_at(reader, key,
                              "expected a role of directory-roles.json, by GUID or name, or an "
                              "action \"microsoft.directory/...\", found \"%s\"",
                              value);
    }
}

void name_app_roles(Loader *loader, Reader *reader, const char *key, TextList *values)
{
    for (uint32_t i = 0; i < values->count; i++) {
        const AppRole *role = rules_find_app_role(loader->rules, values->items[i]);
        if (role)
            values->items[i] = role->guid;
        else
            reader_problem_at(reader, key,
                              "expected a permission of app-roles.json, by GUID or name, found "
                              "\"%s\"",
                              values->items[i]);
    }
}
