#include "tenant.h"

#include "random.h"

/* A tenant in the making. */
typedef struct Maker {
    Tenant tenant;
    Random random;
    uint64_t *seen; /* hashes of the assignments made so far; 0 is free */
    uint64_t seen_mask;
} Maker;

static uint32_t at_least(uint32_t minimum, uint32_t value)
{
    return value < minimum ? minimum : value;
}

/* ---- scopes ---- */

static uint32_t add_scope(Maker *maker, ScopeKind kind, ResourceKind resource, uint32_t parent)
{
    Scope scope = {.kind = kind,
                   .resource = resource,
                   .parent = parent,
                   .system_identity = NONE,
                   .user_identity = NONE};
    ARRAY_PUSH(&maker->tenant.scopes, scope);
    uint32_t index = maker->tenant.scopes.count - 1;
    Scope *above = &maker->tenant.scopes.items[parent];
    if (above->child_count++ == 0)
        above->first_child = index;
    return index;
}

static void make_management_groups(Maker *maker, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add_scope(maker, SCOPE_MANAGEMENT_GROUP, RESOURCE_KIND_COUNT, i == 0 ? 0 : (i - 1) / 6);
    maker->tenant.first_subscription = count;
}

static void make_subscriptions(Maker *maker, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t parent = random_below(&maker->random, maker->tenant.first_subscription);
        add_scope(maker, SCOPE_SUBSCRIPTION, RESOURCE_KIND_COUNT, parent);
    }
    maker->tenant.first_resource_group = maker->tenant.scopes.count;
}

/* How many of `count` things fall into each of `places`; free() it. */
static uint32_t *spread(Maker *maker, uint32_t count, uint32_t places, unsigned skew)
{
    uint32_t *shares = memory_allocate(places, sizeof *shares);
    for (uint32_t i = 0; i < count; i++)
        shares[random_skewed(&maker->random, places, skew)]++;
    return shares;
}

static void make_resource_groups(Maker *maker, uint32_t count)
{
    uint32_t first = maker->tenant.first_subscription;
    uint32_t subscription_count = maker->tenant.first_resource_group - first;
    uint32_t *shares = spread(maker, count, subscription_count, 2);
    for (uint32_t i = 0; i < subscription_count; i++)
        for (uint32_t k = 0; k < shares[i]; k++)
            add_scope(maker, SCOPE_RESOURCE_GROUP, RESOURCE_KIND_COUNT, first + i);
    free(shares);
    maker->tenant.first_resource = maker->tenant.scopes.count;
}

static void make_workspace(Maker *maker, uint32_t resource_group)
{
    static const ResourceKind belongings[] = {[0] = RESOURCE_WORKSPACE,
                                              [WORKSPACE_STORAGE] = RESOURCE_STORAGE,
                                              [WORKSPACE_VAULT] = RESOURCE_VAULT,
                                              [WORKSPACE_REGISTRY] = RESOURCE_REGISTRY,
                                              [WORKSPACE_INSIGHTS] = RESOURCE_INSIGHTS,
                                              RESOURCE_IDENTITY};
    uint32_t workspace = maker->tenant.scopes.count;
    for (size_t i = 0; i < sizeof belongings / sizeof *belongings; i++)
        add_scope(maker, SCOPE_RESOURCE, belongings[i], resource_group);
    ARRAY_PUSH(&maker->tenant.workspaces, workspace);
}

static ResourceKind random_resource_kind(Maker *maker)
{
    if (random_chance(&maker->random, 3))
        return (ResourceKind)(RESOURCE_VIRTUAL_MACHINE + random_below(&maker->random, 7));
    if (random_chance(&maker->random, 2))
        return RESOURCE_IDENTITY;
    if (random_chance(&maker->random, 25))
        return (ResourceKind)(RESOURCE_STORAGE + random_below(&maker->random, 4));
    uint32_t inert = RESOURCE_KIND_COUNT - RESOURCE_INTERFACE;
    return (ResourceKind)(RESOURCE_INTERFACE + random_below(&maker->random, inert));
}

