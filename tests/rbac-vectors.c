/*
 * rbac-vectors [--data-dir DIR] FILE...
 *
 * Checks the access layer against RBAC test vectors: files {"vectors": [...]} of questions with an
 * expected answer, of any of the kinds listed at the end.  Snapshots inside vectors are JSON as the
 * Azure CLI or REST prints it; each list becomes a file, so that the real readers are checked too.
 * Prints a line per failure and then "N passed, N failed"; exit status 1 if any failed.
 *
 * A vector says nothing about kinds of records that were not exported.  Whatever it leaves out is
 * therefore given as an empty list, a key vault it asks about goes by roles, and what remains of
 * "not exported" counts as no.  Eligible is not active: no.
 */
#include "access/access.h"
#include "access/condition.h"
#include "access/pattern.h"
#include "rules/rules.h"
#include "snapshot/fields.h"
#include "snapshot/snapshot.h"
#include "vector_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Runner {
    Rules rules;
    FieldTable fields;
    AtomTable no_atoms;
    uint32_t passed;
    uint32_t failed;
} Runner;

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "rbac-vectors: %s: %s\n", what, why);
    exit(2);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* NULL for what is missing, no text or empty. */
static const char *text_or_null(const cJSON *vector, const char *name)
{
    const char *text = vector_text(vector, name);
    return *text ? text : NULL;
}

/* ---- a directory of export files ---- */

typedef struct ExportDirectory {
    char path[64];
    cJSON *manifest_files;
    TextBuffer written; /* paths, one behind the other, each with its NUL */
} ExportDirectory;

static void directory_write(ExportDirectory *directory, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory->path, name);
    FILE *file = fopen(path, "wb");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        give_up(path, "cannot be written");
    text_append_bytes(&directory->written, path, strlen(path) + 1);
}

/* `kind` NULL: the records tell what they are. */
static void directory_add(ExportDirectory *directory, const char *name, const char *kind,
                          const cJSON *list)
{
    char *text = cJSON_PrintUnformatted(list);
    directory_write(directory, name, text);
    cJSON_free(text);
    if (!kind)
        return;
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "path", name);
    cJSON_AddStringToObject(entry, "kind", kind);
    cJSON_AddItemToArray(directory->manifest_files, entry);
}

static ExportDirectory directory_new(void)
{
    ExportDirectory directory = {.path = "/tmp/rbac-vectors-XXXXXX",
                                 .manifest_files = cJSON_CreateArray()};
    if (!mkdtemp(directory.path))
        give_up(directory.path, "cannot be made");
    return directory;
}

static void directory_finish(ExportDirectory *directory)
{
    cJSON *manifest = cJSON_CreateObject();
    cJSON_AddStringToObject(manifest, "schema", "amlblast.manifest/1");
    cJSON_AddItemToObject(manifest, "files", directory->manifest_files);
    directory_add(directory, "manifest.json", NULL, manifest);
    cJSON_Delete(manifest);
}

static void directory_remove(ExportDirectory *directory)
{
    for (size_t at = 0; at < directory->written.length_bytes;
         at += strlen(directory->written.text + at) + 1)
        unlink(directory->written.text + at);
    rmdir(directory->path);
    text_buffer_free(&directory->written);
}

/* ---- what vectors leave out or abbreviate ---- */

