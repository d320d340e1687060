#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A piece that a start may have, and how it comes to it. */
typedef struct Candidate {
    Piece piece;
    ChainEnd end;
    uint64_t distance; /* of end.node at end.level */
    uint8_t certainty; /* reaching the holder and having the piece */
    bool limited;      /* assign-roles: only the roles that a condition admits */
} Candidate;

typedef ARRAY(Candidate) CandidateList;

enum { MOST_START_NODES = 4096 };

/* Pieces of (rights, scope, class), made once per worker. */
typedef struct PieceCache {
    Interner keys;
    ARRAY(PieceList) lists;
} PieceCache;

struct Worker {
    const Parts *parts;
    Interner admitted_keys;
    ARRAY(const char *)
    admitted; /* by key; the texts live in the arena of the start that had them first */
    Search *searches[CERTAINTY_LEVELS];
    PieceCache cache;
    CandidateList candidates;
    bool searched;        /* the searches hold the ways of the start at hand */
    uint32_t focus;       /* only what lies at or below this scope is collected; NONE: everything */
    ARRAY(uint32_t) open; /* positions in `candidates` of the ancestors while sweeping */
};

Worker *worker_new(const Parts *parts)
{
    Worker *worker = memory_allocate(1, sizeof *worker);
    worker->parts = parts;
    worker->focus = NONE;
    worker->cache.keys = interner_new(CASE_MATTERS);
    worker->admitted_keys = interner_new(CASE_MATTERS);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        worker->searches[level] = search_new(&parts->graph);
    return worker;
}

void worker_free(Worker *worker)
{
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        search_free(worker->searches[level]);
    for (uint32_t i = 0; i < worker->cache.lists.count; i++)
        free(worker->cache.lists.items[i].items);
    ARRAY_FREE(&worker->cache.lists);
    interner_free(&worker->cache.keys);
    interner_free(&worker->admitted_keys);
    free((void *)worker->admitted.items);
    ARRAY_FREE(&worker->candidates);
    ARRAY_FREE(&worker->open);
    free(worker);
}

uint32_t add_start_nodes(const Parts *parts, const Start *start, NodeList *nodes)
{
    uint32_t before = nodes->count;
    if (start->kind != START_WORKLOAD || !start->place_count || start->joined)
        for (uint32_t i = 0; i < start->own_count; i++)
            if (parts->graph.node_of_principal[start->own[i]] != NONE)
                ARRAY_PUSH(nodes, parts->graph.node_of_principal[start->own[i]]);
    for (uint32_t i = 0; i < start->place_count; i++) {
        uint32_t node = privilege_graph_find(&parts->graph, NODE_CAPABILITY, CAPABILITY_RUN_CODE,
                                             start->places[i], 0);
        if (node != NONE)
            ARRAY_PUSH(nodes, node);
    }
    return nodes->count - before;
}

NodeList all_start_nodes(const Parts *parts, const Start *starts, uint32_t count)
{
    NodeList list = {0};
    for (uint32_t i = 0; i < count; i++)
        (void)add_start_nodes(parts, &starts[i], &list);
    return list;
}

NodeList start_nodes_of_each(const Parts *parts, const Start *starts, const uint32_t *order,
                             uint32_t count, StartNodes *nodes)
{
    NodeList list = {0};
    for (uint32_t i = 0; i < count; i++)
        nodes[i].count = add_start_nodes(parts, &starts[order ? order[i] : i], &list);
    const uint32_t *next = list.items;
    for (uint32_t i = 0; i < count; i++) {
        nodes[i].nodes = next;
        next += nodes[i].count;
    }
    return list;
}

uint32_t start_nodes(const Parts *parts, const Start *start, uint32_t *nodes, uint32_t capacity)
{
    NodeList list = {0};
    uint32_t count = add_start_nodes(parts, start, &list);
    count = count < capacity ? count : capacity;
    if (count)
        memcpy(nodes, list.items, count * sizeof *nodes);
    ARRAY_FREE(&list);
    return count;
}

/* ---- candidates ---- */

typedef struct PieceKey {
    uint32_t source; /* right set, giver or policy */
    uint32_t scope;
    uint32_t class_index;
    uint32_t kind; /* 0 right set, 1 giver, 2 policy */
} PieceKey;