/* Resource groups are few for their workspaces and skewed for everything else. */
static void make_resources(Maker *maker, uint32_t count, uint32_t workspace_count)
{
    Tenant *tenant = &maker->tenant;
    uint32_t group_count = tenant->first_resource - tenant->first_resource_group;
    uint32_t *workspaces = spread(maker, workspace_count, group_count, 1);
    uint32_t in_workspaces = 6 * workspace_count;
    uint32_t others_count = count > in_workspaces ? count - in_workspaces : 0;
    uint32_t *others = spread(maker, others_count, group_count, 2);
    for (uint32_t i = 0; i < group_count; i++) {
        uint32_t resource_group = tenant->first_resource_group + i;
        for (uint32_t k = 0; k < workspaces[i]; k++)
            make_workspace(maker, resource_group);
        for (uint32_t k = 0; k < others[i]; k++)
            add_scope(maker, SCOPE_RESOURCE, random_resource_kind(maker), resource_group);
    }
    free(workspaces);
    free(others);
    tenant->first_child = tenant->scopes.count;
}

static void make_children(Maker *maker)
{
    Tenant *tenant = &maker->tenant;
    for (uint32_t i = 0; i < tenant->workspaces.count; i++) {
        uint32_t compute_count = 1 + random_below(&maker->random, 3);
        uint32_t endpoint_count = random_below(&maker->random, 3);
        for (uint32_t k = 0; k < compute_count; k++)
            add_scope(maker, SCOPE_CHILD, CHILD_COMPUTE, tenant->workspaces.items[i]);
        for (uint32_t k = 0; k < endpoint_count; k++)
            add_scope(maker, SCOPE_CHILD, CHILD_ENDPOINT, tenant->workspaces.items[i]);
    }
    for (uint32_t i = tenant->first_resource; i < tenant->first_child; i++) {
        ResourceKind kind = tenant->scopes.items[i].resource;
        if (kind == RESOURCE_STORAGE && random_chance(&maker->random, 50))
            add_scope(maker, SCOPE_CHILD, CHILD_CONTAINER, i);
        else if (kind == RESOURCE_VAULT && random_chance(&maker->random, 20))
            add_scope(maker, SCOPE_CHILD, CHILD_SECRET, i);
    }
}

uint32_t scope_above(const Tenant *tenant, uint32_t scope, ScopeKind kind)
{
    while (tenant->scopes.items[scope].kind > kind)
        scope = tenant->scopes.items[scope].parent;
    return scope;
}

bool runs_code(ResourceKind kind)
{
    return kind >= RESOURCE_VIRTUAL_MACHINE && kind <= RESOURCE_FACTORY;
}

/* ---- principals ---- */

static uint32_t random_resource_group(Maker *maker)
{
    const Tenant *tenant = &maker->tenant;
    return tenant->first_resource_group +
           random_below(&maker->random, tenant->first_resource - tenant->first_resource_group);
}

static uint32_t add_principal(Maker *maker, PrincipalKind kind, uint32_t resource,
                              uint32_t workspace)
{
    uint32_t home = resource == NONE ? random_resource_group(maker)
                                     : scope_above(&maker->tenant, resource, SCOPE_RESOURCE_GROUP);
    Principal principal = {kind, home, resource, workspace};
    ARRAY_PUSH(&maker->tenant.principals, principal);
    return maker->tenant.principals.count - 1;
}

static void add_system_identity(Maker *maker, uint32_t scope, uint32_t workspace)
{
    maker->tenant.scopes.items[scope].system_identity =
        add_principal(maker, PRINCIPAL_SYSTEM_ASSIGNED, scope, workspace);
}

