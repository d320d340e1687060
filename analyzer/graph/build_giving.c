#include "base/memory.h"
#include "base/text.h"
#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"
#include "graph/needs.h"

#include <stdlib.h>
#include <string.h>

/*
 * Giving rights (semantics: who may write role assignments at a scope may give roles there and
 * below to any principal it acts as).  Unconditioned, that is everything; under a condition, the
 * union of the roles that the condition admits for a recipient the attacker controls; and whoever
 * may rewrite a custom role that is held gives that assignment everything.
 */

static Edge step(uint32_t from, uint32_t to, uint32_t technique, uint32_t grant,
                 Certainty certainty)
{
    return (Edge){.from = from,
                  .to = to,
                  .support = grant,
                  .technique = technique,
                  .support_kind = SUPPORT_GRANT,
                  .certainty = (uint8_t)certainty};
}

/* ---- which technique a giving step is ---- */

static bool is_of_type(const Builder *builder, Term term, const TextList *types)
{
    if (term_is_principal(term))
        return false;
    const char *type = id_text(builder->snapshot, builder->access->tree.scopes[term].type);
    for (uint32_t t = 0; type && t < types->count; t++)
        if (text_equal_any_case(type, types->items[t]))
            return true;
    return false;
}

/* Does the caller stand in the relation that the premise asks for, to a resource of its type? */
static bool caller_relation_fits(const Builder *builder, const Clause *clause,
                                 const Premise *premise, uint32_t principal)
{
    const RelationTable *table = &builder->relations->tables[premise->relation];
    const Variable *variable = &clause->variables[premise->variable];
    uint32_t first;
    uint32_t count = relations_to(table, principal | TERM_PRINCIPAL, &first);
    for (uint32_t i = first; i < first + count; i++)
        if (is_of_type(builder, table->rows[table->by_to[i]].from, &variable->types))
            return true;
    count = relations_from(table, principal | TERM_PRINCIPAL, &first);
    for (uint32_t i = first; i < first + count; i++)
        if (is_of_type(builder, table->rows[i].to, &variable->types))
            return true;
    return false;
}

/* The permission that a clause settled from the grants asks for. */
static uint32_t giving_atom(const Builder *builder, const Clause *clause)
{
    uint32_t premise = clause_premise(clause, PREMISE_PERMISSION, 0);
    return premise == NONE ? NONE
                           : builder->atom_of_permission[clause->premises[premise].permissions[0]];
}

/* Does the clause give any role without the right to write role assignments? */
static bool gives_by_another_right(const Builder *builder, const Clause *clause)
{
    return clause->conclusion.kind == CONCLUDES_GIVES_ROLES && !clause->conclusion.conditioned &&
           giving_atom(builder, clause) != builder->assign_atom;
}

static bool giving_clause_fits(const Builder *builder, const Clause *clause, uint32_t principal)
{
    if (!clause_gives_at_grants(clause) || !caller_kind_fits(builder, clause, principal))
        return false;
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].kind == PREMISE_CALLER_RELATION &&
            !caller_relation_fits(builder, clause, &clause->premises[i], principal))
            return false;
    return true;
}

/* The first technique of the catalogue that fits, or NONE when the catalogue has none.
   `condition` is a GrantCondition; GRANT_CONDITION_COUNT: unconditioned. */
static uint32_t giving_technique(const Builder *builder, ConclusionKind kind,
                                 GrantCondition condition, uint32_t principal)
{
    bool conditioned = condition != GRANT_CONDITION_COUNT;
    for (uint32_t i = 0; i < builder->grant_clauses.count; i++) {
        const Clause *clause = &builder->rules->clauses.items[builder->grant_clauses.items[i]];
        const Conclusion *conclusion = &clause->conclusion;
        bool condition_fits =
            !conclusion->grant_conditions || (conclusion->grant_conditions >> condition & 1);
        if (conclusion->kind == kind && conclusion->conditioned == conditioned && condition_fits &&
            (kind != CONCLUDES_GIVES_ROLES ||
             giving_atom(builder, clause) == builder->assign_atom) &&
            giving_clause_fits(builder, clause, principal))
            return clause->technique;
    }
    return NONE;
}

static uint32_t unconditioned_technique(const Builder *builder, uint32_t principal)
{
    return giving_technique(builder, CONCLUDES_GIVES_ROLES, GRANT_CONDITION_COUNT, principal);
}

/* ---- givers ---- */

static bool counts_as_present(const Builder *builder, uint32_t principal, uint32_t clause)
{
    if (clause == ANY_GROUP)
        return is_in_some_group(builder, principal);
    return clause == NONE ||
           caller_kind_fits(builder, &builder->rules->clauses.items[clause], principal);
}

uint32_t present_node(Builder *builder, uint32_t class_index, bool is_user, uint32_t clause)
{
    uint32_t node_count = builder->graph->nodes.count;
    uint32_t node = builder_node(builder, NODE_PRESENT, class_index, is_user, clause);
    if (node < node_count)
        return node;
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        const Holder *holder = &builder->holders.items[h];
        if (holder_is_caller(builder, holder) && holder->class_index == class_index &&
            holder->is_user == is_user && counts_as_present(builder, holder->principal, clause))
            builder_edge(builder, structure_edge(holder->node, node, CERTAIN));
    }
    return node;
}

static void add_giver_source(Builder *builder, const Giver *giver, uint32_t right,
                             Certainty certainty)
{
    if (certainty != NO)
        builder_source(builder, (RightSource){.right = right,
                                              .class_index = giver->class_index,
                                              .scope = giver->scope,
                                              .from = giver->node,
                                              .support = NONE,
                                              .support_kind = SUPPORT_NONE,
                                              .certainty = (uint8_t)certainty});
}