static const PieceList *cached_pieces(Worker *worker, PieceKey key)
{
    const Parts *parts = worker->parts;
    uint32_t index = intern_bytes(&worker->cache.keys, (const char *)&key, sizeof key);
    if (index < worker->cache.lists.count)
        return &worker->cache.lists.items[index];
    PieceList pieces = {0};
    if (key.kind == 0) {
        const RightSet *rights = &parts->access->right_sets.items[key.source];
        rows_of_rights(parts->rows, rights->certain, rights->conditional, key.scope,
                       key.class_index, &pieces);
    } else if (key.kind == 1) {
        const Giver *giver = &parts->graph.givers.items[key.source];
        rows_of_rights(parts->rows, giver->certain, giver->conditional, key.scope, key.class_index,
                       &pieces);
    } else {
        rows_of_policy(parts->rows, &parts->snapshot->access_policies.items[key.source], &pieces);
    }
    ARRAY_PUSH(&worker->cache.lists, pieces);
    return &worker->cache.lists.items[index];
}

/* The right to give roles, from a condition that lets only some through. */
static bool is_limited(const Parts *parts, const ChainEnd *end)
{
    return parts->graph.nodes.items[end->node].kind == NODE_GIVE_SOME && end->grant == NONE &&
           end->policy == NONE && end->giver == NONE;
}

static void add_candidate(Worker *worker, const Piece *piece, ChainEnd end, Certainty certainty)
{
    if (piece_is_left_out(worker->parts, piece, certainty))
        return;
    const SearchLabel *label =
        worker->searched ? search_label(worker->searches[end.level], end.node) : NULL;
    Candidate candidate = {.piece = *piece,
                           .end = end,
                           .distance = label ? label->distance : 0,
                           .certainty = (uint8_t)certainty,
                           .limited = is_limited(worker->parts, &end)};
    ARRAY_PUSH(&worker->candidates, candidate);
}

static bool scope_holds(const Worker *worker, uint32_t outer, uint32_t inner)
{
    return outer <= inner && inner < worker->parts->access->tree.scopes[outer].end;
}

/* With a focus: what is held above it counts there; false when it is held elsewhere. */
static bool towards_focus(const Worker *worker, uint32_t *scope)
{
    if (worker->focus == NONE)
        return true;
    if (scope_holds(worker, *scope, worker->focus))
        *scope = worker->focus;
    return scope_holds(worker, worker->focus, *scope);
}

static void add_pieces(Worker *worker, PieceKey key, ChainEnd end, Certainty certainty)
{
    if (key.kind != 2 && !towards_focus(worker, &key.scope))
        return;
    const PieceList *pieces = cached_pieces(worker, key);
    for (uint32_t i = 0; i < pieces->count; i++)
        add_candidate(worker, &pieces->items[i], end,
                      certainty_worse(certainty, (Certainty)pieces->items[i].certainty));
}

/* A grant at a management group counts in the subscriptions it is assumed to hold. */
static void add_grant_pieces(Worker *worker, uint32_t index, uint32_t class_index, ChainEnd end)
{
    const Access *access = worker->parts->access;
    const Grant *grant = &access->grants.items[index];
    end.grant = index;
    Certainty certainty = certainty_worse(end.level, grant->certainty);
    class_index = access_limited_class(access, class_index, grant->limit);
    add_pieces(worker, (PieceKey){grant->rights, grant->scope, class_index, 0}, end, certainty);
    uint32_t first;
    uint32_t count = access_local_rights(access, grant, &first);
    for (uint32_t i = 0; i < count; i++) {
        const LocalRights *local = &access->limits.items[grant->limit].local.items[first + i];
        if (local->gains)
            add_pieces(worker, (PieceKey){local->rights, local->scope, class_index, 0}, end,
                       certainty);
    }
    const Scope *scope = &access->tree.scopes[grant->scope];
    if (scope->level != SCOPE_MANAGEMENT_GROUP)
        return;
    for (uint32_t i = 0; i < access->tree.assumed.count; i++) {
        const AssumedParent *assumed = &access->tree.assumed.items[i];
        if (assumed->group >= grant->scope && assumed->group < scope->end)
            add_pieces(worker, (PieceKey){grant->rights, assumed->subscription, class_index, 0},
                       end, ASSUMED);
    }
}