static void make_people(Maker *maker, uint32_t user_count, uint32_t group_count,
                        uint32_t application_count)
{
    for (uint32_t i = 0; i < user_count; i++)
        add_principal(maker, PRINCIPAL_USER, NONE, NONE);
    for (uint32_t i = 0; i < group_count; i++)
        add_principal(maker, PRINCIPAL_GROUP, NONE, NONE);
    for (uint32_t i = 0; i < application_count; i++)
        add_principal(maker, PRINCIPAL_SERVICE_PRINCIPAL, NONE, NONE);
    maker->tenant.user_count = user_count;
    maker->tenant.group_count = group_count;
}

/* The workspace's user-assigned identity stands behind its insights. */
static void make_workspace_identities(Maker *maker, uint32_t workspace)
{
    Scope *scopes = maker->tenant.scopes.items;
    uint32_t identity = workspace + WORKSPACE_INSIGHTS + 1;
    uint32_t user_assigned = add_principal(maker, PRINCIPAL_USER_ASSIGNED, identity, workspace);
    scopes[identity].user_identity = user_assigned;
    add_system_identity(maker, workspace, workspace);
    if (random_chance(&maker->random, 33))
        scopes[workspace].user_identity = user_assigned;
    const Scope *scope = &scopes[workspace];
    for (uint32_t i = scope->first_child; i < scope->first_child + scope->child_count; i++) {
        bool shares = scopes[i].resource == CHILD_COMPUTE && random_chance(&maker->random, 50);
        if (shares)
            scopes[i].user_identity = user_assigned;
        else
            add_system_identity(maker, i, workspace);
    }
}

static void make_other_identities(Maker *maker)
{
    Tenant *tenant = &maker->tenant;
    uint32_t last = NONE; /* the identity resource seen last: what follows it may share it */
    for (uint32_t i = tenant->first_resource; i < tenant->first_child; i++) {
        Scope *scope = &tenant->scopes.items[i];
        if (scope->resource == RESOURCE_IDENTITY) {
            if (scope->user_identity == NONE)
                scope->user_identity = add_principal(maker, PRINCIPAL_USER_ASSIGNED, i, NONE);
            last = scope->user_identity;
        } else if (runs_code(scope->resource)) {
            if (random_chance(&maker->random, 60))
                add_system_identity(maker, i, NONE);
            if (random_chance(&maker->random, 40))
                scope->user_identity = last;
        }
    }
}

/* A group holds only groups after it, so that there is no cycle. */
static uint32_t random_member(Maker *maker, uint32_t group)
{
    const Tenant *tenant = &maker->tenant;
    uint32_t after_groups = tenant->user_count + tenant->group_count;
    double x = random_unit(&maker->random);
    if (x < 0.75)
        return random_below(&maker->random, tenant->user_count);
    if (x < 0.78 && group + 1 < after_groups)
        return group + 1 + random_below(&maker->random, after_groups - group - 1);
    return after_groups + random_below(&maker->random, tenant->principals.count - after_groups);
}

static bool is_member(const Tenant *tenant, uint32_t first, uint32_t member)
{
    for (uint32_t i = first; i < tenant->memberships.count; i++)
        if (tenant->memberships.items[i].member == member)
            return true;
    return false;
}

static void make_memberships(Maker *maker)
{
    Tenant *tenant = &maker->tenant;
    for (uint32_t i = 0; i < tenant->group_count; i++) {
        uint32_t group = tenant->user_count + i;
        uint32_t first = tenant->memberships.count;
        uint32_t size = 1 + random_skewed(&maker->random, 50, 4);
        for (uint32_t k = 0; k < size; k++) {
            Membership membership = {group, random_member(maker, group)};
            if (!is_member(tenant, first, membership.member))
                ARRAY_PUSH(&tenant->memberships, membership);
        }
    }
}

/* ---- assignments ---- */

