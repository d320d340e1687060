#include "access/condition_tree.h"

/* Called for every node that is not a chain, in text order; `negated` counts all NOTs around it. */
typedef void LeafVisit(void *caller, const ConditionNode *leaf, bool negated);

static void visit_leaves(const ConditionNode *node, bool negated, LeafVisit *visit, void *caller)
{
    negated = negated != node->negated;
    if (node->kind != CONDITION_CHAIN) {
        visit(caller, node, negated);
        return;
    }
    for (const ConditionNode *each = node->first; each; each = each->next)
        visit_leaves(each, negated, visit, caller);
}

static void visit_condition(const Condition *condition, LeafVisit *visit, void *caller)
{
    if (condition && condition->root)
        visit_leaves(condition->root, false, visit, caller);
}

typedef struct TargetSearch {
    const char *action;
    PatternReading reading;
    bool found;
} TargetSearch;

static void search_target(void *caller, const ConditionNode *leaf, bool negated)
{
    TargetSearch *search = caller;
    (void)negated;
    if (leaf->kind != CONDITION_ACTION_MATCHES)
        return;
    for (uint32_t i = 0; i < leaf->matches.count; i++)
        if (pattern_matches(leaf->matches.patterns[i], search->action, search->reading))
            search->found = true;
}

bool condition_targets(const Condition *condition, const char *action, PatternReading reading)
{
    TargetSearch search = {.action = action, .reading = reading};
    visit_condition(condition, search_target, &search);
    return search.found;
}

typedef struct AttributeList {
    void (*visit)(void *caller, AttributeSource source, const char *name);
    void *caller;
} AttributeList;

static void list_attribute(const AttributeList *list, const Attribute *attribute)
{
    list->visit(list->caller, attribute->source, attribute->name);
}

static void list_attributes(void *caller, const ConditionNode *leaf, bool negated)
{
    const AttributeList *list = caller;
    (void)negated;
    if (leaf->kind == CONDITION_EXISTS)
        list_attribute(list, &leaf->exists);
    if (leaf->kind != CONDITION_COMPARISON)
        return;
    if (leaf->comparison.left.is_attribute)
        list_attribute(list, &leaf->comparison.left.attribute);
    if (leaf->comparison.right.is_attribute)
        list_attribute(list, &leaf->comparison.right.attribute);
}

void condition_attributes(const Condition *condition,
                          void (*visit)(void *caller, AttributeSource source, const char *name),
                          void *caller)
{
    AttributeList list = {visit, caller};
    visit_condition(condition, list_attributes, &list);
}

typedef struct GuidList {
    AttributeSource source;
    const char *name;
    void (*visit)(void *caller, const Guid *guid);
    void *caller;
} GuidList;

static bool is_attribute(const Operand *operand, const GuidList *list)
{
    return operand->is_attribute && operand->attribute.source == list->source &&
           attribute_name_equal(operand->attribute.name, list->name);
}

static void list_operand_guids(const GuidList *list, const Operand *literals)
{
    for (uint32_t i = 0; i < literals->value_count; i++) {
        Guid guid;
        if (guid_parse(literals->values[i].text, &guid))
            list->visit(list->caller, &guid);
    }
}

static void list_guids(void *caller, const ConditionNode *leaf, bool negated)
{
    const GuidList *list = caller;
    (void)negated;
    if (leaf->kind != CONDITION_COMPARISON)
        return;
    if (is_attribute(&leaf->comparison.left, list))
        list_operand_guids(list, &leaf->comparison.right);
    if (is_attribute(&leaf->comparison.right, list))
        list_operand_guids(list, &leaf->comparison.left);
}

void condition_guids(const Condition *condition, AttributeSource source, const char *name,
                     void (*visit)(void *caller, const Guid *guid), void *caller)
{
    GuidList list = {source, name, visit, caller};
    visit_condition(condition, list_guids, &list);
}

static bool has_different_values(const Operator *not_equals, const Operand *literals)
{
    for (uint32_t i = 1; i < literals->value_count; i++)
        if (operator_compare(not_equals, &literals->values[0], &literals->values[i]) == TRI_TRUE)
            return true;
    return false;
}

static bool is_void_exclusion(const Comparison *comparison)
{
    const Operator *operation = comparison->operation;
    return comparison->quantifier == QUANTIFIER_ANY_ANY && operation->negated &&
           operation->relation == RELATION_EQUAL && comparison->left.is_attribute &&
           has_different_values(operation, &comparison->right);
}

typedef struct PlaceSearch {
    ConditionPlace place;
    bool found;
} PlaceSearch;

static void search_void_exclusion(void *caller, const ConditionNode *leaf, bool negated)
{
    PlaceSearch *search = caller;
    if (search->found || negated || leaf->kind != CONDITION_COMPARISON ||
        !is_void_exclusion(&leaf->comparison))
        return;
    search->found = true;
    search->place = leaf->place;
}

bool condition_find_void_exclusion(const Condition *condition, ConditionPlace *place)
{
    PlaceSearch search = {.found = false};
    visit_condition(condition, search_void_exclusion, &search);
    if (search.found)
        *place = search.place;
    return search.found;
}