/* The first atom from this one on, among those like it, that counts; or NONE. */
static uint32_t next_counting(const Builder *builder, const bool *counts, uint32_t atom)
{
    while (atom != NONE && !counts[atom])
        atom = builder->next_alike[atom];
    return atom;
}

bool give_alike(Builder *builder, const Giver *giver, uint32_t right, const bool *counts,
                void (*add)(Builder *builder, const Giver *giver, uint32_t right,
                            Certainty certainty))
{
    const uint32_t *next_alike = builder->next_alike;
    uint32_t first = next_counting(builder, counts, builder->graph->rights.items[right].atoms[0]);
    Certainty given = giver_gives_atom(giver, first);
    bool alike = true;
    for (uint32_t atom = first; atom != NONE;
         atom = next_counting(builder, counts, next_alike[atom]))
        alike &= giver_gives_atom(giver, atom) == given;
    if (alike)
        add(builder, giver, right, given);
    for (uint32_t atom = first; !alike && atom != NONE;
         atom = next_counting(builder, counts, next_alike[atom]))
        add(builder, giver, atom, giver_gives_atom(giver, atom));
    return alike;
}

static void add_giver_sources(Builder *builder, const Giver *giver)
{
    for (uint32_t i = 0; i < builder->leading_rights.count; i++)
        (void)give_alike(builder, giver, builder->leading_rights.items[i], builder->atom_leads,
                         add_giver_source);
}

void note_spread_class(SpreadClassList *list, uint32_t freed, uint32_t recipients)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].freed == freed && list->items[i].recipients == recipients)
            return;
    SpreadClass class = {freed, recipients};
    ARRAY_PUSH(list, class);
}

/* An unlimited giver is one source of the right to everything, however many rights lead on. */
static void add_everything(Builder *builder, const Giver *giver)
{
    const ScopeTree *tree = &builder->access->tree;
    RightSource source = {.right = builder->graph->everything,
                          .class_index = giver->class_index,
                          .scope = giver->scope,
                          .from = giver->node,
                          .support = NONE,
                          .support_kind = SUPPORT_NONE,
                          .certainty = CERTAIN};
    ARRAY_PUSH(&builder->sources, source);
    builder->gives_at[giver->scope] = true;
    note_spread_class(&builder->spread_classes, giver->class_index, giver->recipients);
    source.certainty = ASSUMED;
    for (uint32_t i = 0; i < tree->assumed.count; i++)
        if (tree->assumed.items[i].group >= giver->scope &&
            tree->assumed.items[i].group < tree->scopes[giver->scope].end) {
            source.scope = tree->assumed.items[i].subscription;
            ARRAY_PUSH(&builder->sources, source);
        }
}

static uint8_t deleted_by(const Builder *builder, const Giver *giver)
{
    uint8_t deletes = 0;
    if (!giver->certain || atom_set_has(giver->certain, builder->delete_locks_atom))
        deletes |= DELETES_LOCKS;
    if (!giver->certain || atom_set_has(giver->certain, builder->delete_denies_atom))
        deletes |= DELETES_DENIES;
    return deletes;
}

/* Whoever gets the right to delete what is in its way below the scope does that first. */
static void add_giver(Builder *builder, Giver giver)
{
    giver.deletes = deleted_by(builder, &giver);
    giver.class_index =
        access_class_freed(builder->growing_access, giver.recipients, giver.scope, giver.deletes);
    ARRAY_PUSH(&builder->graph->givers, giver);
    if (giver.certain || !giver.to_anyone)
        add_giver_sources(builder, &giver);
    else
        add_everything(builder, &giver);
}

static bool class_has(const ObstacleClass *class, uint32_t obstacle)
{
    for (uint32_t i = 0; i < class->count; i++)
        if (class->obstacles[i] == obstacle)
            return true;
    return false;
}

/* Is something in the way of `a` that is not in the way of `b`? */
static bool class_freer(const Access *access, uint32_t a, uint32_t b)
{
    const ObstacleClass *hindered = &access->classes.items[a];
    for (uint32_t i = 0; i < hindered->count; i++)
        if (!class_has(&access->classes.items[b], hindered->obstacles[i]))
            return true;
    return false;
}

/* Up to so many classes, each gets its own giver, for a clause may need a caller of just that one.
 */
enum { MOST_CLASSES_TOLD_APART = 8 };

/* The rights may go to any principal in the set: one that fewer denies name gets further. */
static void add_giver_for_other_classes(Builder *builder, const Giver *giver)
{
    for (uint32_t k = 0; k < builder->classes.count; k++) {
        uint32_t c = builder->classes.items[k];
        bool told_apart = builder->classes.count <= MOST_CLASSES_TOLD_APART;
        if (c == giver->recipients ||
            !(told_apart || class_freer(builder->access, giver->recipients, c)))
            continue;
        for (int is_user = 0; is_user < 2; is_user++) {
            uint32_t premises[] = {giver->node, present_node(builder, c, is_user, NONE)};
            Giver other = *giver;
            other.node = builder_conjunction(builder, premises, 2);
            other.recipients = c;
            add_giver(builder, other);
        }
    }
}

/*
 * `from` may give any role at the scope by the right `atom` (NONE: by nothing that can be denied):
 * where it is denied at the scope alone, at the scopes just below it.
 */