static uint32_t random_role(Maker *maker)
{
    enum { CUSTOM_WEIGHT = 8 };
    uint32_t total = CUSTOM_WEIGHT;
    for (uint32_t i = 0; i < built_in_role_count; i++)
        total += built_in_roles[i].weight;
    uint32_t x = random_below(&maker->random, total);
    for (uint32_t i = 0; i < built_in_role_count; i++) {
        if (x < built_in_roles[i].weight)
            return i;
        x -= built_in_roles[i].weight;
    }
    return built_in_role_count + random_below(&maker->random, maker->tenant.custom_role_count);
}

/* A resource of the kind that the role is for, or the resource group where none is found soon. */
static uint32_t random_resource_for(Maker *maker, uint32_t resource_group, uint32_t role)
{
    const Scope *group = &maker->tenant.scopes.items[resource_group];
    ResourceKind fits =
        role < built_in_role_count ? built_in_roles[role].fits : RESOURCE_KIND_COUNT;
    for (int attempt = 0; attempt < 8 && group->child_count > 0; attempt++) {
        uint32_t resource = group->first_child + random_below(&maker->random, group->child_count);
        const Scope *scope = &maker->tenant.scopes.items[resource];
        if (fits != RESOURCE_KIND_COUNT && scope->resource != fits)
            continue;
        bool has_part = scope->child_count > 0 && fits == RESOURCE_STORAGE;
        return has_part && random_chance(&maker->random, 30) ? scope->first_child : resource;
    }
    return resource_group;
}

static uint32_t random_place(Maker *maker, const Principal *principal)
{
    const Tenant *tenant = &maker->tenant;
    if (random_chance(&maker->random, tenant->options.far_percent))
        return random_resource_group(maker);
    if (random_chance(&maker->random, 30)) {
        const Scope *subscription =
            &tenant->scopes.items[scope_above(tenant, principal->home, SCOPE_SUBSCRIPTION)];
        return subscription->first_child + random_below(&maker->random, subscription->child_count);
    }
    return principal->home;
}

static Assignment random_assignment(Maker *maker, uint32_t principal)
{
    const Tenant *tenant = &maker->tenant;
    const Principal *who = &tenant->principals.items[principal];
    bool is_person = who->kind == PRINCIPAL_USER || who->kind == PRINCIPAL_GROUP;
    uint32_t role = random_role(maker);
    uint32_t place = random_place(maker, who);
    double wide = tenant->options.wide_percent * (is_person ? 1.8 : 0.25);
    Assignment assignment = {principal, place, role};
    if (random_chance(&maker->random, wide / 20))
        assignment.scope = random_below(&maker->random, tenant->first_subscription);
    else if (random_chance(&maker->random, wide))
        assignment.scope = tenant->scopes.items[place].parent;
    else if (random_chance(&maker->random, 55))
        assignment.scope = random_resource_for(maker, place, role);
    bool manages = role < built_in_role_count && built_in_roles[role].manages;
    bool is_wide = tenant->scopes.items[assignment.scope].kind <= SCOPE_SUBSCRIPTION;
    if (manages && is_wide && !is_person && random_chance(&maker->random, 60))
        assignment.role = ROLE_READER; /* wide and strong is rarer for workloads */
    return assignment;
}

/* True the first time that an assignment is seen: Azure refuses a second equal one. */
static bool is_new(Maker *maker, const Assignment *assignment)
{
    uint64_t hash = random_hash(assignment->scope, assignment->role, assignment->principal) | 1;
    uint64_t slot = hash >> 1 & maker->seen_mask;
    while (maker->seen[slot] != 0 && maker->seen[slot] != hash)
        slot = (slot + 1) & maker->seen_mask;
    bool found = maker->seen[slot] == hash;
    maker->seen[slot] = hash;
    return !found;
}

static bool assignments_left(const Maker *maker)
{
    return maker->tenant.assignments.count < maker->tenant.options.assignment_count;
}

static void assign(Maker *maker, Assignment assignment)
{
    if (assignments_left(maker) && is_new(maker, &assignment))
        ARRAY_PUSH(&maker->tenant.assignments, assignment);
}

