#include "graph/privilege_graph.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/text.h"
#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"
#include "graph/gifts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ASSIGN_ROLES        "Microsoft.Authorization/roleAssignments/write"
#define RESOURCE_GROUP_TYPE "Microsoft.Resources/subscriptions/resourceGroups"
#define DELETE_LOCKS        "Microsoft.Authorization/locks/delete"
#define DELETE_DENIES       "Microsoft.Authorization/denyAssignments/delete"
#define EDIT_ROLES          "Microsoft.Authorization/roleDefinitions/write"

/* The rights that give a capability on a resource's own type, spelled for one type. */
static void add_own_type_atoms(AtomTable *atoms, const Rules *rules, const char *type)
{
    TextBuffer action = {0};
    for (uint32_t c = 0; c < rules->capabilities.count; c++) {
        const Capability *capability = &rules->capabilities.items[c];
        for (uint32_t h = 0; h < capability->held_count; h++) {
            const HeldRight *held = &capability->held[h];
            if (!held->own_type)
                continue;
            text_buffer_clear(&action);
            text_append_format(&action, "%s%s", type, held->action);
            atom_add(atoms, action.text, held->data_plane ? PLANE_DATA : PLANE_CONTROL);
        }
    }
    text_buffer_free(&action);
}

static void add_held_atoms(AtomTable *atoms, const Rules *rules)
{
    for (uint32_t c = 0; c < rules->capabilities.count; c++) {
        const Capability *capability = &rules->capabilities.items[c];
        for (uint32_t h = 0; h < capability->held_count; h++) {
            const HeldRight *held = &capability->held[h];
            if (!held->own_type)
                atom_add(atoms, held->action, held->data_plane ? PLANE_DATA : PLANE_CONTROL);
        }
    }
}

/* Types of resources that only a role assignment names: they exist all the same. */
static void add_assigned_type_atoms(AtomTable *atoms, const Rules *rules, const Snapshot *snapshot)
{
    Interner types = interner_new(CASE_IGNORED);
    TextBuffer type = {0};
    bool *seen = memory_allocate(snapshot->ids.count, sizeof *seen);
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        Id scope = snapshot->role_assignments.items[i].scope;
        if (scope == NONE || seen[scope])
            continue;
        seen[scope] = true;
        text_buffer_clear(&type);
        text_append(&type, id_text(snapshot, scope));
        if (!scope_type_of_id(id_text(snapshot, scope), type.text))
            continue;
        uint32_t type_count = types.count;
        if (intern(&types, type.text) == type_count)
            add_own_type_atoms(atoms, rules, type.text);
    }
    free(seen);
    text_buffer_free(&type);
    interner_free(&types);
}

void privilege_graph_atoms(AtomTable *atoms, const Rules *rules, const Snapshot *snapshot)
{
    atom_add(atoms, ASSIGN_ROLES, PLANE_CONTROL);
    atom_add(atoms, EDIT_ROLES, PLANE_CONTROL);
    atom_add(atoms, DELETE_LOCKS, PLANE_CONTROL);
    atom_add(atoms, DELETE_DENIES, PLANE_CONTROL);
    for (uint32_t i = 0; i < rules->permissions.count; i++) {
        const Permission *permission = &rules->permissions.items[i];
        atom_add(atoms, permission->action, permission->data_plane ? PLANE_DATA : PLANE_CONTROL);
    }
    add_held_atoms(atoms, rules);
    add_own_type_atoms(atoms, rules, RESOURCE_GROUP_TYPE);
    add_assigned_type_atoms(atoms, rules, snapshot);
    bool *seen = memory_allocate(snapshot->ids.count, sizeof *seen);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        Id type = snapshot->resources.items[i].type;
        if (type == NONE || seen[type])
            continue;
        seen[type] = true;
        add_own_type_atoms(atoms, rules, id_text(snapshot, type));
    }
    free(seen);
}

/* ---- nodes and edges ---- */

/* Slots of nodes and of conjunctions: the number from 1 below, half of its hash above, so that what
   it stands for is looked at only when it is most likely the one. */
