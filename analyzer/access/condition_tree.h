#ifndef ACCESS_CONDITION_TREE_H
#define ACCESS_CONDITION_TREE_H

#include "access/condition.h"

/*
 * A parsed condition as condition_parse.c builds it and condition_evaluate.c and
 * condition_inspect.c read it; for nobody else.  Everything lies in the arena of the parse.
 */
typedef enum ValueType {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_DATETIME,
    VALUE_BOOL,
    VALUE_GUID
} ValueType;

typedef struct Value {
    const char *text;
    bool quoted;    /* a literal in quotes; a bare word otherwise */
    bool fits;      /* the text is a value of the operator's type */
    int64_t number; /* VALUE_NUMBER; VALUE_BOOL: 0, 1; VALUE_DATETIME: grows with time */
    Guid guid;      /* VALUE_GUID */
} Value;

/* Reads the text of an attribute, whatever its form, or of a literal, whose form must fit too. */
Value value_of_attribute(const char *text, ValueType type);
void value_set_literal_type(Value *literal, ValueType type);

typedef enum Relation {
    RELATION_EQUAL,
    RELATION_LESS,
    RELATION_LESS_OR_EQUAL,
    RELATION_STARTS_WITH,
    RELATION_LIKE
} Relation;

/* What an operator asks: "greater" is the negation of "less or equal". */
typedef struct Operator {
    const char *name;
    ValueType type;
    Relation relation;
    bool complement;  /* the answer is turned around */
    bool negated;     /* its name says Not: unknown for an attribute that is absent */
    bool ignore_case; /* of ASCII letters */
} Operator;

/* The operator called `name` (length_bytes long, any case) without quantifier, or NULL. */
const Operator *operator_find(const char *name, size_t length_bytes);

/* One left value against one right value. */
Tri operator_compare(const Operator *operation, const Value *left, const Value *right);

/* The first word is about the left values, the second about the right ones. */
typedef enum Quantifier {
    QUANTIFIER_NONE,
    QUANTIFIER_ANY_ANY,
    QUANTIFIER_ALL_ANY,
    QUANTIFIER_ANY_ALL,
    QUANTIFIER_ALL_ALL
} Quantifier;

typedef struct Attribute {
    AttributeSource source;
    bool is_suboperation; /* @Request[subOperation], the spelling of the 2021 preview */
    const char *name;
} Attribute;

bool attribute_name_equal(const char *a, const char *b);

typedef struct Operand {
    bool is_attribute;
    Attribute attribute;
    Value *values;
    uint32_t value_count;
} Operand;

typedef struct Comparison {
    Operand left;
    Quantifier quantifier;
    const Operator *operation;
    Operand right;
} Comparison;

typedef struct PatternSet {
    const char **patterns;
    uint32_t count;
} PatternSet;

typedef enum ConditionKind {
    CONDITION_CHAIN, /* two or more, joined by AND and OR */
    CONDITION_ACTION_MATCHES,
    CONDITION_SUBOPERATION_MATCHES,
    CONDITION_EXISTS,
    CONDITION_COMPARISON
} ConditionKind;

typedef struct ConditionNode ConditionNode;
struct ConditionNode {
    ConditionKind kind;
    bool negated;  /* an odd number of NOTs stands before it */
    bool after_or; /* OR joins it to the node before it in its chain, otherwise AND */
    ConditionPlace place;
    ConditionNode *next; /* in its chain */
    union {
        ConditionNode *first; /* CONDITION_CHAIN */
        PatternSet matches;
        Attribute exists;
        Comparison comparison;
    };
};

struct Condition {
    const ConditionNode *root; /* NULL: always true */
};

#endif