static void add_holder(Worker *worker, uint32_t principal, uint32_t class_index, bool is_user,
                       ChainEnd end)
{
    const Parts *parts = worker->parts;
    const Access *access = parts->access;
    for (uint32_t g = access->first_grant[principal]; g < access->first_grant[principal + 1]; g++)
        if (access->grants.items[g].certainty != ELIGIBLE || is_user)
            add_grant_pieces(worker, g, class_index, end);
    for (uint32_t p = parts->first_policy[principal]; p < parts->first_policy[principal + 1]; p++) {
        ChainEnd policy = end;
        policy.policy = parts->policy_order[p];
        add_pieces(worker, (PieceKey){policy.policy, 0, 0, 2}, policy, end.level);
    }
}

static void add_givers(Worker *worker, uint32_t node, ChainEnd end)
{
    const Parts *parts = worker->parts;
    for (uint32_t i = parts->first_giver[node]; i < parts->first_giver[node + 1]; i++) {
        const Giver *giver = &parts->graph.givers.items[parts->giver_order[i]];
        end.giver = parts->giver_order[i];
        add_pieces(worker, (PieceKey){end.giver, giver->scope, giver->class_index, 1}, end,
                   end.level);
    }
}

static bool is_own_place(const Start *start, uint32_t scope)
{
    for (uint32_t i = 0; i < start->place_count; i++)
        if (start->places[i] == scope)
            return true;
    return false;
}

static void add_scope_piece(Worker *worker, uint32_t capability, uint32_t scope, ChainEnd end)
{
    const Scope *place = &worker->parts->access->tree.scopes[scope];
    bool bare = capability == CAPABILITY_ASSIGN_ROLES || capability == CAPABILITY_DIRECTORY;
    Piece piece = {.capability = capability,
                   .type = bare ? NONE : place->type,
                   .scope = scope,
                   .resources = bare ? 0 : 1,
                   .clause = NONE,
                   .instance = NONE};
    add_candidate(worker, &piece, end, end.level);
}

static void add_node(Worker *worker, const Start *start, const ReachedNode *reached)
{
    const Parts *parts = worker->parts;
    const Node *node = &parts->graph.nodes.items[reached->node];
    ChainEnd end = {.node = reached->node,
                    .level = (Certainty)reached->certainty,
                    .grant = NONE,
                    .policy = NONE,
                    .giver = NONE};
    if (node->kind == NODE_PRINCIPAL)
        add_holder(worker, node->a, parts->graph.class_of[node->a],
                   access_can_activate(parts->access, node->a), end);
    else if (node->kind == NODE_MEMBER)
        add_holder(worker, node->a, node->b, node->c, end);
    else if (node->kind == NODE_CAPABILITY &&
             !(node->a == CAPABILITY_RUN_CODE && is_own_place(start, node->b)))
        add_scope_piece(worker, node->a, node->b, end);
    else if (node->kind == NODE_DIRECTORY)
        add_scope_piece(worker, CAPABILITY_DIRECTORY, 0, end);
    else if (node->kind == NODE_GIVE)
        add_scope_piece(worker, CAPABILITY_ASSIGN_ROLES, node->a, end);
    else if (node->kind == NODE_GIVE_SOME)
        add_scope_piece(worker, CAPABILITY_ASSIGN_ROLES, parts->access->grants.items[node->a].scope,
                        end);
    add_givers(worker, reached->node, end);
}

/* ---- what covers what ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Same claim together, outermost scope first, the best way to it first. */
static int by_claim(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;
    int order = compare_numbers(x->piece.capability, y->piece.capability);
    if (!order)
        order = compare_numbers(x->piece.type, y->piece.type);
    if (!order)
        order = compare_numbers(x->piece.scope, y->piece.scope);
    if (!order)
        order = compare_numbers(x->certainty, y->certainty);
    if (!order)
        order = compare_numbers(x->limited, y->limited);
    if (!order)
        order = compare_numbers(x->distance, y->distance);
    if (!order)
        order = compare_numbers(x->piece.clause, y->piece.clause);
    if (!order)
        order = compare_numbers(x->end.node, y->end.node);
    if (!order)
        order = compare_numbers(x->end.grant, y->end.grant);
    if (!order)
        order = compare_numbers(x->end.policy, y->end.policy);
    return order ? order : compare_numbers(x->end.giver, y->end.giver);
}