static uint64_t slot_of(uint32_t number, uint64_t hash)
{
    return hash << 32 | (number + 1);
}

static uint32_t slot_number(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static bool slot_may_be(uint64_t slot, uint64_t hash)
{
    return slot >> 32 == (hash & UINT32_MAX);
}

/* Room for one more: at most half full. */
static void grow_slots(uint64_t **slots, uint32_t *slot_count, uint32_t count)
{
    enum { FIRST_SLOTS = 1024 };
    if (count * 2 < *slot_count)
        return;
    if (count >= UINT32_MAX / 4)
        memory_exhausted();
    uint32_t grown_count = *slot_count ? *slot_count * 2 : FIRST_SLOTS;
    uint64_t *grown = memory_allocate(grown_count, sizeof *grown);
    for (uint32_t i = 0; i < *slot_count; i++) {
        uint32_t at = (uint32_t)((*slots)[i] >> 32) & (grown_count - 1);
        while ((*slots)[i] && grown[at])
            at = (at + 1) & (grown_count - 1);
        if ((*slots)[i])
            grown[at] = (*slots)[i];
    }
    free(*slots);
    *slots = grown;
    *slot_count = grown_count;
}

static uint64_t hash_of_node(const PrivilegeGraph *graph, const Node *node)
{
    return hash_of(node, sizeof *node, graph->node_seed) & UINT32_MAX;
}

/* The slot that holds the node, or the empty one where it belongs. */
static uint64_t *node_slot(const PrivilegeGraph *graph, const Node *node, uint64_t hash)
{
    uint32_t mask = graph->node_slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        uint64_t *slot = &graph->node_slots[i];
        if (!*slot || (slot_may_be(*slot, hash) &&
                       memcmp(&graph->nodes.items[slot_number(*slot)], node, sizeof *node) == 0))
            return slot;
    }
}

uint32_t builder_node(Builder *builder, NodeKind kind, uint32_t a, uint32_t b, uint32_t c)
{
    PrivilegeGraph *graph = builder->graph;
    Node node = {kind, a, b, c};
    uint64_t hash = hash_of_node(graph, &node);
    grow_slots(&graph->node_slots, &graph->node_slot_count, graph->nodes.count);
    uint64_t *slot = node_slot(graph, &node, hash);
    if (*slot)
        return slot_number(*slot);
    *slot = slot_of(graph->nodes.count, hash);
    ARRAY_PUSH(&graph->nodes, node);
    return graph->nodes.count - 1;
}

uint32_t privilege_graph_find(const PrivilegeGraph *graph, NodeKind kind, uint32_t a, uint32_t b,
                              uint32_t c)
{
    Node node = {kind, a, b, c};
    if (!graph->node_slot_count)
        return NONE;
    return slot_number(*node_slot(graph, &node, hash_of_node(graph, &node))); /* empty: NONE */
}

Edge structure_edge(uint32_t from, uint32_t to, Certainty certainty)
{
    return (Edge){.from = from,
                  .to = to,
                  .support = NONE,
                  .technique = NONE,
                  .support_kind = SUPPORT_NONE,
                  .certainty = (uint8_t)certainty};
}

void builder_edge(Builder *builder, Edge edge)
{
    if (edge.from != edge.to)
        ARRAY_PUSH(&builder->graph->edges, edge);
}

/* The slot that holds the conjunction of these premises, or the empty one where it belongs. */
static uint64_t *conjunction_slot(const Builder *builder, const uint32_t *premises, uint32_t count,
                                  uint64_t hash)
{
    const PrivilegeGraph *graph = builder->graph;
    uint32_t mask = builder->conjunction_slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        uint64_t *slot = &builder->conjunction_slots[i];
        if (!*slot)
            return slot;
        if (!slot_may_be(*slot, hash))
            continue;
        const Conjunction *it = &graph->conjunctions.items[slot_number(*slot)];
        if (it->premise_count == count && memcmp(graph->premises.items + it->first_premise,
                                                 premises, count * sizeof *premises) == 0)
            return slot;
    }
}

