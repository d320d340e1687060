#ifndef ACCESS_CONDITION_H
#define ACCESS_CONDITION_H

#include "access/pattern.h"
#include "access/tri.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The condition of a role assignment, a permission block or a deny assignment (Azure ABAC,
 * conditionVersion 2.0), parsed once and evaluated in three-valued logic as often as needed.
 * https://learn.microsoft.com/azure/role-based-access-control/conditions-format
 *
 *     expression  = unary { ("AND" | "&&" | "OR" | "||") unary }
 *     unary       = { "NOT" | "!" } primary
 *     primary     = "(" expression ")" | "ActionMatches" patterns | "SubOperationMatches" patterns
 *                 | "Exists" attribute | operand operator operand
 *     patterns    = "{" text { "," text } "}"
 *     operand     = attribute | literal | "{" [ literal { "," literal } ] "}"
 *     attribute   = "@" ("Request" | "Resource" | "Principal" | "Environment") "[" name "]"
 *     literal     = "'" text "'" | integer | true | false | GUID, with or without dashes
 *     operator    = [ ("ForAnyOfAnyValues" | "ForAllOfAnyValues" | "ForAnyOfAllValues" |
 *                      "ForAllOfAllValues") ":" ] base
 *     base        = Bool[Not]Equals | String[Not](Equals | StartsWith | Like)[IgnoreCase]
 *                 | (Numeric | DateTime)(Equals | NotEquals | LessThan[Equals] |
 *                   GreaterThan[Equals]) | Guid[Not]Equals
 *
 * Words are read in any case, blanks are free.  A backslash keeps the next character from ending a
 * text; only the Like operators give it a meaning: "\*" and "\?" are the characters themselves.
 * An operator that is not listed (other evaluators know more) is a parse failure, not a guess.
 *
 * What the documentation leaves open is answered so that a doubt stays visible:
 * - AND and OR mixed on one level without parentheses: every grouping is evaluated, and unknown
 *   where they differ.
 * - An attribute that the request lacks makes a comparison false, but one whose operator is negated
 *   (NotEquals, NotLike, ...) unknown; an attribute whose value is not known makes it unknown.
 * - Unknown, too: a value that is not of the operator's type; an operator without quantifier on
 *   anything but one value; "all" of no values; a difference between non-ASCII texts when case is
 *   ignored.
 */

/* Longer, deeper or larger input is a parse failure.  Azure's own limit is 8 KB of text. */
enum {
    CONDITION_MAX_BYTES = 64 * 1024,
    CONDITION_MAX_NESTING = 200, /* parentheses within parentheses */
    CONDITION_MAX_VALUES = 1024, /* in one pair of braces */
};

/* Immutable once parsed; any number of threads may use it. */
typedef struct Condition Condition;

/*
 * Parses `text` into `arena`; nothing points into `text` afterwards.  NULL and blank texts mean "no
 * condition", which is always true.  False: the message names the offset in bytes, what was
 * expected and what was found there; such a condition must count as unknown.  What was allocated
 * until then stays in the arena.  Linear in the text's length.
 */
bool condition_parse(Arena *arena, const char *text, const Condition **condition, Error *err);

typedef enum AttributeSource {
    SOURCE_REQUEST,
    SOURCE_RESOURCE,
    SOURCE_PRINCIPAL,
    SOURCE_ENVIRONMENT
} AttributeSource;

typedef enum AttributeState {
    ATTRIBUTE_UNKNOWN, /* the export does not say: the same as not being bound at all */
    ATTRIBUTE_ABSENT,  /* known not to be there */
    ATTRIBUTE_KNOWN
} AttributeState;

/*
 * What is known of one attribute.  Values are texts whatever their type: "true", "10",
 * "2022-06-01T00:00:00.0000000Z", a GUID in any spelling; the operator says how they are read.
 * Names compare in any case, except the key in "...tags:KEY<$key_case_sensitive$>".
 */
typedef struct AttributeBinding {
    AttributeSource source;
    AttributeState state;
    const char *name; /* "Microsoft.Authorization/roleAssignments:RoleDefinitionId" */
    const char *const *values;
    uint32_t value_count;
} AttributeBinding;

/*
 * A request, as far as it is known.  All of it belongs to the caller and is only read, so one
 * context serves many evaluations: change the values of a binding in between, or lay a small
 * context with a few bindings over a shared one.
 */
typedef struct ConditionContext ConditionContext;
struct ConditionContext {
    const char *action; /* NULL: not known */
    PatternReading reading;
    bool suboperations_known; /* false: SubOperationMatches is unknown */
    const char *const *suboperations;
    uint32_t suboperation_count;
    const AttributeBinding *bindings; /* the first binding of an attribute counts */
    uint32_t binding_count;
    const ConditionContext *beneath; /* asked only for attributes not bound here; may be NULL */
};

/*
 * Whether the condition holds; a NULL condition does.  Never allocates.  Cost: the size of the
 * condition times the bindings, and for a comparison its left times its right values.
 */
Tri condition_evaluate(const Condition *condition, const ConditionContext *context);

/* Whether some ActionMatches in the condition, negated or not, matches the action. */
bool condition_targets(const Condition *condition, const char *action, PatternReading reading);

/* Calls visit for every attribute in the condition, in text order, as often as it is mentioned. */
void condition_attributes(const Condition *condition,
                          void (*visit)(void *caller, AttributeSource source, const char *name),
                          void *caller);

/*
 * Calls visit for every GUID that the condition compares with the attribute, in text order, by
 * whatever operator: the roles or principals that a delegation condition names.
 */
void condition_guids(const Condition *condition, AttributeSource source, const char *name,
                     void (*visit)(void *caller, const Guid *guid), void *caller);

/* A piece of the parsed text. */
typedef struct ConditionPlace {
    size_t offset_bytes;
    size_t length_bytes;
} ConditionPlace;

/*
 * Finds the first comparison that was meant to exclude several values and excludes none:
 * `@... ForAnyOfAnyValues:GuidNotEquals {A, B}`, or another NotEquals, with two or more different
 * values.  Every value differs from at least one of them, so it is always true.  Microsoft's
 * example "allow all except specific roles" was once written that way.  One that stands under NOT
 * is not reported.
 */
bool condition_find_void_exclusion(const Condition *condition, ConditionPlace *place);

#endif
