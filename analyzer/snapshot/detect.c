#include "base/intern.h"
#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is this record?  By its content alone: the ARM type, given or spelled by its id, else the
 * keys it has.  A tool that is to be read later gets a row here and its words in the rows of the
 * readers.
 */

typedef bool ReadFunction(Reading *reading);

/* ---- tools whose files are recognised but not read ---- */

static bool read_error_reply(Reading *reading)
{
    const JsonValue *error = reading->view.top[KEY_ERROR];
    const char *code = json_text(json_member_any_case(error, "code"));
    reading_refuse(reading, "", "this %s is an Azure error reply (%.64s)",
                   reading->in_list ? "record" : "file", code ? code : "without a code");
    reading->fact->not_understood.is_foreign = true;
    return false;
}

/* AzureHound.ps1, before 2022, wrote another format: "meta": {"type": "azusers"}. */
static bool read_old_azurehound(Reading *reading)
{
    return reading_set_aside(reading, "a record of AzureHound.ps1, whose format is not read: "
                                      "collect with AzureHound 2 or newer");
}

static bool read_powershell(Reading *reading)
{
    if (reading->view.top[KEY_IS_CUSTOM] && reading->view.top[KEY_ACTIONS])
        return read_powershell_role(reading);
    return reading_set_aside(reading, "a record of Azure PowerShell: this version does not read "
                                      "its files; export with the Azure CLI");
}

static bool read_governance_visualizer(Reading *reading)
{
    return reading_set_aside(
        reading, "a tree of Azure Governance Visualizer: this version does not read it");
}

static bool read_wrapped_list(Reading *reading)
{
    return reading_set_aside(reading, "a list inside an object of another tool: export the list "
                                      "itself");
}

/* The answer to "what may I do here": says nothing about anybody else. */
static bool read_own_permissions(Reading *reading)
{
    return reading_not_relevant(reading, "permissions of the exporting user");
}

static bool read_application_permission(Reading *reading)
{
    return reading_not_relevant(reading, "requiredResourceAccess");
}

/* ---- by ARM type ---- */

typedef struct TypeRow {
    const char *type;
    ReadFunction *read;
} TypeRow;

static const TypeRow TYPE_ROWS[] = {
    {"Microsoft.Authorization/roleAssignments", read_assignment},
    {"Microsoft.Authorization/roleAssignmentScheduleInstances", read_active_instance},
    {"Microsoft.Authorization/roleEligibilityScheduleInstances", read_eligible_instance},
    {"Microsoft.Authorization/roleDefinitions", read_role_definition},
    {"Microsoft.Authorization/denyAssignments", read_deny_assignment},
    {"Microsoft.Authorization/locks", read_lock},
    {"Microsoft.Authorization/classicAdministrators", read_classic_administrator},
    {"Microsoft.Management/managementGroups", read_management_group},
    {"/providers/Microsoft.Management/managementGroups", read_management_group},
    {"Microsoft.Management/managementGroups/subscriptions", read_management_group},
    {"/subscriptions", read_management_group},
    {SUBSCRIPTION_TYPE, read_subscription},
    {USER_ASSIGNED_TYPE "/federatedIdentityCredentials", read_federated_credential},
};

struct Detector {
    Interner types; /* index in TYPE_ROWS, ids being handed out in order */
};

Detector *detector_new(void)
{
    Detector *detector = memory_allocate(1, sizeof *detector);
    detector->types = interner_new(CASE_IGNORED);
    for (size_t i = 0; i < ROW_COUNT(TYPE_ROWS); i++)
        intern(&detector->types, TYPE_ROWS[i].type);
    return detector;
}

void detector_free(Detector *detector)
{
    if (detector)
        interner_free(&detector->types);
    free(detector);
}

/* Policies, schedules, requests and the like: only what the field table knows is of use. */
static bool read_other_authorization(Reading *reading)
{
    return reading_not_relevant(reading, view_top_text(&reading->view, KEY_TYPE));
}

static ReadFunction *reader_of_type(const Detector *detector, const Reading *reading,
                                    const char *type)
{
    uint32_t row = interner_find(&detector->types, type);
    uint32_t field_count;
    if (row != NONE)
        return TYPE_ROWS[row].read;
    if (text_starts_with_any_case(type, "Microsoft.Authorization/") &&
        !fields_of_type(reading->fields, type, &field_count))
        return read_other_authorization;
    return NULL;
}

