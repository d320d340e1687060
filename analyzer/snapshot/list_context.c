#include "snapshot/list_context.h"

#include "base/text.h"

#include <string.h>

#define ROW_COUNT(rows) (sizeof(rows) / sizeof *(rows))

enum { NAME_BYTES = 256, GUID_CHARS = GUID_TEXT_BYTES - 1 };

/* ---- by file name ---- */

/* First match wins, so the longer word stands before the shorter one that it contains. */
typedef struct NameHint {
    const char *part;  /* somewhere in the name, separators left out; or NULL */
    const char *token; /* a whole word between separators; or NULL */
    RecordKind kind;
} NameHint;

static const NameHint NAME_HINTS[] = {
    {"denyassignment", "deny", RECORD_DENY_ASSIGNMENT},
    {"approleassign", "approles", RECORD_APP_ROLE_ASSIGNMENT},
    {"roleeligib", NULL, RECORD_ELIGIBILITY},
    {"eligib", NULL, RECORD_ELIGIBILITY},
    {"roleassignmentschedule", NULL, RECORD_ACTIVE_SCHEDULE},
    {"pimactive", NULL, RECORD_ACTIVE_SCHEDULE},
    {NULL, "pim", RECORD_ELIGIBILITY},
    {"directoryrole", "dirroles", RECORD_DIRECTORY_ROLE},
    {"administrativeunit", "aus", RECORD_ADMINISTRATIVE_UNIT},
    {NULL, "au", RECORD_ADMINISTRATIVE_UNIT},
    {"entrarole", NULL, RECORD_DIRECTORY_ROLE},
    {"policyassignment", NULL, RECORD_OTHER},
    {"policydefinition", NULL, RECORD_OTHER},
    {"roledefinition", "rd", RECORD_ROLE_DEFINITION},
    {"customrole", "definitions", RECORD_ROLE_DEFINITION},
    {"roleassignment", "ra", RECORD_ROLE_ASSIGNMENT},
    {NULL, "assignments", RECORD_ROLE_ASSIGNMENT},
    {"managementgroup", "mg", RECORD_MANAGEMENT_GROUP},
    {"mgtree", "mgs", RECORD_MANAGEMENT_GROUP},
    {"resourcegroup", "rg", RECORD_RESOURCE_GROUP},
    {"storageaccount", "st", RECORD_STORAGE_ACCOUNT},
    {"subscription", "accounts", RECORD_SUBSCRIPTION},
    {"keyvault", "kv", RECORD_KEY_VAULT},
    {"containerregistr", "acr", RECORD_CONTAINER_REGISTRY},
    {"virtualmachine", "vm", RECORD_VIRTUAL_MACHINE},
    {"federated", "fic", RECORD_FEDERATED_CREDENTIAL},
    {"managedidentit", "uai", RECORD_MANAGED_IDENTITY},
    {"userassigned", "mi", RECORD_MANAGED_IDENTITY},
    {NULL, "identities", RECORD_MANAGED_IDENTITY},
    {NULL, "msi", RECORD_MANAGED_IDENTITY},
    {"oauth2", NULL, RECORD_OAUTH2_GRANT},
    {"permissiongrants", NULL, RECORD_OAUTH2_GRANT},
    {"groupowner", NULL, RECORD_GROUP_OWNER},
    {"groupsowner", NULL, RECORD_GROUP_OWNER},
    {"appowner", NULL, RECORD_APP_OWNER},
    {"appsowner", NULL, RECORD_APP_OWNER},
    {"applicationowner", NULL, RECORD_APP_OWNER},
    {"applicationsowner", NULL, RECORD_APP_OWNER},
    {"spowner", NULL, RECORD_APP_OWNER},
    {"serviceprincipalowner", NULL, RECORD_APP_OWNER},
    {"groupmember", NULL, RECORD_GROUP_MEMBER},
    {"groupsmember", NULL, RECORD_GROUP_MEMBER},
    {NULL, "members", RECORD_GROUP_MEMBER},
    {"amlworkspace", NULL, RECORD_AML_WORKSPACE},
    {"machinelearningworkspace", NULL, RECORD_AML_WORKSPACE},
    {NULL, "workspaces", RECORD_AML_WORKSPACE},
    {NULL, "ws", RECORD_AML_WORKSPACE},
    {"amlcompute", "computes", RECORD_AML_COMPUTE},
    {NULL, "compute", RECORD_AML_COMPUTE},
    {"onlinedeployment", "deployments", RECORD_AML_DEPLOYMENT},
    {"batchdeployment", NULL, RECORD_AML_DEPLOYMENT},
    {"onlineendpoint", "endpoints", RECORD_AML_ENDPOINT},
    {"batchendpoint", NULL, RECORD_AML_ENDPOINT},
    {NULL, "jobs", RECORD_AML_JOB},
    {NULL, "schedules", RECORD_AML_SCHEDULE},
    {"datastore", NULL, RECORD_AML_DATASTORE},
    {NULL, "connections", RECORD_AML_CONNECTION},
    {"amlregistr", NULL, RECORD_AML_REGISTRY},
    {"serviceprincipal", "sps", RECORD_SERVICE_PRINCIPAL},
    {NULL, "applications", RECORD_APPLICATION},
    {NULL, "apps", RECORD_APPLICATION},
    {NULL, "groups", RECORD_GROUP},
    {NULL, "users", RECORD_USER},
    {NULL, "locks", RECORD_LOCK},
    {NULL, "resources", RECORD_RESOURCE},
    {NULL, "res", RECORD_RESOURCE},
};