/* The same premises give the same node. */
uint32_t builder_conjunction(Builder *builder, const uint32_t *premises, uint32_t count)
{
    PrivilegeGraph *graph = builder->graph;
    uint32_t sorted[16];
    assert(count <= sizeof sorted / sizeof *sorted); /* RULES_MOST_VARIABLES bounds the premises */
    memcpy(sorted, premises, count * sizeof *sorted);
    if (count == 2 && sorted[0] > sorted[1]) {
        sorted[0] = premises[1];
        sorted[1] = premises[0];
    } else if (count > 2) {
        qsort(sorted, count, sizeof *sorted, by_number);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!kept || sorted[kept - 1] != sorted[i])
            sorted[kept++] = sorted[i];
    if (kept == 1)
        return sorted[0];
    uint64_t hash = hash_of(sorted, kept * sizeof *sorted, graph->node_seed) & UINT32_MAX;
    grow_slots(&builder->conjunction_slots, &builder->conjunction_slot_count,
               graph->conjunctions.count);
    uint64_t *slot = conjunction_slot(builder, sorted, kept, hash);
    if (*slot)
        return graph->conjunctions.items[slot_number(*slot)].node;
    *slot = slot_of(graph->conjunctions.count, hash);
    Conjunction conjunction = {.first_premise = graph->premises.count, .premise_count = kept};
    conjunction.node = builder_node(builder, NODE_ALL, graph->conjunctions.count, 0, 0);
    for (uint32_t i = 0; i < kept; i++)
        ARRAY_PUSH(&graph->premises, sorted[i]);
    ARRAY_PUSH(&graph->conjunctions, conjunction);
    return conjunction.node;
}

uint32_t builder_right(Builder *builder, const uint32_t *atoms, uint32_t count, uint32_t clause)
{
    PrivilegeGraph *graph = builder->graph;
    Right right = {.clause = clause, .atom_count = count};
    if (clause == NONE)
        return atoms[0];
    memcpy(right.atoms, atoms, count * sizeof *atoms);
    uint32_t known = builder->right_keys.count;
    uint32_t id = intern_bytes(&builder->right_keys, (const char *)&right, sizeof right);
    if (id == known) {
        ARRAY_PUSH(&builder->right_of_key, graph->rights.count);
        ARRAY_PUSH(&graph->rights, right);
    }
    return builder->right_of_key.items[id];
}

bool right_is_partial(const PrivilegeGraph *graph, uint32_t right)
{
    return right < graph->everything && graph->right_of_atom[right] != right;
}

const char *privilege_graph_action(const PrivilegeGraph *graph, uint32_t right, uint32_t clause)
{
    const AtomTable *atoms = graph->access->atoms;
    const Right *it = &graph->rights.items[right];
    if (!it->atom_count)
        return NULL;
    if (right < graph->everything || it->clause != NONE)
        return atoms->atoms.items[it->atoms[0]].action;
    const Rules *rules = graph->rules;
    for (uint32_t i = 0; clause != NONE && i < rules->clauses.items[clause].premise_count; i++) {
        const Premise *premise = &rules->clauses.items[clause].premises[i];
        if (premise->kind != PREMISE_PERMISSION)
            continue;
        for (uint32_t p = 0; p < premise->permission_count; p++) {
            const Permission *permission = &rules->permissions.items[premise->permissions[p]];
            uint32_t atom = atom_find(atoms, permission->action,
                                      permission->data_plane ? PLANE_DATA : PLANE_CONTROL);
            if (graph->right_of_atom[atom] == right)
                return permission->action;
        }
    }
    return NULL;
}

uint32_t builder_bundle(Builder *builder, const Brought *brought)
{
    PrivilegeGraph *graph = builder->graph;
    Bundle bundle = {graph->bundle_items.count, brought->instance_count, brought->grant_count,
                     brought->record_count};
    for (uint32_t i = 0; i < brought->instance_count; i++)
        ARRAY_PUSH(&graph->bundle_items, brought->instances[i]);
    for (uint32_t i = 0; i < brought->grant_count; i++)
        ARRAY_PUSH(&graph->bundle_items, brought->grants[i]);
    for (uint32_t i = 0; i < brought->record_count; i++)
        ARRAY_PUSH(&graph->bundle_items, brought->records[i]);
    ARRAY_PUSH(&graph->bundles, bundle);
    return graph->bundles.count - 1;
}