static ReadFunction *reader_by_id(const Detector *detector, Reading *reading)
{
    char type[256];
    const char *id = copy_arm_id(reading, view_top_text(&reading->view, KEY_ID));
    if (!id)
        return NULL;
    if (text_starts_with_any_case(id, "/tenants/"))
        return read_tenant;
    size_t group = arm_id_management_group_length(id);
    if (group && !id[group])
        return read_management_group;
    if (!arm_id_type(id, type, sizeof type))
        return NULL;
    ReadFunction *read = reader_of_type(detector, reading, type);
    return read == read_other_authorization ? read_resource : read;
}

/* ---- by keys ---- */

typedef struct KeyRule {
    Key has[3];
    ReadFunction *read;
} KeyRule;

/* First match wins. */
static const KeyRule KEY_RULES[] = {
    {{KEY_APP_ROLE_ID, KEY_RESOURCE_ID, KEY_PRINCIPAL_ID}, read_app_role_assignment},
    {{KEY_CLIENT_ID, KEY_CONSENT_TYPE}, read_delegated_grant},
    {{KEY_DIRECTORY_SCOPE_ID, KEY_ROLE_DEFINITION_ID}, read_directory_assignment},
    {{KEY_APP_SCOPE_ID, KEY_ROLE_DEFINITION_ID}, read_directory_assignment},
    {{KEY_ROLE_MEMBER_INFO, KEY_ROLE_ID}, read_scoped_role_member},
    {{KEY_ROLE_ASSIGNMENT_SCHEDULE_ID, KEY_ROLE_DEFINITION_ID}, read_active_instance},
    {{KEY_ORIGIN_ROLE_ASSIGNMENT_ID, KEY_ROLE_DEFINITION_ID}, read_active_instance},
    {{KEY_ROLE_ELIGIBILITY_SCHEDULE_ID, KEY_ROLE_DEFINITION_ID}, read_eligible_instance},
    {{KEY_PRINCIPAL_ID, KEY_ROLE_DEFINITION_ID}, read_assignment},
    {{KEY_ROLE_DEFINITION_ID, KEY_ROLE_DEFINITION_NAME, KEY_SCOPE}, read_assignment},
    {{KEY_DENY_ASSIGNMENT_NAME}, read_deny_assignment},
    {{KEY_PERMISSIONS, KEY_ROLE_NAME}, read_role_definition},
    {{KEY_PERMISSIONS, KEY_ASSIGNABLE_SCOPES}, read_role_definition},
    {{KEY_ACTIONS, KEY_NOT_ACTIONS, KEY_DATA_ACTIONS}, read_own_permissions},
    {{KEY_ROLE_PERMISSIONS}, read_directory_role},
    {{KEY_ROLE_TEMPLATE_ID}, read_directory_role},
    {{KEY_TEMPLATE_ID, KEY_IS_BUILT_IN}, read_directory_role},
    {{KEY_ISSUER, KEY_SUBJECT, KEY_AUDIENCES}, read_federated_credential},
    {{KEY_RESOURCE_ACCESS, KEY_RESOURCE_APP_ID}, read_application_permission},
    {{KEY_TENANT_ID, KEY_STATE, KEY_USER}, read_subscription},
    {{KEY_TENANT_ID, KEY_STATE, KEY_CLOUD_NAME}, read_subscription},
    {{KEY_TENANT_ID, KEY_STATE, KEY_ENVIRONMENT_NAME}, read_subscription},
    {{KEY_SUBSCRIPTION_ID, KEY_DISPLAY_NAME, KEY_STATE}, read_subscription},
};

static bool rule_matches(const KeyRule *rule, const RecordView *view)
{
    for (size_t i = 0; i < ROW_COUNT(rule->has) && rule->has[i]; i++)
        if (!view_has(view, rule->has[i]))
            return false;
    return true;
}

static ReadFunction *reader_by_keys(const RecordView *view)
{
    for (size_t i = 0; i < ROW_COUNT(KEY_RULES); i++)
        if (rule_matches(&KEY_RULES[i], view))
            return KEY_RULES[i].read;
    return NULL;
}

/* ---- signs of other tools, before anything else ---- */