/* One name of a path in lower case, once with single blanks between its words, once without. */
typedef struct FileName {
    char words[NAME_BYTES];  /* " role assignments " */
    char joined[NAME_BYTES]; /* "roleassignments" */
} FileName;

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static FileName split_name(const char *text, const char *end)
{
    FileName name = {.words = " "};
    size_t words = 1;
    size_t joined = 0;
    for (; text < end && words + 3 < NAME_BYTES; text++) {
        char c = text_lower_char(*text);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            name.words[words++] = c;
            name.joined[joined++] = c;
        } else if (name.words[words - 1] != ' ') {
            name.words[words++] = ' ';
        }
    }
    if (name.words[words - 1] != ' ')
        name.words[words++] = ' ';
    return name;
}

static FileName split_file_name(const char *path)
{
    const char *name = last_name(path);
    return split_name(name, name + strlen(name));
}

/* The directory that holds the file: "group-members/<guid>.json". */
static FileName split_directory_name(const char *path)
{
    const char *end = last_name(path);
    if (end > path)
        end--;
    const char *start = end;
    while (start > path && start[-1] != '/')
        start--;
    return split_name(start, end);
}

static bool has_word(const FileName *name, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = name->words; (at = strstr(at, word)); at++)
        if (at > name->words && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static const NameHint *find_hint(const FileName *name)
{
    for (size_t i = 0; i < ROW_COUNT(NAME_HINTS); i++) {
        const NameHint *hint = &NAME_HINTS[i];
        if ((hint->part && strstr(name->joined, hint->part)) ||
            (hint->token && has_word(name, hint->token)))
            return hint;
    }
    return NULL;
}

/* RECORD_KIND_COUNT when the name says nothing; "kv_sub1.json" is RECORD_KEY_VAULT. */
static RecordKind kind_of_file_name(const char *path)
{
    FileName name = split_file_name(path);
    FileName directory = split_directory_name(path);
    const NameHint *hint = find_hint(&name);
    if (!hint)
        hint = find_hint(&directory);
    return hint && hint->kind != RECORD_OTHER ? hint->kind : RECORD_KIND_COUNT;
}

/* The last GUID in the file's name: the group of "members_<guid>.json". */
static const char *guid_in_name(Arena *arena, const char *path)
{
    const char *name = last_name(path);
    const char *found = NULL;
    Guid guid;
    size_t length = strlen(name);
    for (size_t i = 0; i + GUID_CHARS <= length; i++) {
        char text[GUID_TEXT_BYTES] = "";
        memcpy(text, name + i, GUID_CHARS);
        if (text[8] == '-' && text[23] == '-' && guid_parse(text, &guid) && !guid_is_zero(&guid)) {
            found = arena_copy_text(arena, text);
            i += GUID_CHARS - 1;
        }
    }
    return found;
}

static ObjectKind owner_kind_of_name(const FileName *name)
{
    if (strstr(name->joined, "serviceprincipal") || has_word(name, "sp") || has_word(name, "sps"))
        return OBJECT_SERVICE_PRINCIPAL;
    if (strstr(name->joined, "directoryrole"))
        return OBJECT_DIRECTORY_ROLE;
    if (strstr(name->joined, "administrativeunit") || has_word(name, "au") || has_word(name, "aus"))
        return OBJECT_ADMINISTRATIVE_UNIT;
    if (strstr(name->joined, "application") || strstr(name->joined, "appowner") ||
        has_word(name, "app") || has_word(name, "apps"))
        return OBJECT_APPLICATION;
    return strstr(name->joined, "group") ? OBJECT_GROUP : OBJECT_UNKNOWN;
}

/* ---- by manifest and by name ---- */

static void relation_of_kind(ListContext *context, RecordKind kind)
{
    context->relation =
        kind == RECORD_GROUP_MEMBER || kind == RECORD_GROUP_OWNER || kind == RECORD_APP_OWNER;
    context->owner.relation = kind == RECORD_GROUP_MEMBER ? RELATION_MEMBER : RELATION_OWNER;
    context->owner.kind = kind == RECORD_APP_OWNER ? OBJECT_UNKNOWN : OBJECT_GROUP;
}

/* "administrative-units" with the unit's id is its member list. */
static void relation_of_unit(ListContext *context, const ManifestEntry *entry)
{
    if (entry->kind != RECORD_ADMINISTRATIVE_UNIT || !entry->of)
        return;
    context->relation = true;
    context->owner.relation = RELATION_MEMBER;
    context->owner.kind = OBJECT_ADMINISTRATIVE_UNIT;
}

ListContext list_context_of_file(Arena *arena, const char *path, const ManifestEntry *entry)
{
    ListContext context = {.kind = kind_of_file_name(path), .also_kind = RECORD_KIND_COUNT};
    if (entry) {
        context.kind = entry->kind;
        context.of = entry->of;
        relation_of_kind(&context, entry->kind);
        relation_of_unit(&context, entry);
        context.entities = !context.relation;
        context.owner.object_id = entry->of;
        return context;
    }
    FileName name = split_file_name(path);
    bool owners = strstr(name.joined, "owner") != NULL;
    bool members = strstr(name.joined, "member") != NULL;
    context.plain_objects = strstr(name.joined, "getbyids") != NULL;
    context.eligible = strstr(name.joined, "eligib") != NULL;
    if (!owners && !members) {
        name = split_directory_name(path);
        owners = strstr(name.joined, "owner") != NULL;
        members = strstr(name.joined, "member") != NULL;
    }
    context.relation = owners || members;
    context.owner.relation = owners ? RELATION_OWNER : RELATION_MEMBER;
    context.owner.kind = owner_kind_of_name(&name);
    if (members && context.owner.kind == OBJECT_UNKNOWN)
        context.owner.kind = OBJECT_GROUP;
    context.owner.object_id = guid_in_name(arena, path);
    return context;
}

/* ---- by @odata.context or a link ---- */

typedef struct Collection {
    const char *name; /* as Microsoft Graph spells it */
    RecordKind kind;
    ObjectKind element;
} Collection;

static const Collection COLLECTIONS[] = {
    {"users", RECORD_USER, OBJECT_USER},
    {"groups", RECORD_GROUP, OBJECT_GROUP},
    {"servicePrincipals", RECORD_SERVICE_PRINCIPAL, OBJECT_SERVICE_PRINCIPAL},
    {"applications", RECORD_APPLICATION, OBJECT_APPLICATION},
    {"directoryRoles", RECORD_DIRECTORY_ROLE, OBJECT_DIRECTORY_ROLE},
    {"administrativeUnits", RECORD_ADMINISTRATIVE_UNIT, OBJECT_ADMINISTRATIVE_UNIT},
    {"directory/administrativeUnits", RECORD_ADMINISTRATIVE_UNIT, OBJECT_ADMINISTRATIVE_UNIT},
    {"roleManagement/directory/roleDefinitions", RECORD_DIRECTORY_ROLE, OBJECT_DIRECTORY_ROLE},
    {"roleManagement/directory/roleAssignments", RECORD_DIRECTORY_ROLE, OBJECT_UNKNOWN},
    {"roleManagement/directory/roleAssignmentScheduleInstances", RECORD_DIRECTORY_ROLE,
     OBJECT_UNKNOWN},
    {"roleManagement/directory/roleEligibilityScheduleInstances", RECORD_DIRECTORY_ROLE,
     OBJECT_UNKNOWN},
    {"appRoleAssignments", RECORD_APP_ROLE_ASSIGNMENT, OBJECT_UNKNOWN},
    {"oauth2PermissionGrants", RECORD_OAUTH2_GRANT, OBJECT_UNKNOWN},
};

/* What the last part of ".../<id>/<part>" makes of the list. */
static const Collection PARTS[] = {
    {"members", RECORD_GROUP_MEMBER, OBJECT_UNKNOWN},
    {"owners", RECORD_GROUP_OWNER, OBJECT_UNKNOWN},
    {"scopedRoleMembers", RECORD_DIRECTORY_ROLE, OBJECT_UNKNOWN},
    {"appRoleAssignments", RECORD_APP_ROLE_ASSIGNMENT, OBJECT_UNKNOWN},
    {"appRoleAssignedTo", RECORD_APP_ROLE_ASSIGNMENT, OBJECT_UNKNOWN},
    {"federatedIdentityCredentials", RECORD_FEDERATED_CREDENTIAL, OBJECT_UNKNOWN},
    {"oauth2PermissionGrants", RECORD_OAUTH2_GRANT, OBJECT_UNKNOWN},
};

static bool is_name_end(char c)
{
    return !c || c == '/' || c == '(' || c == '?' || c == '$';
}

static const Collection *find_collection(const Collection *rows, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (text_starts_with_any_case(text, rows[i].name) &&
            is_name_end(text[strlen(rows[i].name)]))
            return &rows[i];
    return NULL;
}

/* The id in "groups('<id>')/members", "groups(<id>)/members", "groups/<id>/members"; moves `at`
   behind it.  NULL when there is none ("groups(members())"). */
static const char *collection_id(Arena *arena, const char **at)
{
    const char *text = *at;
    bool bracket = *text == '(';
    if (!bracket && *text != '/')
        return NULL;
    text++;
    if (bracket && text_starts_with_any_case(text, "appId="))
        text += strlen("appId=");
    bool quoted = *text == '\'';
    text += quoted;
    size_t length = strcspn(text, quoted ? "'" : bracket ? ")" : "/?");
    if (!quoted && length != GUID_CHARS)
        return NULL;
    const char *id = arena_copy_bytes(arena, text, length);
    text += length;
    text += quoted && *text == '\'';
    text += bracket && *text == ')';
    *at = text;
    return id;
}

static void add_part(ListContext *context, const Collection *collection, const char *id,
                     const char *part)
{
    const Collection *row = find_collection(PARTS, ROW_COUNT(PARTS), part);
    if (!row)
        return;
    context->kind = row->kind;
    context->entities = false;
    context->owner.kind = collection->element;
    context->owner.object_id = id;
    if (row->kind == RECORD_GROUP_MEMBER || row->kind == RECORD_GROUP_OWNER) {
        context->relation = true;
        context->owner.relation =
            row->kind == RECORD_GROUP_MEMBER ? RELATION_MEMBER : RELATION_OWNER;
        if (row->kind == RECORD_GROUP_OWNER && collection->element != OBJECT_GROUP)
            context->kind = RECORD_APP_OWNER;
        if (collection->element == OBJECT_DIRECTORY_ROLE)
            context->kind = RECORD_DIRECTORY_ROLE;
        if (collection->element == OBJECT_ADMINISTRATIVE_UNIT)
            context->kind = RECORD_ADMINISTRATIVE_UNIT;
    }
}

/* `text` begins with the collection: "groups(members())", "groups('<id>')/owners", "users". */
static void add_collection(Arena *arena, ListContext *context, const char *text)
{
    const Collection *collection = find_collection(COLLECTIONS, ROW_COUNT(COLLECTIONS), text);
    if (text_starts_with_any_case(text, "directoryObjects")) {
        context->directory_objects = true;
        context->entities = false;
        context->plain_objects |= text_find_any_case(text, "$entity") != NULL;
    }
    if (!collection)
        return;
    const char *at = text + strlen(collection->name);
    const char *id = collection_id(arena, &at);
    if (id && *at == '/') {
        add_part(context, collection, id, at + 1);
        return;
    }
    if (text_starts_with_any_case(text, "roleManagement/"))
        context->eligible = text_find_any_case(text, "Eligib") != NULL;
    context->kind = collection->kind;
    context->also_kind = RECORD_KIND_COUNT;
    context->entities = true;
    context->relation = false;
    if (text_find_any_case(at, "members("))
        context->also_kind = RECORD_GROUP_MEMBER;
    if (text_find_any_case(at, "owners("))
        context->also_kind =
            collection->element == OBJECT_GROUP ? RECORD_GROUP_OWNER : RECORD_APP_OWNER;
}

/* Behind "https://graph.microsoft.com/v1.0/$metadata#" or ".../v1.0/". */
static const char *behind_service_root(const char *link)
{
    const char *fragment = text_find_any_case(link, "$metadata#");
    if (fragment)
        return fragment + strlen("$metadata#");
    const char *host = text_find_any_case(link, "graph.");
    const char *root = host ? text_find_any_case(host, "/v1.0/") : NULL;
    if (root)
        return root + strlen("/v1.0/");
    root = host ? text_find_any_case(host, "/beta/") : NULL;
    return root ? root + strlen("/beta/") : NULL;
}

static ListTool tool_of_list(const JsonValue *envelope)
{
    const char *type = json_text(json_member(json_member(envelope, "meta"), "type"));
    if (!type || !text_starts_with_any_case(type, "az"))
        return LIST_OF_ANY_TOOL;
    return text_equal_any_case(type, "azure") ? LIST_OF_AZUREHOUND : LIST_OF_OLD_AZUREHOUND;
}

ListContext list_context_add(Arena *arena, const ListContext *file, const JsonValue *envelope)
{
    static const char *const members[] = {"@odata.context", "@odata.nextLink", "url", "requestUrl"};
    ListContext context = *file;
    context.tool = tool_of_list(envelope);
    if (context.tool == LIST_OF_AZUREHOUND) {
        context = (ListContext){.tool = context.tool, .kind = RECORD_KIND_COUNT};
        context.also_kind = RECORD_KIND_COUNT;
        return context;
    }
    for (size_t i = 0; i < ROW_COUNT(members); i++) {
        const char *link = json_text(json_member_any_case(envelope, members[i]));
        const char *path = link ? behind_service_root(link) : NULL;
        if (path)
            add_collection(arena, &context, path);
    }
    return context;
}

const char *record_kind_name(RecordKind kind)
{
    static const char *const names[] = {
#define RECORD_KIND(symbol, name) name,
#include "snapshot/record_kind.def"
#undef RECORD_KIND
    };
    return kind < RECORD_KIND_COUNT ? names[kind] : "unknown";
}

int manifest_by_path(const void *left, const void *right)
{
    const ManifestEntry *a = left;
    const ManifestEntry *b = right;
    return strcmp(a->path, b->path);
}

RecordKind record_kind_find(const char *name)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++)
        if (text_equal_any_case(name, record_kind_name((RecordKind)kind)))
            return (RecordKind)kind;
    return RECORD_KIND_COUNT;
}
