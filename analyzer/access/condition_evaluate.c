#include "access/condition_tree.h"

#include <assert.h>

/* What a context says about one attribute, or the values of a literal. */
typedef struct OperandValues {
    AttributeState state;
    const Value *literals; /* NULL: the values are in texts */
    const char *const *texts;
    uint32_t count;
} OperandValues;

static const AttributeBinding *find_binding(const ConditionContext *context,
                                            const Attribute *attribute)
{
    for (; context; context = context->beneath)
        for (uint32_t i = 0; i < context->binding_count; i++) {
            const AttributeBinding *binding = &context->bindings[i];
            if (binding->source == attribute->source &&
                attribute_name_equal(binding->name, attribute->name))
                return binding;
        }
    return NULL;
}

/* A request without sub-operation lacks the attribute. */
static OperandValues suboperation_values(const ConditionContext *context)
{
    if (!context->suboperations_known)
        return (OperandValues){.state = ATTRIBUTE_UNKNOWN};
    if (context->suboperation_count == 0)
        return (OperandValues){.state = ATTRIBUTE_ABSENT};
    return (OperandValues){.state = ATTRIBUTE_KNOWN,
                           .texts = context->suboperations,
                           .count = context->suboperation_count};
}

static OperandValues attribute_values(const Attribute *attribute, const ConditionContext *context)
{
    if (attribute->is_suboperation)
        return suboperation_values(context);
    const AttributeBinding *binding = find_binding(context, attribute);
    if (!binding)
        return (OperandValues){.state = ATTRIBUTE_UNKNOWN};
    return (OperandValues){
        .state = binding->state, .texts = binding->values, .count = binding->value_count};
}

static OperandValues operand_values(const Operand *operand, const ConditionContext *context)
{
    if (operand->is_attribute)
        return attribute_values(&operand->attribute, context);
    return (OperandValues){
        .state = ATTRIBUTE_KNOWN, .literals = operand->values, .count = operand->value_count};
}

static Value value_at(const OperandValues *values, uint32_t i, ValueType type)
{
    assert(values->literals || values->texts);
    return values->literals ? values->literals[i] : value_of_attribute(values->texts[i], type);
}

/* "All" of no values is not documented. */
static Tri of_no_values(bool all)
{
    return all ? TRI_UNKNOWN : TRI_FALSE;
}

static Tri compare_with_right(const Operator *operation, const Value *left,
                              const OperandValues *right, bool all)
{
    if (right->count == 0)
        return of_no_values(all);
    Tri settled = all ? TRI_FALSE : TRI_TRUE;
    Tri result = tri_not(settled);
    for (uint32_t i = 0; i < right->count && result != settled; i++) {
        Value value = value_at(right, i, operation->type);
        Tri holds = operator_compare(operation, left, &value);
        result = all ? tri_and(result, holds) : tri_or(result, holds);
    }
    return result;
}

static Tri compare_quantified(const Comparison *comparison, const OperandValues *left,
                              const OperandValues *right)
{
    Quantifier quantifier = comparison->quantifier;
    bool all_left = quantifier == QUANTIFIER_ALL_ANY || quantifier == QUANTIFIER_ALL_ALL;
    bool all_right = quantifier == QUANTIFIER_ANY_ALL || quantifier == QUANTIFIER_ALL_ALL;
    if (left->count == 0)
        return of_no_values(all_left);
    Tri settled = all_left ? TRI_FALSE : TRI_TRUE;
    Tri result = tri_not(settled);
    for (uint32_t i = 0; i < left->count && result != settled; i++) {
        Value value = value_at(left, i, comparison->operation->type);
        Tri holds = compare_with_right(comparison->operation, &value, right, all_right);
        result = all_left ? tri_and(result, holds) : tri_or(result, holds);
    }
    return result;
}

/*
 * The documentation of storage attributes says that a condition on an attribute the request lacks
 * fails; for negated operators it says nothing.
 * https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
 */