void give_everything(Builder *builder, Edge edge, uint32_t scope, uint32_t class_index,
                     uint32_t atom)
{
    const ScopeTree *tree = &builder->access->tree;
    uint32_t obstacle = NONE;
    Tri free = atom == NONE
                   ? TRI_TRUE
                   : access_unobstructed(builder->access, class_index, atom, scope, &obstacle);
    if (free == TRI_FALSE) {
        if (obstacle == NONE || !builder->access->obstacles.items[obstacle].here_only)
            return;
        for (uint32_t child = scope + 1; child < tree->scopes[scope].end;
             child = tree->scopes[child].end)
            give_everything(builder, edge, child, class_index, atom);
        return;
    }
    uint32_t node_count = builder->graph->nodes.count;
    edge.to = builder_node(builder, NODE_GIVE, scope, class_index, 0);
    if (free == TRI_UNKNOWN)
        edge.certainty = (uint8_t)certainty_worse((Certainty)edge.certainty, CONDITIONAL);
    builder_edge(builder, edge);
    if (edge.to < node_count)
        return;
    Giver giver = {.node = edge.to,
                   .scope = scope,
                   .recipients = class_index,
                   .to_anyone = true,
                   .recipient = NONE};
    add_giver(builder, giver);
    add_giver_for_other_classes(builder, &giver);
    for (uint32_t i = 0; i < tree->assumed.count; i++) {
        const AssumedParent *assumed = &tree->assumed.items[i];
        if (assumed->group < scope || assumed->group >= tree->scopes[scope].end)
            continue;
        Edge below = structure_edge(edge.to, 0, ASSUMED);
        below.support = i;
        below.support_kind = SUPPORT_PLACE;
        give_everything(builder, below, assumed->subscription, class_index, atom);
    }
}

/* ---- under a condition ---- */

static bool assignable_at(const Builder *builder, const Role *role, uint32_t scope)
{
    const ScopeTree *tree = &builder->access->tree;
    const TextList *scopes = &role->definition->assignable_scopes;
    if (role->definition->kind == ROLE_BUILT_IN || !scopes->count)
        return true;
    const char *here = id_text(builder->snapshot, tree->scopes[scope].id);
    for (uint32_t i = 0; i < scopes->count; i++) {
        bool exact;
        uint32_t outer = scope_find(tree, builder->snapshot, scopes->items[i], &exact);
        if ((exact && scope_contains(tree, outer, scope) != NO) ||
            scope_text_contains(scopes->items[i], here))
            return true;
    }
    return false;
}

static void unite(uint64_t *to, const uint64_t *from, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] |= from[w];
}

/* What decides which roles a grant admits; equal keys give equal answers. */
typedef struct AdmittedKey {
    Text condition;
    uint32_t role; /* of the giver: its permission blocks may carry conditions */
    uint32_t recipient;
    uint32_t kind;
    uint32_t rewritten;
} AdmittedKey;

/* The right of one holder to give what a condition admits. */
typedef struct Delegation {
    const Holder *holder;
    uint32_t grant;
    uint32_t node;  /* NODE_GIVE_SOME */
    uint32_t scope; /* where roles are given: that of the grant, or one below it */
    bool rewritten; /* by a role that it rewrote */
    bool names;     /* the condition looks at who gets the role */
} Delegation;

static Text condition_of(const Builder *builder, const Grant *grant)
{
    return builder->snapshot->role_assignments.items[grant->assignment].condition;
}

/* Does the condition on the assignment look at who gets the role? */
static bool names_recipients(const Builder *builder, const Grant *grant)
{
    const char *text = text_text(builder->snapshot, condition_of(builder, grant));
    return text && text_find_any_case(text, "roleAssignments:PrincipalId");
}

/* A Tri per role of Access.roles.  A thousand roles are asked once per condition, not per grant.
   `recipient` may be NONE for "somebody of this kind". */
static const uint8_t *admitted_roles(Builder *builder, const Delegation *delegation,
                                     uint32_t recipient, PrincipalKind kind)
{
    const Access *access = builder->access;
    const Grant *grant = &access->grants.items[delegation->grant];
    AdmittedKey key = {condition_of(builder, grant), grant->role,
                       delegation->names ? recipient : NONE, kind, delegation->rewritten};
    uint32_t index = intern_bytes(&builder->admitted_keys, (const char *)&key, sizeof key);
    if (index < builder->admitted.count)
        return builder->admitted.items[index];
    uint8_t *admitted = arena_allocate(&builder->arena, access->roles.count, 1);
    for (uint32_t r = 0; r < access->roles.count; r++)
        admitted[r] = (uint8_t)(delegation->rewritten
                                    ? access_admits_rewritten(access, grant, r, recipient, kind)
                                    : access_admits(access, grant, r, recipient, kind, false));
    ARRAY_PUSH(&builder->admitted, admitted);
    return admitted;
}

/* Can the role be given there, and not where the delegation is held, from where it would be
   inherited? */
static bool is_given_there(const Builder *builder, const Delegation *delegation, uint32_t role)
{
    const Role *given = &builder->access->roles.items[role];
    uint32_t held_at = builder->access->grants.items[delegation->grant].scope;
    return assignable_at(builder, given, delegation->scope) &&
           (delegation->scope == held_at || !assignable_at(builder, given, held_at));
}

/* Adds what the admitted roles give. */
static void add_admitted(Builder *builder, const Delegation *delegation, const uint8_t *admitted,
                         Giver *giver)
{
    const Access *access = builder->access;
    for (uint32_t r = 0; r < access->roles.count; r++) {
        const Role *role = &access->roles.items[r];
        if (admitted[r] == TRI_FALSE || !is_given_there(builder, delegation, r))
            continue;
        unite(admitted[r] == TRI_TRUE ? giver->certain : giver->conditional, role->atoms,
              access->set_words);
        unite(giver->conditional, role->conditional_atoms, access->set_words);
    }
}

