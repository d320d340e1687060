#include "base/text.h"
#include "graph/directory.h"
#include "snapshot/fields.h"

#include <string.h>

/* Properties of principals: kept from their records, or derived from what hangs together. */

typedef PropertyState Derive(const Directory *directory, uint32_t principal,
                             PropertyValues *values);

static const Principal *principal_at(const Directory *directory, uint32_t principal)
{
    return &directory->snapshot->principals.items[principal];
}

static void add_value(PropertyValues *values, const char *text, uint32_t record)
{
    PropertyValue value = {text, record};
    ARRAY_PUSH(&values->values, value);
}

static PropertyState truth(PropertyValues *values, bool true_or_false, uint32_t record)
{
    add_value(values, true_or_false ? "true" : "false", record);
    return PROPERTY_KNOWN;
}

/* What no value means when only a list could have told one. */
static PropertyState of_list(const Directory *directory, RecordKind kind,
                             const PropertyValues *values)
{
    if (values->values.count)
        return PROPERTY_KNOWN;
    return directory->snapshot->exported[kind] ? PROPERTY_MISSING : PROPERTY_NOT_EXPORTED;
}

static PropertyState kept(const Directory *directory, uint32_t principal, const char *name,
                          PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    const Principal *of = principal_at(directory, principal);
    uint32_t wanted = field_name_find(snapshot->fields, name);
    for (uint32_t i = 0; wanted != NONE && i < of->property_count; i++) {
        const Property *property = &snapshot->properties.items[of->first_property + i];
        if (property->name == wanted)
            add_value(values, text_text(snapshot, property->value), property->record);
    }
    if (values->values.count)
        return PROPERTY_KNOWN;
    return of->exported ? PROPERTY_MISSING : PROPERTY_NOT_EXPORTED;
}

/* Active roles, whatever their scope: an eligible one protects nobody before it is activated. */
static PropertyState directory_roles(const Directory *directory, uint32_t principal,
                                     PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    for (uint32_t i = directory->first_holding[principal];
         i < directory->first_holding[principal + 1]; i++) {
        const DirectoryHolding *holding = &directory->holdings[i];
        const DirectoryRoleAssignment *held = &snapshot->directory_roles.items[holding->assignment];
        if (!held->eligible)
            add_value(values, id_text(snapshot, held->role_template), held->record);
    }
    return of_list(directory, RECORD_DIRECTORY_ROLE, values);
}

static PropertyState app_roles(const Directory *directory, uint32_t principal,
                               PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    for (uint32_t i = directory->first_app_role[principal];
         i < directory->first_app_role[principal + 1]; i++) {
        const AppRoleAssignment *held = &snapshot->app_roles.items[directory->app_roles[i]];
        add_value(values, id_text(snapshot, held->app_role), held->record);
    }
    return of_list(directory, RECORD_APP_ROLE_ASSIGNMENT, values);
}

/* A group that holds a directory role must be one, whatever else was exported of it. */
static bool is_role_assignable(const Directory *directory, uint32_t group, uint32_t *record)
{
    const Principal *principal = principal_at(directory, group);
    uint32_t first = directory->first_holding[group];
    *record = principal->record;
    if (principal->role_assignable)
        return true;
    if (first == directory->first_holding[group + 1])
        return false;
    *record =
        directory->snapshot->directory_roles.items[directory->holdings[first].assignment].record;
    return true;
}

static PropertyState is_assignable_to_role(const Directory *directory, uint32_t principal,
                                           PropertyValues *values)
{
    uint32_t record;
    if (is_role_assignable(directory, principal, &record))
        return truth(values, true, record);
    return kept(directory, principal, "isAssignableToRole", values);
}

static PropertyState role_assignable_groups(const Directory *directory, uint32_t principal,
                                            PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    for (uint32_t i = directory->first_group[principal]; i < directory->first_group[principal + 1];
         i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[directory->groups[i]];
        uint32_t record;
        if (is_role_assignable(directory, relation->object, &record))
            add_value(values,
                      id_text(snapshot, principal_at(directory, relation->object)->object_id),
                      relation->record);
    }
    return of_list(directory, RECORD_GROUP_MEMBER, values);
}

static PropertyState guest(const Directory *directory, uint32_t principal, PropertyValues *values)
{
    uint32_t record = NONE;
    const Principal *of = principal_at(directory, principal);
    const char *type = principal_property(directory->snapshot, of, "userType", &record);
    if (of->guest || type)
        return truth(values, of->guest, record == NONE ? of->record : record);
    return of->exported ? PROPERTY_MISSING : PROPERTY_NOT_EXPORTED;
}

static PropertyState dynamic_membership(const Directory *directory, uint32_t principal,
                                        PropertyValues *values)
{
    const Principal *of = principal_at(directory, principal);
    return of->exported ? truth(values, of->dynamic_membership, of->record) : PROPERTY_NOT_EXPORTED;
}