/* What an AML identity needs for its job; before everything that it has besides. */
static void assign_task_scopes(Maker *maker)
{
    const Tenant *tenant = &maker->tenant;
    for (uint32_t i = 0; i < tenant->principals.count; i++) {
        uint32_t workspace = tenant->principals.items[i].workspace;
        if (workspace == NONE)
            continue;
        assign(maker, (Assignment){i, workspace + WORKSPACE_STORAGE, ROLE_BLOB_CONTRIBUTOR});
        assign(maker, (Assignment){i, workspace + WORKSPACE_REGISTRY, ROLE_REGISTRY_PULL});
        if (tenant->principals.items[i].resource == workspace)
            assign(maker, (Assignment){i, workspace + WORKSPACE_VAULT, ROLE_SECRETS_USER});
        if (random_chance(&maker->random, 20))
            assign(maker, (Assignment){i, workspace, ROLE_DATA_SCIENTIST});
    }
}

static uint32_t random_principal(Maker *maker)
{
    const Tenant *tenant = &maker->tenant;
    uint32_t after_groups = tenant->user_count + tenant->group_count;
    double x = random_unit(&maker->random);
    if (x < 0.30)
        return tenant->user_count + random_skewed(&maker->random, tenant->group_count, 2);
    if (x < 0.45)
        return random_below(&maker->random, tenant->user_count);
    return after_groups + random_below(&maker->random, tenant->principals.count - after_groups);
}

static void make_assignments(Maker *maker)
{
    Tenant *tenant = &maker->tenant;
    uint64_t slots = 64;
    while (slots < (uint64_t)tenant->options.assignment_count * 2)
        slots *= 2;
    maker->seen = memory_allocate(slots, sizeof *maker->seen);
    maker->seen_mask = slots - 1;
    assign_task_scopes(maker);
    /* Bounded, because a very small tenant has no room for many different assignments. */
    uint64_t attempts = (uint64_t)tenant->options.assignment_count * 20;
    for (; assignments_left(maker) && attempts > 0; attempts--)
        assign(maker, random_assignment(maker, random_principal(maker)));
    free(maker->seen);
}

static void make_eligible(Maker *maker)
{
    Tenant *tenant = &maker->tenant;
    uint32_t people = tenant->user_count + tenant->group_count;
    for (uint32_t i = 0; i < tenant->options.assignment_count / 50; i++) {
        Assignment assignment = random_assignment(maker, random_below(&maker->random, people));
        ARRAY_PUSH(&tenant->eligible, assignment);
    }
}

Tenant tenant_make(const TenantOptions *options)
{
    Maker maker = {.tenant.options = *options, .random = {options->seed}};
    uint32_t resources = options->resource_count;
    uint32_t subscriptions = at_least(1, resources / 1000);
    uint32_t workspaces = at_least(1, options->aml_identity_count / 4);
    make_management_groups(&maker, 4 + subscriptions / 6);
    make_subscriptions(&maker, subscriptions);
    make_resource_groups(&maker, at_least(subscriptions, resources / 40));
    make_resources(&maker, resources, workspaces);
    make_children(&maker);
    make_people(&maker, at_least(10, resources / 25), at_least(4, resources / 150),
                at_least(4, options->assignment_count / 40));
    for (uint32_t i = 0; i < maker.tenant.workspaces.count; i++)
        make_workspace_identities(&maker, maker.tenant.workspaces.items[i]);
    make_other_identities(&maker);
    make_memberships(&maker);
    maker.tenant.custom_role_count = 10 + subscriptions;
    make_assignments(&maker);
    make_eligible(&maker);
    return maker.tenant;
}

void tenant_free(Tenant *tenant)
{
    ARRAY_FREE(&tenant->scopes);
    ARRAY_FREE(&tenant->principals);
    ARRAY_FREE(&tenant->memberships);
    ARRAY_FREE(&tenant->assignments);
    ARRAY_FREE(&tenant->eligible);
    ARRAY_FREE(&tenant->workspaces);
}
