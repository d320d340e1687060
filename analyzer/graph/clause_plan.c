#include "graph/clause_plan.h"

#include "base/text.h"

static uint32_t count_premises(const Clause *clause, PremiseKind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < clause->premise_count; i++)
        count += clause->premises[i].kind == kind;
    return count;
}

uint32_t clause_premise(const Clause *clause, PremiseKind kind, uint32_t n)
{
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].kind == kind && n-- == 0)
            return i;
    return NONE;
}

bool clause_is_about_any_scope(const Clause *clause)
{
    if (clause->conclusion.variable == NONE)
        return false;
    const Variable *variable = &clause->variables[clause->conclusion.variable];
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].variable == clause->conclusion.variable &&
            clause->premises[i].kind != PREMISE_PERMISSION)
            return false; /* about what is there, too */
    return variable->kind == VARIABLE_SCOPE && !variable->types.count;
}

bool clause_gives_at_grants(const Clause *clause)
{
    if (clause->conclusion.kind == CONCLUDES_REWRITES_ROLE)
        return true;
    return clause->conclusion.kind == CONCLUDES_GIVES_ROLES && clause_is_about_any_scope(clause) &&
           count_premises(clause, PREMISE_PERMISSION) == 1 &&
           1 + count_premises(clause, PREMISE_CALLER_KIND) +
                   count_premises(clause, PREMISE_CALLER_RELATION) ==
               clause->premise_count;
}

ClausePlan clause_plan(const Clause *clause, const ClauseShape *shape)
{
    uint32_t permissions = count_premises(clause, PREMISE_PERMISSION);
    uint32_t policies = count_premises(clause, PREMISE_ACCESS_POLICY);
    uint32_t others = count_premises(clause, PREMISE_CALLER_RELATION) +
                      count_premises(clause, PREMISE_CALLER_KIND) +
                      count_premises(clause, PREMISE_DIRECTORY_ROLE) +
                      count_premises(clause, PREMISE_APP_ROLE);
    if (clause_gives_at_grants(clause))
        return PLAN_GIVING;
    bool takes = clause->conclusion.kind == CONCLUDES_ACTS_AS ||
                 clause->conclusion.kind == CONCLUDES_CAPABILITY ||
                 clause->conclusion.kind == CONCLUDES_FINDING;
    if (others || permissions + policies > 1 || shape->component_count > 1 || !takes)
        return PLAN_CALLER;
    if (policies)
        return PLAN_POLICY;
    return permissions ? PLAN_RIGHT : PLAN_CAPABILITY;
}

bool clause_ends_where_held(const Clause *clause, const ClauseShape *shape)
{
    ClausePlan plan = clause_plan(clause, shape);
    if (clause->conclusion.kind != CONCLUDES_CAPABILITY ||
        (plan != PLAN_RIGHT && plan != PLAN_POLICY) || count_premises(clause, PREMISE_CAPABILITY) ||
        count_premises(clause, PREMISE_ACTS_AS))
        return false;
    PremiseKind kind = plan == PLAN_RIGHT ? PREMISE_PERMISSION : PREMISE_ACCESS_POLICY;
    uint32_t premise = clause_premise(clause, kind, 0);
    return clause->premises[premise].variable == clause->conclusion.variable;
}

static const TextList *policy_words(const AccessPolicy *policy, const char *kind)
{
    if (text_equal(kind, "keys"))
        return &policy->keys;
    if (text_equal(kind, "certificates"))
        return &policy->certificates;
    return text_equal(kind, "storage") ? &policy->storage : &policy->secrets;
}

bool policy_gives(const AccessPolicy *policy, const Premise *premise)
{
    const TextList *words = policy_words(policy, premise->property);
    if (policy->application_id != NONE)
        return false;
    for (uint32_t i = 0; i < words->count; i++)
        for (uint32_t v = 0; v < premise->values.count; v++)
            if (text_equal_any_case(words->items[i], premise->values.items[v]))
                return true;
    return false;
}