/* A limited right to give roles says nothing about an unlimited one, nor one Entra role about
   another. */
static bool covers(const Candidate *outer, const Candidate *inner)
{
    if (outer->piece.capability == CAPABILITY_DIRECTORY && outer->end.node != inner->end.node)
        return false;
    return outer->certainty <= inner->certainty && (!outer->limited || inner->limited);
}

/* Keeps the claims that no outer one, at least as certain, already makes. */
static void drop_covered(Worker *worker)
{
    const ScopeTree *tree = &worker->parts->access->tree;
    CandidateList *list = &worker->candidates;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_claim);
    uint32_t kept = 0;
    worker->open.count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        Candidate candidate = list->items[i];
        bool covered = false;
        while (worker->open.count) {
            const Candidate *outer = &list->items[worker->open.items[worker->open.count - 1]];
            if (outer->piece.capability == candidate.piece.capability &&
                outer->piece.type == candidate.piece.type &&
                candidate.piece.scope < tree->scopes[outer->piece.scope].end)
                break;
            worker->open.count--;
        }
        for (uint32_t o = 0; o < worker->open.count && !covered; o++)
            covered = covers(&list->items[worker->open.items[o]], &candidate);
        if (covered)
            continue;
        list->items[kept] = candidate;
        ARRAY_PUSH(&worker->open, kept);
        kept++;
    }
    list->count = kept;
}

/* ---- rows ---- */

/* What becomes one row together: same scope, capability, certainty and way; types side by side. */
static int by_row(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;
    int order = compare_numbers(x->piece.scope, y->piece.scope);
    if (!order)
        order = compare_numbers(x->piece.capability, y->piece.capability);
    if (!order)
        order = compare_numbers(x->certainty, y->certainty);
    if (!order)
        order = compare_numbers(x->end.node, y->end.node);
    if (!order)
        order = compare_numbers(x->end.grant, y->end.grant);
    if (!order)
        order = compare_numbers(x->end.policy, y->end.policy);
    if (!order)
        order = compare_numbers(x->end.giver, y->end.giver);
    if (!order)
        order = compare_numbers(x->piece.clause, y->piece.clause);
    return order ? order : compare_numbers(x->piece.type, y->piece.type);
}

static bool same_row(const Candidate *x, const Candidate *y)
{
    return x->piece.scope == y->piece.scope && x->piece.capability == y->piece.capability &&
           x->certainty == y->certainty && x->end.node == y->end.node &&
           x->end.grant == y->end.grant && x->end.policy == y->end.policy &&
           x->end.giver == y->end.giver && x->piece.clause == y->piece.clause;
}

/* The roles that a condition admits, for people: at most ten names and how many more.  Equal
   conditions share the text. */
static const char *admitted_roles(Worker *worker, Arena *arena, const Node *node)
{
    const Parts *parts = worker->parts;
    const Grant *held = &parts->access->grants.items[node->a];
    uint32_t key[] = {parts->snapshot->role_assignments.items[held->assignment].condition,
                      held->role, node->c};
    uint32_t known = intern_bytes(&worker->admitted_keys, (const char *)key, sizeof key);
    if (known < worker->admitted.count)
        return worker->admitted.items[known];
    enum { NAMED = 10 };
    TextBuffer names = {0};
    uint32_t count = 0;
    const Grant *grant = &parts->access->grants.items[node->a];
    PrincipalKind kind = node->c & GIVES_AS_USER ? PRINCIPAL_USER : PRINCIPAL_SERVICE_PRINCIPAL;
    for (uint32_t r = 0; r < parts->access->roles.count; r++) {
        Tri admits = node->c & GIVES_BY_REWRITING
                         ? access_admits_rewritten(parts->access, grant, r, NONE, kind)
                         : access_admits(parts->access, grant, r, NONE, kind, false);
        if (admits == TRI_FALSE)
            continue;
        const char *name = parts->access->roles.items[r].definition->name;
        if (count++ < NAMED)
            text_append_format(&names, "%s%s", count > 1 ? ", " : "", name ? name : "unnamed role");
    }
    if (count > NAMED)
        text_append_format(&names, " and %u more", count - NAMED);
    const char *text = arena_copy_text(arena, names.text ? names.text : "none to itself");
    text_buffer_free(&names);
    ARRAY_PUSH(&worker->admitted, text);
    return text;
}