static bool giver_is_empty(const Builder *builder, const Giver *giver)
{
    uint64_t any = 0;
    for (uint32_t w = 0; w < builder->access->set_words; w++) {
        giver->conditional[w] &= ~giver->certain[w];
        any |= giver->certain[w] | giver->conditional[w];
    }
    return any == 0;
}

static Giver empty_giver(Builder *builder, uint32_t node, uint32_t scope, uint32_t class_index)
{
    uint32_t words = builder->access->set_words;
    return (Giver){.node = node,
                   .scope = scope,
                   .recipients = class_index,
                   .certain = arena_allocate(&builder->graph->arena, words, sizeof(uint64_t)),
                   .conditional = arena_allocate(&builder->graph->arena, words, sizeof(uint64_t)),
                   .to_anyone = true,
                   .recipient = NONE};
}

/* A custom role that is given and can be rewritten gives everything, whatever the condition on the
   assignment that gave it. */
static void give_rewritable(Builder *builder, const Delegation *delegation, const uint8_t *admitted,
                            const Giver *giver)
{
    const Access *access = builder->access;
    const Grant *grant = &access->grants.items[delegation->grant];
    for (uint32_t r = 0; r < access->roles.count; r++) {
        uint32_t edit = privilege_graph_find(builder->graph, NODE_ROLE_EDIT, r, 0, 0);
        if (edit == NONE || admitted[r] == TRI_FALSE || !is_given_there(builder, delegation, r))
            continue;
        uint32_t both[] = {edit, giver->node};
        give_everything(builder,
                        step(builder_conjunction(builder, both, 2), 0,
                             unconditioned_technique(builder, grant->principal), delegation->grant,
                             admitted[r] == TRI_TRUE ? CERTAIN : CONDITIONAL),
                        giver->scope, giver->recipients, builder->assign_atom);
    }
}

/* Everything, by a right that the giver gives, which may be in the way of nothing once whoever has
   it has deleted what is. */
static void give_everything_by(Builder *builder, Edge edge, const Giver *giver, uint32_t atom)
{
    const Access *access = builder->access;
    uint32_t freed = access_class_freed(builder->growing_access, giver->recipients, giver->scope,
                                        deleted_by(builder, giver));
    bool deletes_what_is_in_the_way =
        freed != giver->recipients &&
        access_unobstructed(access, freed, atom, giver->scope, NULL) == TRI_TRUE &&
        access_unobstructed(access, giver->recipients, atom, giver->scope, NULL) != TRI_TRUE;
    give_everything(builder, edge, giver->scope, giver->recipients,
                    deletes_what_is_in_the_way ? NONE : atom);
}

/* Who among those that the giver serves counts as a caller of the clause: a node, or NONE. */
static uint32_t served_caller(Builder *builder, const Giver *giver, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    if (giver->recipient < builder->snapshot->principals.count &&
        builder->graph->node_of_principal[giver->recipient] != NONE)
        return giving_clause_fits(builder, clause, giver->recipient) ? giver->node : NONE;
    if (clause_premise(clause, PREMISE_CALLER_RELATION, 0) != NONE)
        return NONE;
    if (clause_premise(clause, PREMISE_CALLER_KIND, 0) == NONE)
        return giver->node;
    uint32_t both[] = {giver->node,
                       present_node(builder, giver->recipients, giver->to_users, clause_index)};
    return builder_conjunction(builder, both, 2);
}

/* Other rights that end in giving roles, among those that are given. */
static void give_by_other_given_rights(Builder *builder, const Giver *giver, uint32_t grant)
{
    for (uint32_t i = 0; i < builder->grant_clauses.count; i++) {
        uint32_t index = builder->grant_clauses.items[i];
        const Clause *clause = &builder->rules->clauses.items[index];
        if (!gives_by_another_right(builder, clause))
            continue;
        uint32_t from = served_caller(builder, giver, index);
        const Premise *premise = &clause->premises[clause_premise(clause, PREMISE_PERMISSION, 0)];
        for (uint32_t p = 0; p < premise->permission_count && from != NONE; p++) {
            uint32_t atom = builder->atom_of_permission[premise->permissions[p]];
            bool certain = atom_set_has(giver->certain, atom);
            if (!certain && !atom_set_has(giver->conditional, atom))
                continue;
            Certainty certainty = clause->assumes ? ASSUMED : certain ? CERTAIN : CONDITIONAL;
            give_everything_by(builder, step(from, 0, clause->technique, grant, certainty), giver,
                               atom);
        }
    }
}

/* What the roles give to a recipient.  One that may itself write role assignments is one more step
   to everything. */
static void give_admitted(Builder *builder, const Delegation *delegation, const uint8_t *admitted,
                          Giver giver)
{
    add_admitted(builder, delegation, admitted, &giver);
    give_rewritable(builder, delegation, admitted, &giver);
    if (giver_is_empty(builder, &giver))
        return;
    add_giver(builder, giver);
    give_by_other_given_rights(builder, &giver, delegation->grant);
    bool certain = atom_set_has(giver.certain, builder->assign_atom);
    if (!certain && !atom_set_has(giver.conditional, builder->assign_atom))
        return;
    uint32_t technique = unconditioned_technique(builder, delegation->holder->principal);
    give_everything_by(
        builder, step(giver.node, 0, technique, delegation->grant, certain ? CERTAIN : CONDITIONAL),
        &giver, builder->assign_atom);
}

