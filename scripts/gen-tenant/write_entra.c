#include "write.h"

#include <stdio.h>

static const char *graph_type(PrincipalKind kind)
{
    switch (kind) {
    case PRINCIPAL_USER:
        return "#microsoft.graph.user";
    case PRINCIPAL_GROUP:
        return "#microsoft.graph.group";
    case PRINCIPAL_SERVICE_PRINCIPAL:
    case PRINCIPAL_SYSTEM_ASSIGNED:
    case PRINCIPAL_USER_ASSIGNED:
        return "#microsoft.graph.servicePrincipal";
    }
    return NULL;
}

static void write_user(const Tenant *tenant, Out *out, uint32_t principal)
{
    char name[32];
    snprintf(name, sizeof name, "User %u", principal);
    out_object(out, NULL);
    out_texts(out, "businessPhones", "");
    out_text(out, "displayName", name);
    out_text(out, "givenName", NULL);
    out_text(out, "id", principal_id(tenant, principal).text);
    out_text(out, "mail", principal_name(tenant, principal).text);
    out_text(out, "userPrincipalName", principal_name(tenant, principal).text);
    out_end_object(out);
}

static void write_group(const Tenant *tenant, Out *out, uint32_t principal)
{
    out_object(out, NULL);
    out_text(out, "createdDateTime", "2021-03-01T08:00:00Z");
    out_text(out, "displayName", principal_name(tenant, principal).text);
    out_texts(out, "groupTypes", "");
    out_text(out, "id", principal_id(tenant, principal).text);
    out_bool(out, "isAssignableToRole", choice(tenant, "assignable", principal, 10) == 0);
    out_bool(out, "mailEnabled", false);
    out_text(out, "membershipRule", NULL);
    out_bool(out, "securityEnabled", true);
    out_end_object(out);
}

/* The ARM id that a managed identity's service principal carries among its alternative names. */
static void write_alternative_names(const Tenant *tenant, Out *out, uint32_t principal)
{
    const Principal *it = &tenant->principals.items[principal];
    out_list(out, "alternativeNames");
    if (it->resource != NONE) {
        out_text(out, NULL,
                 it->kind == PRINCIPAL_USER_ASSIGNED ? "isExplicit=True" : "isExplicit=False");
        out_text(out, NULL, scope_id(tenant, it->resource).text);
    }
    out_end_list(out);
}

static void write_service_principal(const Tenant *tenant, Out *out, uint32_t principal)
{
    bool is_managed = tenant->principals.items[principal].resource != NONE;
    out_object(out, NULL);
    out_bool(out, "accountEnabled", true);
    write_alternative_names(tenant, out, principal);
    out_text(out, "appDisplayName", is_managed ? NULL : principal_name(tenant, principal).text);
    out_text(out, "appId", client_id(tenant, principal).text);
    out_texts(out, "appRoles", "");
    out_text(out, "displayName", principal_name(tenant, principal).text);
    out_text(out, "id", principal_id(tenant, principal).text);
    out_text(out, "servicePrincipalType", is_managed ? "ManagedIdentity" : "Application");
    out_texts(out, "tags", "");
    out_end_object(out);
}

typedef void WritePrincipal(const Tenant *tenant, Out *out, uint32_t principal);

static void write_principals(const Tenant *tenant, const char *directory, const char *name,
                             uint32_t first, uint32_t end, WritePrincipal *write_one)
{
    Out *out = out_open(directory, name);
    out_list(out, NULL);
    for (uint32_t i = first; i < end; i++)
        write_one(tenant, out, i);
    out_end_list(out);
    out_close(out);
}

/* One file for each group, as `az ad group member list` needs it: the file name has the id. */
static void write_members(const Tenant *tenant, const char *directory)
{
    Path members = make_directory(directory, "group-members");
    Out *out = NULL;
    for (uint32_t i = 0; i < tenant->memberships.count; i++) {
        Membership it = tenant->memberships.items[i];
        if (out == NULL) {
            char name[64];
            snprintf(name, sizeof name, "%.36s.json", principal_id(tenant, it.group).text);
            out = out_open(members.text, name);
            out_list(out, NULL);
        }
        out_object(out, NULL);
        out_text(out, "@odata.type", graph_type(tenant->principals.items[it.member].kind));
        out_text(out, "displayName", principal_name(tenant, it.member).text);
        out_text(out, "id", principal_id(tenant, it.member).text);
        out_end_object(out);
        bool is_last = i + 1 == tenant->memberships.count ||
                       tenant->memberships.items[i + 1].group != it.group;
        if (is_last) {
            out_end_list(out);
            out_close(out);
            out = NULL;
        }
    }
}

void write_entra(const Tenant *tenant, const char *directory)
{
    uint32_t groups = tenant->user_count;
    uint32_t others = groups + tenant->group_count;
    write_principals(tenant, directory, "users.json", 0, groups, write_user);
    write_principals(tenant, directory, "groups.json", groups, others, write_group);
    write_principals(tenant, directory, "service-principals.json", others, tenant->principals.count,
                     write_service_principal);
    write_members(tenant, directory);
}