static const char *last_segment(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

/* Vectors call custom roles "c1"; the readers take GUIDs only.  The same name gives the same. */
static void guid_of_name(const char *name, char text[GUID_TEXT_BYTES])
{
    Guid guid;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    memset(&guid, 0xc0, sizeof guid);
    memcpy(guid.bytes, &hash, sizeof hash);
    guid_format(&guid, text);
}

static bool ends_in_guid(const char *id)
{
    Guid guid;
    return id && guid_parse(last_segment(id), &guid);
}

/* A role definition in any spelling, with a GUID as its id.  The caller deletes it. */
static cJSON *with_guid(const cJSON *definition)
{
    cJSON *copy = cJSON_Duplicate(definition, true);
    bool powershell = member(copy, "Actions") || member(copy, "DataActions");
    const char *key = powershell ? "Id" : "id";
    const char *id = text_or_null(copy, key);
    if (ends_in_guid(id))
        return copy;
    char guid[GUID_TEXT_BYTES], path[128];
    guid_of_name(id ? last_segment(id) : "", guid);
    snprintf(path, sizeof path, "/providers/Microsoft.Authorization/roleDefinitions/%s", guid);
    cJSON_DeleteItemFromObjectCaseSensitive(copy, key);
    cJSON_AddStringToObject(copy, key, powershell ? guid : path);
    if (powershell)
        return copy;
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "name");
    cJSON_AddStringToObject(copy, "name", guid);
    if (!member(copy, "type"))
        cJSON_AddStringToObject(copy, "type", "Microsoft.Authorization/roleDefinitions");
    return copy;
}

/* The elements of a list that may stand in {"value": []}. */
static const cJSON *elements(const cJSON *list)
{
    return cJSON_IsObject(list) ? member(list, "value") : list;
}

static cJSON *role_definitions(const cJSON *snapshot, const cJSON *extra)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *definition;
    cJSON_ArrayForEach(definition, elements(member(snapshot, "roleDefinitions")))
        cJSON_AddItemToArray(list, with_guid(definition));
    if (extra)
        cJSON_AddItemToArray(list, with_guid(extra));
    return list;
}

static cJSON *groups_with_members(const cJSON *snapshot)
{
    cJSON *page = cJSON_CreateObject();
    const cJSON *groups = elements(member(snapshot, "groups"));
    cJSON_AddStringToObject(page, "@odata.context",
                            "https://graph.microsoft.com/v1.0/$metadata#groups(members())");
    cJSON_AddItemToObject(page, "value",
                          groups ? cJSON_Duplicate(groups, true) : cJSON_CreateArray());
    return page;
}

static cJSON *tenant_list(const char *tenant)
{
    cJSON *list = cJSON_CreateArray(), *row = cJSON_CreateObject();
    char id[128];
    snprintf(id, sizeof id, "/tenants/%s", tenant);
    cJSON_AddStringToObject(row, "id", id);
    cJSON_AddStringToObject(row, "tenantId", tenant);
    cJSON_AddItemToArray(list, row);
    return list;
}

/* The vault at or above the scope, going by roles; an empty list when the scope is in none. */
static cJSON *vault_list(const char *scope)
{
    static const char vaults[] = "/providers/Microsoft.KeyVault/vaults/";
    cJSON *list = cJSON_CreateArray();
    const char *found = scope ? text_find_any_case(scope, vaults) : NULL;
    if (!found)
        return list;
    const char *name = found + sizeof vaults - 1;
    size_t length_bytes = (size_t)(name - scope) + strcspn(name, "/");
    char *id = memory_allocate(length_bytes + 1, 1);
    memcpy(id, scope, length_bytes);
    cJSON *vault = cJSON_CreateObject();
    cJSON_AddStringToObject(vault, "id", id);
    cJSON_AddStringToObject(vault, "name", last_segment(id));
    cJSON_AddStringToObject(vault, "type", "Microsoft.KeyVault/vaults");
    cJSON *properties = cJSON_AddObjectToObject(vault, "properties");
    cJSON_AddBoolToObject(properties, "enableRbacAuthorization", true);
    cJSON_AddItemToObject(properties, "accessPolicies", cJSON_CreateArray());
    cJSON_AddItemToArray(list, vault);
    free(id);
    return list;
}

/* A role assignment so that some record names the scope. */
static cJSON *naming_assignment(const char *scope)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "id",
                            "/providers/Microsoft.Authorization/roleAssignments/"
                            "a0000000-0000-4000-8000-000000000001");
    cJSON_AddStringToObject(row, "type", "Microsoft.Authorization/roleAssignments");
    cJSON_AddStringToObject(row, "principalId", "a0000000-0000-4000-8000-000000000002");
    cJSON_AddStringToObject(row, "principalType", "User");
    cJSON_AddStringToObject(row, "roleDefinitionId", "acdd72a7-3385-48ef-bd42-f606fba81ae7");
    cJSON_AddStringToObject(row, "scope", scope);
    return row;
}