static Giver giver_to(Builder *builder, const Delegation *delegation, uint32_t with,
                      uint32_t class_index, bool is_user)
{
    uint32_t both[] = {delegation->node, with};
    uint32_t node = with == NONE ? delegation->node : builder_conjunction(builder, both, 2);
    Giver giver = empty_giver(builder, node, delegation->scope, class_index);
    giver.to_users = is_user;
    return giver;
}

/* Does the condition admit a role for a group that it does not admit for its members? */
static bool groups_get_more(const Builder *builder, const uint8_t *group, const uint8_t *member)
{
    for (uint32_t r = 0; r < builder->access->roles.count; r++)
        if (group[r] > member[r])
            return true;
    return false;
}

/* What can be given to principals of a class and kind, to groups that they are in, and to groups
   that they can be made members of. */
static void give_to_class(Builder *builder, const Delegation *delegation, uint32_t class_index,
                          bool is_user)
{
    const Holder *holder = delegation->holder;
    bool own = class_index == holder->class_index && is_user == holder->is_user;
    uint32_t present = present_node(builder, class_index, is_user, NONE);
    const uint8_t *to_member = admitted_roles(
        builder, delegation, NONE, is_user ? PRINCIPAL_USER : PRINCIPAL_SERVICE_PRINCIPAL);
    const uint8_t *to_group = admitted_roles(builder, delegation, NONE, PRINCIPAL_GROUP);
    give_admitted(builder, delegation, to_member,
                  giver_to(builder, delegation, own ? NONE : present, class_index, is_user));
    if (!groups_get_more(builder, to_group, to_member))
        return;
    Giver giver =
        giver_to(builder, delegation, present_node(builder, class_index, is_user, ANY_GROUP),
                 class_index, is_user);
    giver.recipient = ANY_GROUP;
    give_admitted(builder, delegation, to_group, giver);
    for (uint32_t i = 0; i < builder->controlled.count; i++) {
        uint32_t both[] = {builder_node(builder, NODE_CONTROL, builder->controlled.items[i], 0, 0),
                           present};
        give_admitted(builder, delegation, to_group,
                      giver_to(builder, delegation, builder_conjunction(builder, both, 2),
                               class_index, is_user));
    }
}

/* What can be given to a group by its name. */
static void give_to_named_group(Builder *builder, const Delegation *delegation, uint32_t group)
{
    const uint8_t *admitted = admitted_roles(builder, delegation, group, PRINCIPAL_GROUP);
    uint32_t control = privilege_graph_find(builder->graph, NODE_CONTROL, group, 0, 0);
    for (uint32_t k = 0; k < builder->classes.count; k++)
        for (uint32_t is_user = 0; is_user < 2; is_user++) {
            uint32_t c = builder->classes.items[k];
            uint32_t member = privilege_graph_find(builder->graph, NODE_MEMBER, group, c, is_user);
            if (member != NONE) {
                Giver giver = giver_to(builder, delegation, member, c, is_user);
                giver.recipient = group;
                give_admitted(builder, delegation, admitted, giver);
            }
            if (control == NONE)
                continue;
            uint32_t both[] = {control, present_node(builder, c, is_user, NONE)};
            give_admitted(
                builder, delegation, admitted,
                giver_to(builder, delegation, builder_conjunction(builder, both, 2), c, is_user));
        }
}

/* What can be given to a principal by its name. */
static void give_to_named(Builder *builder, const Delegation *delegation, uint32_t principal)
{
    PrincipalKind kind = builder->snapshot->principals.items[principal].kind;
    uint32_t node = builder->graph->node_of_principal[principal];
    if (kind == PRINCIPAL_GROUP)
        give_to_named_group(builder, delegation, principal);
    if (node == NONE)
        return;
    Giver giver = giver_to(builder, delegation, node == delegation->holder->node ? NONE : node,
                           builder->graph->class_of[principal],
                           access_can_activate(builder->access, principal));
    giver.recipient = principal;
    give_admitted(builder, delegation, admitted_roles(builder, delegation, principal, kind), giver);
}

typedef ARRAY(uint32_t) PrincipalList;
typedef ARRAY(uint32_t) ScopeList;

static void note_scope(ScopeList *scopes, uint32_t scope)
{
    for (uint32_t i = 0; i < scopes->count; i++)
        if (scopes->items[i] == scope)
            return;
    ARRAY_PUSH(scopes, scope);
}

typedef struct NamedPrincipals {
    const Builder *builder;
    PrincipalList list;
    bool strangers; /* the condition names a principal or a role that no export has */
} NamedPrincipals;

static void note_named(void *context, const Guid *guid)
{
    NamedPrincipals *named = context;
    char object_id[GUID_TEXT_BYTES];
    guid_format(guid, object_id);
    uint32_t principal = snapshot_find_principal(named->builder->snapshot, object_id);
    named->strangers |= principal == NONE;
    for (uint32_t i = 0; i < named->list.count; i++)
        if (named->list.items[i] == principal)
            return;
    if (principal != NONE)
        ARRAY_PUSH(&named->list, principal);
}

static void note_role(void *context, const Guid *guid)
{
    NamedPrincipals *named = context;
    named->strangers |= access_find_role(named->builder->access, guid) == NONE;
}

/* The principals of the snapshot that the condition of the assignment names. */
static NamedPrincipals find_named(Builder *builder, const Grant *grant)
{
    NamedPrincipals named = {.builder = builder};
    const char *text = text_text(builder->snapshot, condition_of(builder, grant));
    const Condition *condition = NULL;
    Error ignored;
    if (!text || !condition_parse(&builder->arena, text, &condition, &ignored))
        return named;
    condition_guids(condition, SOURCE_REQUEST,
                    "Microsoft.Authorization/roleAssignments:PrincipalId", note_named, &named);
    condition_guids(condition, SOURCE_REQUEST,
                    "Microsoft.Authorization/roleAssignments:RoleDefinitionId", note_role, &named);
    return named;
}