uint32_t builder_conclusion(Builder *builder, uint32_t instance)
{
    const Instance *found = &builder->instances->instances.items[instance];
    const Clause *clause = &builder->rules->clauses.items[found->clause];
    const Conclusion *conclusion = &clause->conclusion;
    Term term = instance_term(builder->instances, found, conclusion->variable);
    if (term == NONE)
        return NONE;
    if (conclusion->kind == CONCLUDES_ACTS_AS)
        return term_is_principal(term) ? builder->graph->node_of_principal[term_index(term)] : NONE;
    if (conclusion->kind == CONCLUDES_CONTROLS_GROUP)
        return term_is_principal(term) &&
                       builder->snapshot->principals.items[term_index(term)].kind == PRINCIPAL_GROUP
                   ? builder_node(builder, NODE_CONTROL, term_index(term), 0, 0)
                   : NONE;
    if (conclusion->kind == CONCLUDES_FINDING)
        return builder_node(builder, NODE_FINDING, clause->technique, 0, 0);
    if (conclusion->kind != CONCLUDES_CAPABILITY || term_is_principal(term))
        return NONE;
    return privilege_graph_find(builder->graph, NODE_CAPABILITY, conclusion->capability, term, 0);
}

/* ---- callers ---- */

bool caller_kind_fits(const Builder *builder, const Clause *clause, uint32_t principal)
{
    const char *word = principal_kind_word(builder->snapshot->principals.items[principal].kind);
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind != PREMISE_CALLER_KIND)
            continue;
        bool listed = false;
        for (uint32_t v = 0; v < premise->values.count; v++)
            listed |= text_equal(premise->values.items[v], word);
        if (!listed)
            return false;
    }
    return true;
}

/* ---- finishing ---- */

static int by_from(const void *a, const void *b)
{
    const Edge *x = a;
    const Edge *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->technique != y->technique)
        return x->technique < y->technique ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->certainty != y->certainty)
        return x->certainty < y->certainty ? -1 : 1;
    if (x->support_kind != y->support_kind)
        return x->support_kind < y->support_kind ? -1 : 1;
    return (x->support > y->support) - (x->support < y->support);
}

void privilege_graph_gather_edges(PrivilegeGraph *graph)
{
    Edge *gathered = memory_allocate(graph->edges.count, sizeof *gathered);
    uint32_t *first = memory_allocate(graph->nodes.count + 2, sizeof *first);
    for (uint32_t i = 0; i < graph->edges.count; i++)
        first[graph->edges.items[i].from + 2]++;
    for (uint32_t n = 2; n < graph->nodes.count + 2; n++)
        first[n] += first[n - 1];
    for (uint32_t i = 0; i < graph->edges.count; i++)
        gathered[first[graph->edges.items[i].from + 1]++] = graph->edges.items[i];
    free(graph->edges.items);
    graph->edges.items = gathered;
    graph->edges.capacity = graph->edges.count;
    graph->first_edge = first;
}

/* Sorts the edges; of several with the same ends, technique and certainty the first one stays. */
static void finish_edges(PrivilegeGraph *graph)
{
    uint32_t kept = 0;
    uint32_t first = 0;
    privilege_graph_gather_edges(graph);
    for (uint32_t n = 0; n < graph->nodes.count; n++) {
        uint32_t end = graph->first_edge[n + 1];
        uint32_t begin = kept;
        if (end - first > 1)
            qsort(graph->edges.items + first, end - first, sizeof *graph->edges.items, by_from);
        for (uint32_t i = first; i < end; i++) {
            const Edge *edge = &graph->edges.items[i];
            const Edge *last = kept > begin ? &graph->edges.items[kept - 1] : NULL;
            if (last && last->to == edge->to && last->technique == edge->technique)
                continue; /* the same step again, at most as certain */
            graph->edges.items[kept++] = *edge;
        }
        first = end;
        graph->first_edge[n] = begin;
    }
    graph->first_edge[graph->nodes.count] = kept;
    graph->edges.count = kept;
}