/* The Entra role or permission by name, wherever it holds. */
static const char *directory_name(const Parts *parts, Arena *arena, const Node *node)
{
    const char *name = NULL;
    switch ((DirectoryKind)node->a) {
    case DIRECTORY_ROLE:
        if (node->b == NONE)
            return "any directory role";
        return parts->rules->directory_roles.items[node->b].name;
    case DIRECTORY_PERMISSION:
        if (node->b == NONE)
            return "any application permission";
        return parts->rules->app_roles.items[node->b].name;
    case DIRECTORY_OTHER_ROLE:
    case DIRECTORY_OTHER_PERMISSION:
        name = id_text(parts->snapshot, node->b);
        break;
    }
    return arena_format(
        arena, node->a == DIRECTORY_OTHER_ROLE ? "directory role %s" : "application permission %s",
        name);
}

static const char *directory_words(const Parts *parts, Arena *arena, const Node *node)
{
    const char *name = directory_name(parts, arena, node);
    return node->c ? arena_format(arena, "%s, over a part of the tenant", name) : name;
}

/* Candidates side by side that are one row. */
typedef struct RowGroup {
    const Candidate *first;
    uint32_t count;
} RowGroup;

/* The row without its chain. */
static ReachRow make_row(const Worker *worker, const StartResult *result, const RowGroup *group,
                         Arena *arena)
{
    const Parts *parts = worker->parts;
    const Piece *piece = &group->first->piece;
    ReachRow row = {.scope = piece->scope,
                    .capability = piece->capability,
                    .certainty = (Certainty)group->first->certainty,
                    .in_task_scope =
                        task_scope_covers(parts, result, piece->scope, piece->capability),
                    .held_by = NONE,
                    .chain = NONE,
                    .directory_node = NONE};
    row.by_type = arena_allocate(arena, group->count, sizeof *row.by_type);
    for (uint32_t i = 0; i < group->count; i++) {
        const Piece *one = &group->first[i].piece;
        if (one->type == NONE) {
            row.on_scope_itself = true;
            continue;
        }
        row.by_type[row.type_count++] = (TypeCount){one->type, one->resources};
        row.resources += one->resources;
    }
    return row;
}

static void add_chain(Worker *worker, const RowGroup *group, Arena *arena, ChainBuilder *chains,
                      ReachRow *row)
{
    const Parts *parts = worker->parts;
    Piece whole = group->first->piece;
    if (group->count > 1) {
        whole.type = NONE;
        whole.instance = NONE;
    }
    whole.resources = row->resources;
    ChainEnd end = group->first->end;
    bool at_node = end.grant == NONE && end.policy == NONE && end.giver == NONE;
    end.piece = at_node ? NULL : &whole;
    if (whole.capability == CAPABILITY_DIRECTORY) {
        row->directory_node = end.node;
        row->roles = directory_words(parts, arena, &parts->graph.nodes.items[end.node]);
    } else if (is_limited(parts, &group->first->end)) {
        row->roles = admitted_roles(worker, arena, &parts->graph.nodes.items[end.node]);
    }
    row->held_by = chain_holder(chains, &end);
    row->chain = chain_build(chains, &end);
}

typedef struct RankedRow {
    ReachRow row;
    RowGroup group;
    Severity severity;
} RankedRow;

static int by_rank(const void *a, const void *b)
{
    const RankedRow *x = a;
    const RankedRow *y = b;
    int order = compare_numbers(y->severity, x->severity);
    if (!order)
        order = compare_numbers(x->row.certainty, y->row.certainty);
    if (!order)
        order = compare_numbers(x->row.scope, y->row.scope);
    if (!order)
        order = compare_numbers(x->row.capability, y->row.capability);
    return order ? order : (x->group.first > y->group.first) - (x->group.first < y->group.first);
}