/* The best that the condition says of some role for the recipient. */
static Tri best_admitted(const Builder *builder, const uint8_t *admitted)
{
    Tri best = TRI_FALSE;
    for (uint32_t r = 0; r < builder->access->roles.count; r++)
        best = tri_or(best, (Tri)admitted[r]);
    return best;
}

/* Does the condition let some role be given to somebody, named or not?  Unknown when it might let
   through what no export has. */
static Tri admits_some(Builder *builder, const Delegation *delegation, const NamedPrincipals *named)
{
    static const PrincipalKind kinds[] = {PRINCIPAL_USER, PRINCIPAL_SERVICE_PRINCIPAL,
                                          PRINCIPAL_GROUP};
    Tri best = TRI_FALSE;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        best = tri_or(best,
                      best_admitted(builder, admitted_roles(builder, delegation, NONE, kinds[k])));
    for (uint32_t i = 0; i < named->list.count; i++)
        best = tri_or(
            best,
            best_admitted(
                builder,
                admitted_roles(builder, delegation, named->list.items[i],
                               builder->snapshot->principals.items[named->list.items[i]].kind)));
    return best == TRI_FALSE && named->strangers ? TRI_UNKNOWN : best;
}

static void give_to_all(Builder *builder, const Delegation *delegation, const PrincipalList *named)
{
    for (uint32_t k = 0; k < builder->classes.count; k++)
        for (int is_user = 0; is_user < 2; is_user++)
            give_to_class(builder, delegation, builder->classes.items[k], is_user);
    for (uint32_t i = 0; i < named->count; i++)
        give_to_named(builder, delegation, named->items[i]);
}

/* Where custom roles can be given that are not assignable where the delegation is held. */
static void find_lower_scopes(const Builder *builder, uint32_t held_at, ScopeList *scopes)
{
    const Access *access = builder->access;
    for (uint32_t i = 0; i < builder->rewritable.count; i++) {
        const RewritableRole *role = &builder->rewritable.items[i];
        if (assignable_at(builder, &access->roles.items[role->role], held_at))
            continue;
        for (uint32_t k = 0; k < role->scope_count; k++)
            if (role->exact[k] && scope_contains(&access->tree, held_at, role->scopes[k]) != NO)
                note_scope(scopes, role->scopes[k]);
    }
}

/* Where the delegation is held, and below it what can only be given there. */
static void give_wherever_possible(Builder *builder, Delegation *delegation, uint32_t class_index,
                                   const PrincipalList *named)
{
    ScopeList lower = {0};
    give_to_all(builder, delegation, named);
    find_lower_scopes(builder, delegation->scope, &lower);
    for (uint32_t i = 0; i < lower.count; i++) {
        delegation->scope = lower.items[i];
        if (access_unobstructed(builder->access, class_index, builder->assign_atom,
                                delegation->scope, NULL) == TRI_TRUE)
            give_to_all(builder, delegation, named);
    }
    ARRAY_FREE(&lower);
}

/* `from` may give what the condition of the grant admits; `rewritten`: by its role that `from` has
   rewritten. */
static void give_some(Builder *builder, const Holder *holder, uint32_t index, Edge edge,
                      uint32_t class_index, bool rewritten)
{
    const Grant *grant = &builder->access->grants.items[index];
    Tri passable =
        access_unobstructed(builder->access, class_index, builder->assign_atom, grant->scope, NULL);
    if (passable == TRI_FALSE)
        return;
    uint32_t node_count = builder->graph->nodes.count;
    Delegation delegation = {.holder = holder,
                             .grant = index,
                             .scope = grant->scope,
                             .rewritten = rewritten,
                             .names = names_recipients(builder, grant)};
    NamedPrincipals named = find_named(builder, grant);
    Tri admits = admits_some(builder, &delegation, &named);
    if (admits == TRI_FALSE) {
        ARRAY_FREE(&named.list);
        return;
    }
    uint32_t way = (holder->is_user ? GIVES_AS_USER : 0) | (rewritten ? GIVES_BY_REWRITING : 0);
    edge.to = delegation.node =
        builder_node(builder, NODE_GIVE_SOME, index, holder->class_index, way);
    if (passable == TRI_UNKNOWN || admits != TRI_TRUE)
        edge.certainty = (uint8_t)certainty_worse((Certainty)edge.certainty, CONDITIONAL);
    builder_edge(builder, edge);
    if (edge.to == node_count)
        give_wherever_possible(builder, &delegation, class_index, &named.list);
    ARRAY_FREE(&named.list);
}

/* Does a condition stand on the assignment or on the block that gives the right? */
static void give_by_grant(Builder *builder, const Holder *holder, uint32_t index)
{
    const Grant *grant = &builder->access->grants.items[index];
    const RightSet *rights = &builder->access->right_sets.items[grant->rights];
    if (atom_set_has(rights->certain, builder->assign_atom)) {
        uint32_t technique = unconditioned_technique(builder, holder->principal);
        give_everything(builder, step(holder->node, 0, technique, index, grant->certainty),
                        grant->scope, holder->class_index, builder->assign_atom);
    } else if (atom_set_has(rights->conditional, builder->assign_atom)) {
        uint32_t technique = giving_technique(builder, CONCLUDES_GIVES_ROLES,
                                              grant_condition(builder, grant), holder->principal);
        give_some(builder, holder, index, step(holder->node, 0, technique, index, grant->certainty),
                  holder->class_index, false);
    }
}