/* The application's home is here when the application is, or its owner is this tenant. */
static PropertyState foreign(const Directory *directory, uint32_t principal, PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t record = NONE;
    const Principal *of = principal_at(directory, principal);
    uint32_t application = directory->application_of[principal];
    if (directory->is_graph[principal])
        return truth(values, true, of->record);
    if (application != NONE)
        return truth(values, false, snapshot->applications.items[application].record);
    const char *owner = principal_property(snapshot, of, "appOwnerOrganizationId", &record);
    if (owner && snapshot->tenant_id != NONE)
        return truth(values, !text_equal_any_case(owner, id_text(snapshot, snapshot->tenant_id)),
                     record);
    return of->exported ? PROPERTY_MISSING : PROPERTY_NOT_EXPORTED;
}

/* Computes made before May 2021 left service principals of this name behind.
   https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security */
static PropertyState legacy_support_application(const Directory *directory, uint32_t principal,
                                                PropertyValues *values)
{
    const Principal *of = principal_at(directory, principal);
    const char *name = text_text(directory->snapshot, of->name);
    if (!name)
        return of->exported ? PROPERTY_MISSING : PROPERTY_NOT_EXPORTED;
    return truth(values, text_starts_with_any_case(name, "Microsoft-AzureML-Support-App-"),
                 of->record);
}

/* Microsoft Graph is named by every permission, and so known without an export of its own. */
static PropertyState app_owner(const Directory *directory, uint32_t principal,
                               PropertyValues *values)
{
    PropertyState state = kept(directory, principal, "appOwnerOrganizationId", values);
    if (state == PROPERTY_KNOWN || !directory->is_graph[principal])
        return state;
    add_value(values, "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
              principal_at(directory, principal)->mentioned_by);
    return PROPERTY_KNOWN;
}

static PropertyState app_instance_lock(const Directory *directory, uint32_t principal,
                                       PropertyValues *values)
{
    uint32_t index = directory->application_of[principal];
    if (index == NONE)
        return PROPERTY_NOT_EXPORTED;
    const Application *application = &directory->snapshot->applications.items[index];
    if (application->instance_lock == INSTANCE_LOCK_NOT_SAID)
        return PROPERTY_MISSING;
    return truth(values, application->instance_lock == INSTANCE_LOCK_ON, application->record);
}

/* Whom the principal's federated credentials trust. */
static PropertyState federated_issuers(const Directory *directory, uint32_t principal,
                                       PropertyValues *values)
{
    const Snapshot *snapshot = directory->snapshot;
    for (uint32_t i = directory->first_credential[principal];
         i < directory->first_credential[principal + 1]; i++) {
        uint32_t index = directory->credentials[i];
        const FederatedCredential *credential = &snapshot->federated_credentials.items[index];
        if (credential->issuer != NONE)
            add_value(values, text_text(snapshot, credential->issuer), credential->record);
        if (directory->issuer_hosts[index])
            add_value(values, directory->issuer_hosts[index], credential->record);
    }
    return of_list(directory, RECORD_FEDERATED_CREDENTIAL, values);
}

static uint32_t restricted_by(const Snapshot *snapshot, uint32_t principal)
{
    for (uint32_t i = 0; i < snapshot->unit_members.count; i++) {
        const UnitMember *member = &snapshot->unit_members.items[i];
        if (member->principal == principal &&
            snapshot->administrative_units.items[member->unit].restricted)
            return member->record;
    }
    return NONE;
}

static PropertyState is_management_restricted(const Directory *directory, uint32_t principal,
                                              PropertyValues *values)
{
    if (directory->restricted[principal])
        return truth(values, true, restricted_by(directory->snapshot, principal));
    return kept(directory, principal, "isManagementRestricted", values);
}

static const struct {
    const char *name;
    Derive *derive;
} derived[] = {
    {"directoryRoles", directory_roles},
    {"appRoles", app_roles},
    {"isAssignableToRole", is_assignable_to_role},
    {"roleAssignableGroups", role_assignable_groups},
    {"guest", guest},
    {"dynamicMembership", dynamic_membership},
    {"foreign", foreign},
    {"legacySupportApplication", legacy_support_application},
    {"appOwnerOrganizationId", app_owner},
    {"appInstanceLock", app_instance_lock},
    {"isManagementRestricted", is_management_restricted},
    {"federatedIssuers", federated_issuers},
};

PropertyState principal_values(const Directory *directory, uint32_t principal, const char *name,
                               PropertyValues *values)
{
    values->values.count = 0;
    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++)
        if (text_equal(derived[i].name, name))
            return derived[i].derive(directory, principal, values);
    return kept(directory, principal, name, values);
}