/* ---- a tenant, read and ready to be asked ---- */

/* What a vector asks about besides its snapshot; NULL where it does not. */
typedef struct TenantParts {
    const cJSON *snapshot;
    const cJSON *definition; /* one more role definition */
    const char *named_scope; /* to be named by a record */
    const char *asked_scope;
    const char *when; /* NULL: time is ignored */
} TenantParts;

typedef struct Tenant {
    Snapshot snapshot;
    Access access;
} Tenant;

static cJSON *assignments(const TenantParts *parts)
{
    const cJSON *given = member(parts->snapshot, "roleAssignments");
    cJSON *list = given ? cJSON_Duplicate(given, true) : cJSON_CreateArray();
    if (parts->named_scope) {
        cJSON *into = cJSON_IsObject(list) ? cJSON_GetObjectItemCaseSensitive(list, "value") : list;
        cJSON_AddItemToArray(into, naming_assignment(parts->named_scope));
    }
    return list;
}

static void add_and_delete(ExportDirectory *directory, const char *name, const char *kind,
                           cJSON *list)
{
    directory_add(directory, name, kind, list);
    cJSON_Delete(list);
}

/* Lists that are written as they are; those that are missing as empty ones. */
static const struct PlainList {
    const char *member;
    const char *file;
    const char *kind;
} plain_lists[] = {
    {"denyAssignments", "deny-assignments.json", "deny-assignments"},
    {"roleEligibilityScheduleInstances", "pim-eligibility.json", "pim-eligibility"},
    {"roleAssignmentScheduleInstances", "pim-active-schedules.json", "pim-active-schedules"},
    {"managementGroups", "management-groups.json", "management-groups"},
};

static bool is_handled(const char *name)
{
    static const char *const others[] = {"roleAssignments", "roleDefinitions", "groups",
                                         "tenantId"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof plain_lists / sizeof *plain_lists; i++)
        if (strcmp(name, plain_lists[i].member) == 0)
            return true;
    return false;
}

static void write_exports(ExportDirectory *directory, const TenantParts *parts)
{
    add_and_delete(directory, "role-assignments.json", "role-assignments", assignments(parts));
    add_and_delete(directory, "role-definitions.json", NULL,
                   role_definitions(parts->snapshot, parts->definition));
    add_and_delete(directory, "groups.json", NULL, groups_with_members(parts->snapshot));
    for (size_t i = 0; i < sizeof plain_lists / sizeof *plain_lists; i++) {
        const cJSON *given = member(parts->snapshot, plain_lists[i].member);
        add_and_delete(directory, plain_lists[i].file, plain_lists[i].kind,
                       given ? cJSON_Duplicate(given, true) : cJSON_CreateArray());
    }
    const char *tenant = text_or_null(parts->snapshot, "tenantId");
    if (tenant)
        add_and_delete(directory, "tenants.json", NULL, tenant_list(tenant));
    bool tells_vaults = false;
    const cJSON *other;
    cJSON_ArrayForEach(other, parts->snapshot)
    {
        char file[128];
        if (is_handled(other->string))
            continue;
        tells_vaults |= cJSON_IsArray(other) || cJSON_IsObject(other);
        snprintf(file, sizeof file, "%.100s.json", other->string);
        directory_add(directory, file, NULL, other);
    }
    if (!tells_vaults)
        add_and_delete(directory, "key-vaults.json", "key-vaults", vault_list(parts->asked_scope));
    directory_finish(directory);
}