static Tri evaluate_comparison(const Comparison *comparison, const ConditionContext *context)
{
    OperandValues left = operand_values(&comparison->left, context);
    OperandValues right = operand_values(&comparison->right, context);
    if (left.state == ATTRIBUTE_ABSENT || right.state == ATTRIBUTE_ABSENT)
        return comparison->operation->negated ? TRI_UNKNOWN : TRI_FALSE;
    if (left.state == ATTRIBUTE_UNKNOWN || right.state == ATTRIBUTE_UNKNOWN)
        return TRI_UNKNOWN;
    if (comparison->quantifier != QUANTIFIER_NONE)
        return compare_quantified(comparison, &left, &right);
    if (left.count != 1 || right.count != 1)
        return TRI_UNKNOWN;
    Value left_value = value_at(&left, 0, comparison->operation->type);
    return compare_with_right(comparison->operation, &left_value, &right, false);
}

static bool matches_any(const PatternSet *set, const char *text, PatternReading reading)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (pattern_matches(set->patterns[i], text, reading))
            return true;
    return false;
}

static Tri evaluate_action(const PatternSet *set, const ConditionContext *context)
{
    if (!context->action)
        return TRI_UNKNOWN;
    return matches_any(set, context->action, context->reading) ? TRI_TRUE : TRI_FALSE;
}

static Tri evaluate_suboperation(const PatternSet *set, const ConditionContext *context)
{
    if (!context->suboperations_known)
        return TRI_UNKNOWN;
    for (uint32_t i = 0; i < context->suboperation_count; i++)
        if (matches_any(set, context->suboperations[i], context->reading))
            return TRI_TRUE;
    return TRI_FALSE;
}

/* Whether an attribute that holds an empty list exists is not documented. */
static Tri evaluate_exists(const Attribute *attribute, const ConditionContext *context)
{
    OperandValues values = attribute_values(attribute, context);
    if (values.state == ATTRIBUTE_ABSENT)
        return TRI_FALSE;
    return values.state == ATTRIBUTE_KNOWN && values.count ? TRI_TRUE : TRI_UNKNOWN;
}

static Tri evaluate_node(const ConditionNode *node, const ConditionContext *context);

/*
 * Where AND and OR are mixed, the documentation wants parentheses.  Without them the chain is read
 * with AND binding tighter (an OR of runs of ANDs) and with OR binding tighter (an AND of runs of
 * ORs).  These are the greatest and the least value that any grouping gives, so where they agree
 * all groupings do; and for a chain of one kind they are the same.
 */
static Tri evaluate_chain(const ConditionNode *first, const ConditionContext *context)
{
    Tri value = evaluate_node(first, context);
    Tri run_of_ands = value;
    Tri run_of_ors = value;
    Tri any_run = TRI_FALSE;
    Tri all_runs = TRI_TRUE;
    for (const ConditionNode *node = first->next; node; node = node->next) {
        value = evaluate_node(node, context);
        if (node->after_or) {
            any_run = tri_or(any_run, run_of_ands);
            run_of_ands = value;
            run_of_ors = tri_or(run_of_ors, value);
        } else {
            all_runs = tri_and(all_runs, run_of_ors);
            run_of_ors = value;
            run_of_ands = tri_and(run_of_ands, value);
        }
    }
    Tri greatest = tri_or(any_run, run_of_ands);
    Tri least = tri_and(all_runs, run_of_ors);
    return greatest == least ? greatest : TRI_UNKNOWN;
}

static Tri evaluate_positive(const ConditionNode *node, const ConditionContext *context)
{
    switch (node->kind) {
    case CONDITION_CHAIN:
        return evaluate_chain(node->first, context);
    case CONDITION_ACTION_MATCHES:
        return evaluate_action(&node->matches, context);
    case CONDITION_SUBOPERATION_MATCHES:
        return evaluate_suboperation(&node->matches, context);
    case CONDITION_EXISTS:
        return evaluate_exists(&node->exists, context);
    case CONDITION_COMPARISON:
        return evaluate_comparison(&node->comparison, context);
    }
    return TRI_UNKNOWN;
}

/* As deep as the parse: at most CONDITION_MAX_NESTING chains within each other. */
static Tri evaluate_node(const ConditionNode *node, const ConditionContext *context)
{
    Tri value = evaluate_positive(node, context);
    return node->negated ? tri_not(value) : value;
}

Tri condition_evaluate(const Condition *condition, const ConditionContext *context)
{
    return condition && condition->root ? evaluate_node(condition->root, context) : TRI_TRUE;
}