void privilege_graph_index_uses(PrivilegeGraph *graph)
{
    graph->first_use = memory_allocate(graph->nodes.count + 2, sizeof *graph->first_use);
    graph->uses = memory_allocate(graph->premises.count, sizeof *graph->uses);
    for (uint32_t i = 0; i < graph->premises.count; i++)
        graph->first_use[graph->premises.items[i] + 2]++;
    for (uint32_t i = 2; i < graph->nodes.count + 2; i++)
        graph->first_use[i] += graph->first_use[i - 1];
    for (uint32_t c = 0; c < graph->conjunctions.count; c++) {
        const Conjunction *conjunction = &graph->conjunctions.items[c];
        for (uint32_t p = 0; p < conjunction->premise_count; p++) {
            uint32_t node = graph->premises.items[conjunction->first_premise + p];
            graph->uses[graph->first_use[node + 1]++] = c;
        }
    }
}

static void index_policies(Builder *builder)
{
    const Snapshot *snapshot = builder->snapshot;
    uint32_t principal_count = snapshot->principals.count;
    uint32_t count = snapshot->access_policies.count;
    builder->first_policy = arena_allocate(&builder->arena, principal_count + 2, sizeof(uint32_t));
    builder->policy_order = arena_allocate(&builder->arena, count, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++)
        builder->first_policy[snapshot->access_policies.items[i].principal + 2]++;
    for (uint32_t i = 2; i < principal_count + 2; i++)
        builder->first_policy[i] += builder->first_policy[i - 1];
    for (uint32_t i = 0; i < count; i++)
        builder->policy_order[builder->first_policy[snapshot->access_policies.items[i].principal +
                                                    1]++] = i;
}

/* One right for the atoms that nothing tells apart.  The right to write role assignments stands by
   itself: what a condition lets through of it is worked out role by role. */
static void find_alike_rights(Builder *builder)
{
    PrivilegeGraph *graph = builder->graph;
    uint32_t count = builder->access->atoms->atoms.count;
    uint32_t *alike = memory_allocate(count, sizeof *alike);
    uint32_t *last = memory_allocate(count, sizeof *last); /* of those like the first, so far */
    graph->right_of_atom = arena_allocate(&graph->arena, count, sizeof(uint32_t));
    builder->next_alike = arena_allocate(&builder->arena, count, sizeof(uint32_t));
    access_alike_atoms(builder->access, alike);
    for (uint32_t atom = 0; atom < count; atom++) {
        uint32_t first = alike[atom];
        graph->right_of_atom[atom] = atom;
        builder->next_alike[atom] = NONE;
        last[atom] = atom;
        if (first == atom || atom == builder->assign_atom || first == builder->assign_atom)
            continue;
        if (graph->right_of_atom[first] == first) {
            Right right = {.clause = NONE, .atom_count = 1, .atoms = {first}};
            graph->right_of_atom[first] = graph->rights.count;
            ARRAY_PUSH(&graph->rights, right);
        }
        graph->right_of_atom[atom] = graph->right_of_atom[first];
        builder->next_alike[last[first]] = atom;
        last[first] = atom;
    }
    free(alike);
    free(last);
}