static void tenant_open(Tenant *tenant, const Runner *runner, const TenantParts *parts)
{
    ExportDirectory directory = directory_new();
    write_exports(&directory, parts);
    const char *paths[] = {directory.path};
    SnapshotOptions options = {.threads = 1};
    Error err;
    if (!snapshot_read(&tenant->snapshot, paths, 1, &runner->fields, &options, &err))
        give_up("a vector's snapshot", err.message);
    directory_remove(&directory);
    AccessOptions access = {.as_of = TIME_NONE,
                            .built_in = runner->rules.built_in_roles.items,
                            .built_in_count = runner->rules.built_in_roles.count};
    if (parts->when && !time_parse(parts->when, &access.as_of))
        give_up("when", parts->when);
    if (!parts->when)
        tenant->snapshot.as_of = TIME_NONE;
    access_build(&tenant->access, &tenant->snapshot, &runner->no_atoms, &access);
}

static void tenant_close(Tenant *tenant)
{
    access_free(&tenant->access);
    snapshot_free(&tenant->snapshot);
}

/* ---- answers ---- */

typedef enum Answer { ANSWER_FALSE, ANSWER_UNKNOWN, ANSWER_TRUE, ANSWER_ERROR } Answer;

static const char *const answer_names[] = {"false", "unknown", "true", "an error"};

static Answer answer_of_tri(Tri tri)
{
    return tri == TRI_TRUE ? ANSWER_TRUE : tri == TRI_FALSE ? ANSWER_FALSE : ANSWER_UNKNOWN;
}

static Answer answer_of_certainty(Certainty certainty)
{
    if (certainty == CERTAIN)
        return ANSWER_TRUE;
    return certainty == CONDITIONAL || certainty == ASSUMED ? ANSWER_UNKNOWN : ANSWER_FALSE;
}

/* Of all that may be missing, a vector can leave open only what a role allows. */
static Answer answer_of_decision(const Decision *decision)
{
    if (decision->answer != UNKNOWN)
        return answer_of_certainty(decision->answer);
    for (uint32_t i = 0; i < decision->blocked_by.count; i++)
        if (text_equal(decision->blocked_by.items[i].missing, "role-definitions"))
            return ANSWER_UNKNOWN;
    return ANSWER_FALSE;
}

static Answer ask(const Runner *runner, const TenantParts *parts, Question *question)
{
    Tenant tenant;
    tenant_open(&tenant, runner, parts);
    question->principal = snapshot_find_principal(&tenant.snapshot, question->who);
    Decision decision;
    access_decide(&tenant.access, question, &decision);
    Answer answer = answer_of_decision(&decision);
    decision_free(&decision);
    tenant_close(&tenant);
    return answer;
}

/* ---- the kinds ---- */

static Plane plane_of(const cJSON *vector)
{
    return cJSON_IsTrue(member(vector, "isData")) ? PLANE_DATA : PLANE_CONTROL;
}

static Answer check_pattern(const Runner *runner, const cJSON *vector)
{
    (void)runner;
    return pattern_matches(vector_text(vector, "pattern"), vector_text(vector, "action"),
                           PATTERN_ZERO_SEGMENTS)
               ? ANSWER_TRUE
               : ANSWER_FALSE;
}

static Answer check_condition(const Runner *runner, const cJSON *vector)
{
    (void)runner;
    Arena arena = {0};
    const Condition *condition;
    Error err;
    Answer answer = ANSWER_UNKNOWN; /* what does not parse is never silently true or false */
    if (condition_parse(&arena, vector_text(vector, "condition"), &condition, &err)) {
        ConditionContext context = vector_context(&arena, vector);
        answer = answer_of_tri(condition_evaluate(condition, &context));
    }
    arena_free(&arena);
    return answer;
}

static Answer check_parse(const Runner *runner, const cJSON *vector)
{
    (void)runner;
    Arena arena = {0};
    const Condition *condition;
    Error err;
    bool parsed = condition_parse(&arena, vector_text(vector, "condition"), &condition, &err);
    arena_free(&arena);
    return parsed ? ANSWER_TRUE : ANSWER_FALSE;
}

static const char *const ROLE_HOLDER = "a0000000-0000-4000-8000-000000000003";