/* Other rights that end in giving roles: schedules, say. */
static void give_by_other_rights(Builder *builder, const Holder *holder, uint32_t index)
{
    const Grant *grant = &builder->access->grants.items[index];
    for (uint32_t i = 0; i < builder->grant_clauses.count; i++) {
        const Clause *clause = &builder->rules->clauses.items[builder->grant_clauses.items[i]];
        if (!gives_by_another_right(builder, clause))
            continue;
        const Premise *premise = &clause->premises[clause_premise(clause, PREMISE_PERMISSION, 0)];
        for (uint32_t p = 0; p < premise->permission_count; p++) {
            uint32_t atom = builder->atom_of_permission[premise->permissions[p]];
            Certainty certainty = grant_gives(builder, index, atom, grant->scope);
            if (certainty == NO || !giving_clause_fits(builder, clause, holder->principal))
                continue;
            certainty = certainty_worse(certainty, clause->assumes ? ASSUMED : CERTAIN);
            give_everything(builder, step(holder->node, 0, clause->technique, index, certainty),
                            grant->scope, holder->class_index, atom);
        }
    }
}

/* ---- rewriting a custom role ---- */

/* The premise that asks for the right to write role definitions, or NULL when no rule does. */
static const Premise *edit_premise(const Builder *builder)
{
    for (uint32_t i = 0; i < builder->rules->clauses.count; i++) {
        const Clause *clause = &builder->rules->clauses.items[i];
        uint32_t premise = clause_premise(clause, PREMISE_PERMISSION, 0);
        if (clause->conclusion.kind == CONCLUDES_REWRITES_ROLE && premise != NONE)
            return &clause->premises[premise];
    }
    return NULL;
}

/* The grants of the caller that let it write role definitions, as one support. */
static uint32_t edit_bundle(Builder *builder, const Caller *caller)
{
    Brought brought = {.certainty = CERTAIN};
    for (uint32_t i = 0; i < caller->grants.count && brought.grant_count < MOST_BROUGHT; i++) {
        const Grant *grant = &builder->access->grants.items[caller->grants.items[i]];
        const RightSet *rights = &builder->access->right_sets.items[grant->rights];
        if (atom_set_has(rights->certain, builder->edit_role_atom) ||
            atom_set_has(rights->conditional, builder->edit_role_atom))
            brought.grants[brought.grant_count++] = caller->grants.items[i];
    }
    return brought.grant_count ? builder_bundle(builder, &brought) : NONE;
}

static bool is_rewritable(const Role *role)
{
    return role->definition->kind == ROLE_CUSTOM && !role->built_in_table;
}

static void find_rewritable(Builder *builder)
{
    const Access *access = builder->access;
    for (uint32_t r = 0; r < access->roles.count; r++) {
        if (!is_rewritable(&access->roles.items[r]))
            continue;
        const TextList *scopes = &access->roles.items[r].definition->assignable_scopes;
        RewritableRole role = {
            .role = r,
            .scopes = arena_allocate(&builder->arena, scopes->count, sizeof(uint32_t)),
            .exact = arena_allocate(&builder->arena, scopes->count, sizeof(bool)),
            .all_exact = true};
        for (uint32_t i = 0; i < scopes->count; i++) {
            bool exact;
            role.scopes[role.scope_count] =
                scope_find(&access->tree, builder->snapshot, scopes->items[i], &exact);
            role.exact[role.scope_count++] = exact;
            role.all_exact &= exact;
        }
        ARRAY_PUSH(&builder->rewritable, role);
    }
}

/*
 * The caller may rewrite the role on some of its assignable scopes, and the right to on the others
 * can be given to it.  Where all of it is given nothing is gained: whatever the role is assigned to
 * lies below those scopes.
 */
static void edit_with_given_rights(Builder *builder, const Caller *caller, uint32_t node,
                                   const RewritableRole *role)
{
    Brought brought = {.certainty = CERTAIN};
    uint32_t lacking[MOST_BROUGHT];
    uint32_t count = 0;
    if (!builder->edit_premise || !role->all_exact || role->scope_count > MOST_BROUGHT)
        return;
    for (uint32_t i = 0; i < role->scope_count; i++) {
        uint32_t grant = NONE;
        Certainty own =
            caller_holds(caller, builder, builder->edit_premise, role->scopes[i], &grant);
        if (own == NO) {
            lacking[count++] = role->scopes[i];
            continue;
        }
        brought.certainty = certainty_worse(brought.certainty, own);
        brought.grants[brought.grant_count++] = grant;
    }
    if (!brought.grant_count || !count)
        return;
    uint32_t nodes[MOST_BROUGHT + 1] = {node};
    for (uint32_t i = 0; i < count; i++)
        nodes[i + 1] = need_node(builder, builder->edit_premise, lacking[i], caller->class_index,
                                 access_can_activate(builder->access, caller->principal));
    builder_edge(builder,
                 (Edge){.from = builder_conjunction(builder, nodes, count + 1),
                        .to = builder_node(builder, NODE_ROLE_EDIT, role->role, 0, 0),
                        .support = builder_bundle(builder, &brought),
                        .technique = giving_technique(builder, CONCLUDES_REWRITES_ROLE,
                                                      GRANT_CONDITION_COUNT, caller->principal),
                        .support_kind = SUPPORT_BUNDLE,
                        .certainty = (uint8_t)brought.certainty});
}