/* The worst `most` rows, with their chains. */
static void make_rows(Worker *worker, StartResult *result, uint32_t most, Arena *arena,
                      ChainBuilder *chains)
{
    CandidateList *list = &worker->candidates;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_row);
    ARRAY(RankedRow) rows = {0};
    for (uint32_t i = 0; i < list->count;) {
        uint32_t end = i;
        while (end < list->count && same_row(&list->items[i], &list->items[end]))
            end++;
        RankedRow row = {.group = {&list->items[i], end - i}};
        row.row = make_row(worker, result, &row.group, arena);
        row.severity = row_severity(worker->parts, &row.row);
        ARRAY_PUSH(&rows, row);
        i = end;
    }
    if (rows.count)
        qsort(rows.items, rows.count, sizeof *rows.items, by_rank);
    result->reach_total = rows.count;
    result->reach_count = rows.count < most ? rows.count : most;
    result->reach = arena_allocate(arena, result->reach_count, sizeof *result->reach);
    for (uint32_t i = 0; i < result->reach_count; i++) {
        add_chain(worker, &rows.items[i].group, arena, chains, &rows.items[i].row);
        result->reach[i] = rows.items[i].row;
    }
    ARRAY_FREE(&rows);
}

/* ---- acts as ---- */

static bool is_own(const Start *start, uint32_t principal)
{
    bool begins_with_them = start->kind != START_WORKLOAD || start->joined;
    for (uint32_t i = 0; begins_with_them && i < start->own_count; i++)
        if (start->own[i] == principal)
            return true;
    return false;
}

typedef struct RankedActsAs {
    ActsAs acts_as;
    ChainEnd end;
    uint64_t distance;
} RankedActsAs;

static int by_nearness(const void *a, const void *b)
{
    const RankedActsAs *x = a;
    const RankedActsAs *y = b;
    int order = compare_numbers(x->acts_as.certainty, y->acts_as.certainty);
    if (!order)
        order =
            compare_numbers(x->distance >> DISTANCE_STEP_SHIFT, y->distance >> DISTANCE_STEP_SHIFT);
    return order ? order : compare_numbers(x->acts_as.principal, y->acts_as.principal);
}

/* The nearest `most`, with their chains. */
static void find_acts_as(Worker *worker, const Start *start, const Reached *reached, uint32_t most,
                         Arena *arena, ChainBuilder *chains, StartResult *result)
{
    const PrivilegeGraph *graph = &worker->parts->graph;
    ARRAY(RankedActsAs) found = {0};
    for (uint32_t i = 0; i < reached->count; i++) {
        const ReachedNode *node = &reached->items[i];
        uint32_t principal = graph->nodes.items[node->node].a;
        if (graph->nodes.items[node->node].kind != NODE_PRINCIPAL || is_own(start, principal))
            continue;
        const SearchLabel *label = search_label(worker->searches[node->certainty], node->node);
        if (!label)
            continue;
        RankedActsAs row = {.distance = label->distance};
        row.end = (ChainEnd){.node = node->node,
                             .level = (Certainty)node->certainty,
                             .grant = NONE,
                             .policy = NONE,
                             .giver = NONE};
        row.acts_as = (ActsAs){
            .principal = principal,
            .kind = label->edge == NONE ? ACTS_TOKEN
                                        : (ActsAsKind)graph->edges.items[label->edge].acts_as_kind,
            .certainty = (Certainty)node->certainty};
        ARRAY_PUSH(&found, row);
    }
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_nearness);
    result->acts_as_count = found.count < most ? found.count : most;
    result->acts_as = arena_allocate(arena, result->acts_as_count, sizeof *result->acts_as);
    for (uint32_t i = 0; i < result->acts_as_count; i++) {
        result->acts_as[i] = found.items[i].acts_as;
        result->acts_as[i].chain = chain_build(chains, &found.items[i].end);
    }
    ARRAY_FREE(&found);
}

/* ---- what is only told ---- */

static void find_notices(Worker *worker, const Reached *reached, Arena *arena, ChainBuilder *chains,
                         StartResult *result)
{
    const PrivilegeGraph *graph = &worker->parts->graph;
    uint32_t count = 0;
    for (uint32_t i = 0; i < reached->count; i++)
        count += graph->nodes.items[reached->items[i].node].kind == NODE_FINDING;
    result->notices = arena_allocate(arena, count, sizeof *result->notices);
    for (uint32_t i = 0; i < reached->count; i++) {
        const ReachedNode *node = &reached->items[i];
        if (graph->nodes.items[node->node].kind != NODE_FINDING)
            continue;
        ChainEnd end = {.node = node->node,
                        .level = (Certainty)node->certainty,
                        .grant = NONE,
                        .policy = NONE,
                        .giver = NONE};
        result->notices[result->notice_count++] =
            (Notice){graph->nodes.items[node->node].a, chain_build(chains, &end), false};
    }
}