/* Is the action in the role?  Somebody is given it at the root and asked there. */
static Answer check_role(const Runner *runner, const cJSON *vector)
{
    const cJSON *role = member(vector, "role");
    cJSON *definition = cJSON_IsObject(role) ? with_guid(role) : NULL;
    const char *id = definition ? text_or_null(definition, "id") : vector_text(vector, "role");
    if (definition && !id)
        id = text_or_null(definition, "Id");
    cJSON *snapshot = cJSON_CreateObject();
    cJSON *row = naming_assignment("/");
    cJSON_ReplaceItemInObjectCaseSensitive(row, "roleDefinitionId",
                                           cJSON_CreateString(id ? id : ""));
    cJSON_ReplaceItemInObjectCaseSensitive(row, "principalId", cJSON_CreateString(ROLE_HOLDER));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(snapshot, "roleAssignments"), row);
    TenantParts parts = {.snapshot = snapshot, .definition = definition};
    Question question = {.who = ROLE_HOLDER,
                         .action = vector_text(vector, "action"),
                         .plane = plane_of(vector),
                         .scope = "/"};
    Answer answer = ask(runner, &parts, &question);
    cJSON_Delete(snapshot);
    cJSON_Delete(definition);
    return answer;
}

static Answer check_scope(const Runner *runner, const cJSON *vector)
{
    TenantParts parts = {.snapshot = member(vector, "snapshot"),
                         .named_scope = vector_text(vector, "assigned")};
    Tenant tenant;
    tenant_open(&tenant, runner, &parts);
    bool exact;
    uint32_t outer = scope_find(&tenant.access.tree, &tenant.snapshot, parts.named_scope, &exact);
    ScopeTarget target =
        scope_target(&tenant.access.tree, &tenant.snapshot, vector_text(vector, "target"));
    Certainty contained = scope_contains_target(&tenant.access.tree, outer, &target);
    tenant_close(&tenant);
    return exact ? answer_of_certainty(contained) : ANSWER_ERROR;
}

static Answer check_allowed(const Runner *runner, const cJSON *vector)
{
    Arena arena = {0};
    ConditionContext known = vector_context(&arena, vector);
    TenantParts parts = {.snapshot = member(vector, "snapshot"),
                         .asked_scope = vector_text(vector, "scope"),
                         .when = text_or_null(vector, "when")};
    Question question = {.who = vector_text(vector, "principal"),
                         .action = vector_text(vector, "action"),
                         .plane = plane_of(vector),
                         .scope = vector_text(vector, "scope"),
                         .known = &known};
    Answer answer = ask(runner, &parts, &question);
    arena_free(&arena);
    return answer;
}

static Answer check_giving(const Runner *runner, const cJSON *vector, const char *action,
                           const char *to, const char *to_type)
{
    TenantParts parts = {.snapshot = member(vector, "snapshot"),
                         .asked_scope = vector_text(vector, "scope"),
                         .when = text_or_null(vector, "when")};
    Question question = {.who = vector_text(vector, "principal"),
                         .action = action,
                         .scope = vector_text(vector, "scope"),
                         .role = text_or_null(vector, "role"),
                         .to = text_or_null(vector, to),
                         .to_type = text_or_null(vector, to_type)};
    return ask(runner, &parts, &question);
}

static Answer check_assign(const Runner *runner, const cJSON *vector)
{
    return check_giving(runner, vector, "Microsoft.Authorization/roleAssignments/write",
                        "toPrincipal", "toType");
}

static Answer check_unassign(const Runner *runner, const cJSON *vector)
{
    return check_giving(runner, vector, "Microsoft.Authorization/roleAssignments/delete",
                        "ofPrincipal", "ofType");
}

static Answer check_editrole(const Runner *runner, const cJSON *vector)
{
    TenantParts parts = {.snapshot = member(vector, "snapshot"),
                         .definition = member(vector, "definition"),
                         .when = text_or_null(vector, "when")};
    cJSON *definition = with_guid(parts.definition);
    Guid guid;
    bool named = guid_parse(last_segment(vector_text(definition, "id")), &guid) ||
                 guid_parse(vector_text(definition, "Id"), &guid);
    cJSON_Delete(definition);
    if (!named)
        return ANSWER_ERROR;
    Tenant tenant;
    tenant_open(&tenant, runner, &parts);
    uint32_t role = access_find_role(&tenant.access, &guid);
    uint32_t principal =
        snapshot_find_principal(&tenant.snapshot, vector_text(vector, "principal"));
    Answer answer =
        role == NONE ? ANSWER_ERROR
        : principal == NONE
            ? ANSWER_FALSE
            : answer_of_certainty(access_may_edit_role(&tenant.access, principal, role));
    tenant_close(&tenant);
    return answer;
}