static void find_role_editors(Builder *builder)
{
    find_rewritable(builder);
    builder->edit_premise = edit_premise(builder);
    for (uint32_t h = 0; h < builder->holders.count && builder->rewritable.count; h++) {
        Holder holder = builder->holders.items[h];
        if (builder->graph->nodes.items[holder.node].kind != NODE_PRINCIPAL)
            continue;
        const Caller *caller = caller_of(builder, holder.principal);
        uint32_t bundle = edit_bundle(builder, caller);
        for (uint32_t r = 0; bundle != NONE && r < builder->rewritable.count; r++) {
            const RewritableRole *role = &builder->rewritable.items[r];
            Certainty certainty =
                access_may_edit_role(builder->access, holder.principal, role->role);
            if (certainty > ASSUMED) {
                edit_with_given_rights(builder, caller, holder.node, role);
                continue;
            }
            builder_edge(
                builder,
                (Edge){.from = holder.node,
                       .to = builder_node(builder, NODE_ROLE_EDIT, role->role, 0, 0),
                       .support = bundle,
                       .technique = giving_technique(builder, CONCLUDES_REWRITES_ROLE,
                                                     GRANT_CONDITION_COUNT, holder.principal),
                       .support_kind = SUPPORT_BUNDLE,
                       .certainty = (uint8_t)certainty});
        }
    }
}

/* Everything, as far as the condition of the assignment lets it through. */
static void limit_by_condition(Builder *builder, const Grant *grant, Giver *giver)
{
    Text text = builder->snapshot->role_assignments.items[grant->assignment].condition;
    const Condition *condition = NULL;
    Error ignored;
    if (text == NONE)
        return;
    bool parsed =
        condition_parse(&builder->arena, text_text(builder->snapshot, text), &condition, &ignored);
    *giver = empty_giver(builder, giver->node, giver->scope, giver->recipients);
    const AtomTable *atoms = builder->access->atoms;
    for (uint32_t a = 0; a < atoms->atoms.count; a++) {
        ConditionContext context = {.action = atoms->atoms.items[a].action,
                                    .reading = builder->access->reading};
        Tri passes = parsed ? condition_evaluate(condition, &context) : TRI_UNKNOWN;
        uint64_t bit = UINT64_C(1) << (a % 64);
        if (passes == TRI_TRUE)
            giver->certain[a / 64] |= bit;
        else if (passes == TRI_UNKNOWN)
            giver->conditional[a / 64] |= bit;
    }
}

/* The rewritten role may write role assignments: any, or what the condition of its assignment
   admits. */
static void give_by_rewritten_role(Builder *builder, const Holder *holder, uint32_t index,
                                   uint32_t full, const Giver *giver, bool delegates)
{
    const Grant *grant = &builder->access->grants.items[index];
    if (!giver->certain || atom_set_has(giver->certain, builder->assign_atom)) {
        give_everything_by(
            builder,
            step(full, 0, unconditioned_technique(builder, holder->principal), index, CERTAIN),
            giver, builder->assign_atom);
        return;
    }
    Giver served = *giver;
    served.to_users = holder->is_user;
    if (builder->graph->nodes.items[holder->node].kind == NODE_PRINCIPAL)
        served.recipient = holder->principal;
    give_by_other_given_rights(builder, &served, index);
    if (delegates) {
        uint32_t both[] = {full, holder->node};
        uint32_t technique = giving_technique(builder, CONCLUDES_GIVES_ROLES,
                                              grant_condition(builder, grant), holder->principal);
        give_some(builder, holder, index,
                  step(builder_conjunction(builder, both, 2), 0, technique, index, CERTAIN),
                  giver->class_index, true);
    }
}

static void hold_rewritten_role(Builder *builder, const Holder *holder, uint32_t index)
{
    const Grant *grant = &builder->access->grants.items[index];
    uint32_t edit = privilege_graph_find(builder->graph, NODE_ROLE_EDIT, grant->role, 0, 0);
    if (edit == NONE)
        return;
    uint32_t held = builder_node(builder, NODE_ROLE_HELD, index, holder->class_index, 0);
    builder_edge(builder, step(holder->node, held, NONE, index, grant->certainty));
    uint32_t node_count = builder->graph->nodes.count;
    uint32_t full = builder_node(builder, NODE_FULL, index, holder->class_index, 0);
    Giver giver = {
        .node = full, .scope = grant->scope, .recipients = holder->class_index, .recipient = NONE};
    limit_by_condition(builder, grant, &giver);
    bool delegates = giver.certain && atom_set_has(giver.conditional, builder->assign_atom);
    if (delegates) /* what the condition lets through of it is worked out role by role */
        giver.conditional[builder->assign_atom / 64] &=
            ~(UINT64_C(1) << (builder->assign_atom % 64));
    giver.to_anyone = false;
    giver.deletes = deleted_by(builder, &giver);
    giver.class_index =
        access_class_freed(builder->growing_access, giver.recipients, giver.scope, giver.deletes);
    if (full == node_count) {
        uint32_t premises[] = {edit, held};
        builder_edge(builder,
                     structure_edge(builder_conjunction(builder, premises, 2), full, CERTAIN));
        add_giver(builder, giver);
    }
    give_by_rewritten_role(builder, holder, index, full, &giver, delegates);
}

void build_giving(Builder *builder)
{
    const Access *access = builder->access;
    find_role_editors(builder);
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        Holder holder = builder->holders.items[h];
        uint32_t end = access->first_grant[holder.principal + 1];
        for (uint32_t g = access->first_grant[holder.principal]; g < end; g++) {
            if (access->grants.items[g].certainty == ELIGIBLE && !holder.is_user)
                continue;
            give_by_grant(builder, &holder, g);
            give_by_other_rights(builder, &holder, g);
            if (is_rewritable(&access->roles.items[access->grants.items[g].role]))
                hold_rewritten_role(builder, &holder, g);
        }
    }
}