/* ---- all of it ---- */

void count_standing(const Parts *parts, const Start *start, StartResult *result)
{
    const Access *access = parts->access;
    for (uint32_t i = 0; i < start->own_count; i++) {
        uint32_t principal = start->own[i];
        for (uint32_t g = access->first_grant[principal]; g < access->first_grant[principal + 1];
             g++) {
            const Grant *grant = &access->grants.items[g];
            const RoleAssignment *assignment =
                &parts->snapshot->role_assignments.items[grant->assignment];
            if (grant->certainty == ELIGIBLE)
                result->standing_eligible++;
            else if (assignment->end != TIME_NONE)
                result->standing_time_bound++;
            else
                result->standing_permanent++;
        }
    }
}

static void collect_claims(Worker *worker, const Start *start, const Reached *reached)
{
    worker->candidates.count = 0;
    for (uint32_t i = 0; i < reached->count; i++)
        add_node(worker, start, &reached->items[i]);
    drop_covered(worker);
}

/* Running code where it runs from the beginning is no reach: those places are not counted, and a
   claim of which nothing is left is dropped. */
static void leave_out_own_places(Worker *worker, const Start *start)
{
    const ScopeTree *tree = &worker->parts->access->tree;
    CandidateList *list = &worker->candidates;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        Candidate candidate = list->items[i];
        Piece *piece = &candidate.piece;
        bool counts = piece->capability == CAPABILITY_RUN_CODE && piece->resources > 0;
        for (uint32_t p = 0; p < start->place_count && counts; p++) {
            uint32_t place = start->places[p];
            if (place >= piece->scope && place < tree->scopes[piece->scope].end &&
                tree->scopes[place].type == piece->type && piece->resources)
                piece->resources--;
        }
        if (!counts || piece->resources)
            list->items[kept++] = candidate;
    }
    list->count = kept;
}

void worker_detail(Worker *worker, const Start *start, const Reached *reached, uint32_t most_rows,
                   Arena *arena, ChainList *chains, StartResult *result)
{
    const Parts *parts = worker->parts;
    uint32_t nodes[MOST_START_NODES];
    uint32_t node_count = start_nodes(parts, start, nodes, MOST_START_NODES);
    bool level_occurs[CERTAINTY_LEVELS] = {false};
    for (uint32_t i = 0; i < reached->count; i++)
        level_occurs[reached->items[i].certainty] = true;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        if (level_occurs[level])
            search_run(worker->searches[level], nodes, node_count, (Certainty)level);
    worker->searched = true;
    ChainBuilder *builder = chain_builder_new(parts, start, worker->searches, arena, chains);
    find_acts_as(worker, start, reached, most_rows, arena, builder, result);
    find_notices(worker, reached, arena, builder, result);
    collect_claims(worker, start, reached);
    leave_out_own_places(worker, start);
    make_rows(worker, result, most_rows, arena, builder);
    answer_questions_from_rows(parts, arena, result);
    judge_worst(parts, arena, start, result);
    result->detailed = true;
    chain_builder_free(builder);
}

/* ---- the other way round: from a target to everything that ends there ---- */

static void take_ends(const Worker *worker, EndList *ends)
{
    for (uint32_t i = 0; i < worker->candidates.count; i++) {
        const Candidate *candidate = &worker->candidates.items[i];
        TargetEnd end = {candidate->piece, candidate->end, candidate->certainty,
                         candidate->limited};
        ARRAY_PUSH(ends, end);
    }
}

static const Start nobody = {.principal = NONE, .resource = NONE};

void worker_ends(Worker *worker, uint32_t scope, EndList *ends)
{
    const PrivilegeGraph *graph = &worker->parts->graph;
    worker->focus = scope;
    worker->searched = false;
    worker->candidates.count = 0;
    for (uint32_t node = 0; node < graph->nodes.count; node++)
        add_node(worker, &nobody, &(ReachedNode){node, CERTAIN});
    worker->focus = NONE;
    take_ends(worker, ends);
}

void worker_ends_of_node(Worker *worker, uint32_t node, EndList *ends)
{
    worker->searched = false;
    worker->candidates.count = 0;
    add_node(worker, &nobody, &(ReachedNode){node, CERTAIN});
    take_ends(worker, ends);
}