/* ---- running ---- */

static const struct VectorKind {
    const char *name;
    Answer (*check)(const Runner *runner, const cJSON *vector);
} kinds[] = {
    {"pattern", check_pattern},     {"role", check_role},         {"scope", check_scope},
    {"condition", check_condition}, {"parse", check_parse},       {"allowed", check_allowed},
    {"assign", check_assign},       {"unassign", check_unassign}, {"editrole", check_editrole},
};

static void count(Runner *runner, const cJSON *vector, const char *expected, const char *got)
{
    if (strcmp(expected, got) == 0) {
        runner->passed++;
        return;
    }
    runner->failed++;
    printf("%s %s: expected %s, got %s: %s\n", vector_text(vector, "id"),
           vector_text(vector, "kind"), expected, got, vector_text(vector, "why"));
}

static void run_normalize(Runner *runner, const cJSON *vector)
{
    const char *input = vector_text(vector, "input");
    size_t room = strlen(input) + 2;
    char *normal = memory_allocate(room, 1);
    scope_normalise(input, normal, room);
    text_lower(normal);
    count(runner, vector, vector_text(vector, "expect"), normal);
    free(normal);
}

static void run_vector(Runner *runner, const cJSON *vector)
{
    const char *kind = vector_text(vector, "kind");
    if (strcmp(kind, "normalize") == 0) {
        run_normalize(runner, vector);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        Answer expected = answer_of_tri(vector_expected(vector));
        count(runner, vector, answer_names[expected], answer_names[kinds[i].check(runner, vector)]);
        return;
    }
    count(runner, vector, "a known kind", "an unknown one");
}

static void run_file(Runner *runner, const char *path)
{
    cJSON *file = vector_file_read(path);
    if (!file)
        give_up(path, "cannot be read");
    const cJSON *list = cJSON_IsArray(file) ? file : member(file, "vectors");
    if (!cJSON_IsArray(list))
        give_up(path, "expected a member \"vectors\" with an array");
    const cJSON *vector;
    cJSON_ArrayForEach(vector, list) run_vector(runner, vector);
    cJSON_Delete(file);
}

/* "data" beside the directory that "build/tests/rbac-vectors" stands in, else in this one. */
static const char *default_data_dir(const char *program)
{
    static char path[4096];
    const char *slash = strrchr(program, '/');
    if (slash) {
        snprintf(path, sizeof path, "%.*s/../../data", (int)(slash - program), program);
        if (access(path, R_OK) == 0)
            return path;
        snprintf(path, sizeof path, "%.*s/../../../data", (int)(slash - program), program);
        if (access(path, R_OK) == 0)
            return path;
    }
    return "data";
}

int main(int argument_count, char **arguments)
{
    const char *data_dir = default_data_dir(arguments[0]);
    int first = 1;
    if (argument_count > 2 && strcmp(arguments[1], "--data-dir") == 0) {
        data_dir = arguments[2];
        first = 3;
    }
    if (first >= argument_count)
        give_up("usage", "rbac-vectors [--data-dir DIR] FILE...");
    Runner runner = {0};
    Error err;
    if (!rules_load(&runner.rules, data_dir, &err) || !fields_load(&runner.fields, data_dir, &err))
        give_up(data_dir, err.message);
    for (int i = first; i < argument_count; i++)
        run_file(&runner, arguments[i]);
    printf("%u passed, %u failed\n", runner.passed, runner.failed);
    fields_free(&runner.fields);
    rules_free(&runner.rules);
    atom_table_free(&runner.no_atoms);
    return runner.failed ? 1 : 0;
}