static bool is_powershell(const RecordView *view)
{
    const JsonValue *const *top = view->top;
    if (top[KEY_ROLE_ASSIGNMENT_ID] && (top[KEY_OBJECT_ID] || top[KEY_ROLE_DEFINITION_NAME]))
        return true;
    if (top[KEY_IS_CUSTOM] && top[KEY_ACTIONS])
        return true;
    return top[KEY_RESOURCE_GROUP_NAME] || top[KEY_RESOURCE_NAME] ||
           (top[KEY_RESOURCE_ID] && top[KEY_TYPE] && !top[KEY_ID]);
}

/* {"azureADUsers": [...]}: a single member that is a list. */
static bool is_wrapped_list(const RecordView *view)
{
    return json_count(view->record) == 1 && json_is_array(json_first(view->record));
}

static ReadFunction *reader_by_tool(const Reading *reading)
{
    const RecordView *view = &reading->view;
    if (json_is_object(view->top[KEY_ERROR]) && !view->top[KEY_ID])
        return read_error_reply;
    if (is_azurehound(view))
        return read_azurehound;
    if (reading->list->tool == LIST_OF_OLD_AZUREHOUND)
        return read_old_azurehound;
    if (is_powershell(view))
        return read_powershell;
    if (json_is_object(json_member_any_case(view->top[KEY_TENANT], "managementGroups")))
        return read_governance_visualizer;
    return is_wrapped_list(view) ? read_wrapped_list : NULL;
}

/* ---- all together ---- */

static bool has_arm_id(const RecordView *view)
{
    const char *id = view_top_text(view, KEY_ID);
    return id && (id[0] == '/' || text_starts_with_any_case(id, "azureml:"));
}

/* The last word for what matched nothing. */
static bool read_unknown(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *type = view_top_text(view, KEY_TYPE);
    if (type && strchr(type, '/'))
        return read_resource(reading); /* refuses for want of an id, and says so */
    if (view->properties && view_top_text(view, KEY_ID))
        return read_resource(reading);
    return reading_set_aside(reading, "no kind of record that is known here");
}

static ReadFunction *find_reader(const Detector *detector, Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *type = view_top_text(view, KEY_TYPE);
    ReadFunction *read = reader_by_tool(reading);
    if (!read && type && strchr(type, '/'))
        read = reader_of_type(detector, reading, type);
    if (!read)
        read = reader_by_id(detector, reading);
    if (!read && has_arm_id(view))
        read = read_resource;
    if (!read)
        read = reader_by_keys(view);
    if (!read && is_directory_object(reading))
        read = read_directory_object;
    if (!read && is_ml_entity(view))
        read = read_resource;
    return read ? read : read_unknown;
}

static Spelling spelling_of(const Reading *reading)
{
    const RecordView *view = &reading->view;
    switch ((int)reading->fact->kind) {
    case FACT_OBJECT:
    case FACT_ADMINISTRATIVE_UNIT:
    case FACT_DIRECTORY_ROLE:
    case FACT_DIRECTORY_ASSIGNMENT:
    case FACT_APP_ROLE_ASSIGNMENT:
    case FACT_DELEGATED_GRANT:
        return SPELLING_GRAPH;
    default:
        break;
    }
    if (view->top[KEY_CREATION_CONTEXT] || view->top[KEY_MLFLOW_TRACKING_URI] ||
        json_member(view->record, "resource_group"))
        return view->properties && view->top[KEY_SYSTEM_DATA] ? SPELLING_REST : SPELLING_ML;
    return view->properties && !reading->in_plain_list ? SPELLING_REST : SPELLING_FLAT;
}

void detect_and_read(const Detector *detector, Reading *reading, const JsonValue *record)
{
    Fact *fact = reading->fact;
    char found[64];
    reading->remarks.count = 0;
    fact->record_kind = RECORD_OTHER;
    fact->newest = TIME_NONE;
    if (!json_is_object(record)) {
        reading_refuse(reading, "", "expected an object, found %s",
                       json_describe(record, found, sizeof found));
        return;
    }
    view_load(&reading->view, reading->keys, record);
    fact->newest = reading->view.newest;
    ReadFunction *read = find_reader(detector, reading);
    if (read(reading) && !fact->spelling)
        fact->spelling = spelling_of(reading);
    fact->remark_count = reading->remarks.count;
    if (fact->remark_count) {
        Remark *remarks = arena_allocate(reading->arena, fact->remark_count, sizeof *remarks);
        memcpy(remarks, reading->remarks.items, fact->remark_count * sizeof *remarks);
        fact->remarks = remarks;
    }
}