static void prepare(Builder *builder)
{
    PrivilegeGraph *graph = builder->graph;
    const AtomTable *atoms = builder->access->atoms;
    graph->node_seed = hash_new_seed();
    for (uint32_t i = 0; i < atoms->atoms.count; i++) {
        Right right = {.clause = NONE, .atom_count = 1, .atoms = {i}};
        ARRAY_PUSH(&graph->rights, right);
    }
    graph->everything = graph->rights.count;
    Right everything = {.clause = NONE};
    ARRAY_PUSH(&graph->rights, everything);
    const Rules *rules = builder->rules;
    builder->atom_of_permission =
        arena_allocate(&builder->arena, rules->permissions.count, sizeof(uint32_t));
    for (uint32_t i = 0; i < rules->permissions.count; i++) {
        const Permission *permission = &rules->permissions.items[i];
        builder->atom_of_permission[i] = atom_find(
            atoms, permission->action, permission->data_plane ? PLANE_DATA : PLANE_CONTROL);
    }
    builder->assign_atom = atom_find(atoms, ASSIGN_ROLES, PLANE_CONTROL);
    builder->edit_role_atom = atom_find(atoms, EDIT_ROLES, PLANE_CONTROL);
    find_alike_rights(builder);
    index_policies(builder);
    builder->gives_at = arena_allocate(&builder->arena, builder->access->tree.count, sizeof(bool));
    for (uint32_t c = 0; c < rules->clauses.count; c++)
        if (clause_gives_at_grants(&rules->clauses.items[c]))
            ARRAY_PUSH(&builder->grant_clauses, c);
    builder->delete_locks_atom = atom_find(atoms, DELETE_LOCKS, PLANE_CONTROL);
    builder->delete_denies_atom = atom_find(atoms, DELETE_DENIES, PLANE_CONTROL);
    builder->admitted_keys = interner_new(CASE_MATTERS);
    builder->need_keys = interner_new(CASE_MATTERS);
    builder->right_keys = interner_new(CASE_MATTERS);
    builder->gift_keys = interner_new(CASE_MATTERS);
    builder->gift_places = interner_new(CASE_MATTERS);
    builder->asked_keys = interner_new(CASE_MATTERS);
    builder->asked_premises = interner_new(CASE_MATTERS);
}

void privilege_graph_build(PrivilegeGraph *graph, Access *access, const Rules *rules,
                           const InstanceTable *instances, const Relations *relations)
{
    *graph = (PrivilegeGraph){.access = access, .rules = rules, .instances = instances};
    Builder builder = {.graph = graph,
                       .access = access,
                       .growing_access = access,
                       .snapshot = access->snapshot,
                       .rules = rules,
                       .instances = instances,
                       .relations = relations};
    prepare(&builder);
    build_holders(&builder);
    build_control(&builder);
    build_controlled_members(&builder);
    build_uses(&builder);
    build_grant_sources(&builder);
    build_giving(&builder);
    build_callers(&builder);
    build_rights(&builder);
    build_gifts(&builder);
    finish_edges(graph);
    privilege_graph_index_uses(graph);
    ARRAY_FREE(&builder.holders);
    ARRAY_FREE(&builder.lifted);
    ARRAY_FREE(&builder.leading_rights);
    ARRAY_FREE(&builder.classes);
    ARRAY_FREE(&builder.sources);
    ARRAY_FREE(&builder.uses);
    ARRAY_FREE(&builder.need_uses);
    ARRAY_FREE(&builder.spread_classes);
    ARRAY_FREE(&builder.freed_askers);
    free(builder.conjunction_slots);
    interner_free(&builder.admitted_keys);
    ARRAY_FREE(&builder.admitted);
    interner_free(&builder.need_keys);
    interner_free(&builder.right_keys);
    ARRAY_FREE(&builder.right_of_key);
    ARRAY_FREE(&builder.needs);
    ARRAY_FREE(&builder.bound_givers);
    ARRAY_FREE(&builder.controlled);
    ARRAY_FREE(&builder.giving_clauses);
    ARRAY_FREE(&builder.grant_clauses);
    ARRAY_FREE(&builder.group_grants);
    ARRAY_FREE(&builder.beginnings);
    ARRAY_FREE(&builder.rewritable);
    gifts_free(&builder);
    callers_free(&builder);
    arena_free(&builder.arena);
}

void privilege_graph_free(PrivilegeGraph *graph)
{
    ARRAY_FREE(&graph->rights);
    ARRAY_FREE(&graph->nodes);
    ARRAY_FREE(&graph->edges);
    ARRAY_FREE(&graph->bundles);
    ARRAY_FREE(&graph->bundle_items);
    ARRAY_FREE(&graph->conjunctions);
    ARRAY_FREE(&graph->premises);
    ARRAY_FREE(&graph->givers);
    arena_free(&graph->arena);
    free(graph->first_edge);
    free(graph->first_use);
    free(graph->uses);
    free(graph->node_of_principal);
    free(graph->class_of);
    free(graph->node_slots);
}
