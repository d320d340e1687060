#include "graph/builder.h"

/*
 * The sources that come from role assignments in force: each holder's grants, permission by
 * permission, for those permissions that lead on somewhere below the grant's scope.
 */

static void add_source(Builder *builder, RightSource source)
{
    if (right_leads_on(builder, source.right, source.scope))
        ARRAY_PUSH(&builder->sources, source);
}

void each_place_of_source(Builder *builder, RightSource source,
                          void (*add)(Builder *builder, RightSource source))
{
    const ScopeTree *tree = &builder->access->tree;
    const Scope *scope = &tree->scopes[source.scope];
    add(builder, source);
    if (scope->level != SCOPE_MANAGEMENT_GROUP)
        return;
    for (uint32_t i = 0; i < tree->assumed.count; i++) {
        const AssumedParent *assumed = &tree->assumed.items[i];
        if (assumed->group < source.scope || assumed->group >= scope->end)
            continue;
        RightSource below = source;
        below.scope = assumed->subscription;
        below.certainty = ASSUMED;
        add(builder, below);
    }
}

/* A management group that is assumed to hold subscriptions gives there too, assumed. */
void builder_source(Builder *builder, RightSource source)
{
    each_place_of_source(builder, source, add_source);
}

/* `known`: rights that hold above the scope already; NULL: none. */
static void add_rights(Builder *builder, const Holder *holder, uint32_t index,
                       const RightSet *rights, const RightSet *known, uint32_t scope)
{
    const Grant *grant = &builder->access->grants.items[index];
    uint32_t limited =
        access_class_limited(builder->growing_access, holder->class_index, grant->limit);
    for (uint32_t i = 0; i < builder->leading_rights.count; i++) {
        uint32_t right = builder->leading_rights.items[i];
        uint32_t atom = builder->graph->rights.items[right].atoms[0]; /* all are like it */
        bool certain = atom_set_has(rights->certain, atom);
        if (known ? !certain || atom_set_has(known->certain, atom)
                  : !certain && !atom_set_has(rights->conditional, atom))
            continue;
        Certainty own = certain ? CERTAIN : CONDITIONAL;
        builder_source(builder,
                       (RightSource){.right = right,
                                     .class_index = certain ? holder->class_index : limited,
                                     .scope = scope,
                                     .from = holder->node,
                                     .support = index,
                                     .support_kind = SUPPORT_GRANT,
                                     .certainty = (uint8_t)certainty_worse(own, grant->certainty)});
    }
}

static void add_grant(Builder *builder, const Holder *holder, uint32_t index)
{
    const Access *access = builder->access;
    const Grant *grant = &access->grants.items[index];
    const RightSet *rights = &access->right_sets.items[grant->rights];
    uint32_t first;
    uint32_t count = access_local_rights(access, grant, &first);
    add_rights(builder, holder, index, rights, NULL, grant->scope);
    for (uint32_t i = 0; i < count; i++) {
        const LocalRights *local = &access->limits.items[grant->limit].local.items[first + i];
        if (local->gains)
            add_rights(builder, holder, index, &access->right_sets.items[local->rights], rights,
                       local->scope);
    }
}

void build_grant_sources(Builder *builder)
{
    const Access *access = builder->access;
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        const Holder *holder = &builder->holders.items[h];
        uint32_t end = access->first_grant[holder->principal + 1];
        for (uint32_t g = access->first_grant[holder->principal]; g < end; g++)
            if (access->grants.items[g].certainty != ELIGIBLE || holder->is_user)
                add_grant(builder, holder, g);
    }
}
