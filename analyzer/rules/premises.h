#ifndef RULES_PREMISES_H
#define RULES_PREMISES_H

#include "rules/loader.h"

/* A technique while it is read.  Premises refer to its own variables; clauses number anew those
   that they use. */
typedef struct Draft {
    Loader *loader;
    Reader *reader;
    Technique technique;
    Variable *variables;
    uint32_t variable_count;
    bool *variable_used;
    Premise *voids;
    uint32_t void_count;
    Premise *weakens;
    uint32_t weaken_count;
    const char *assumes; /* the technique's note and those of its `assume` facts */
} Draft;

/* One alternative of a list of premises: all of them, and what they assume. */
typedef struct Branch {
    const Premise **premises;
    uint32_t count;
    const char *assumes; /* or NULL */
} Branch;

typedef struct Branches {
    Branch *items;
    uint32_t count; /* 1 with no premises for an empty list; 0 after a problem */
} Branches;

/* The alternatives of the member's premises, `any` and `all` multiplied out.  A missing member is
   an empty list. */
Branches read_premises(Draft *draft, const JsonValue *object, const char *key);

/* Every way to take one of `a` with one of `b`. */
Branches branches_both(Draft *draft, const Branches *a, const Branches *b);

/* Void conditions or weakenings of the technique, and what its facts assume. */
void read_obstacles(Draft *draft, const JsonValue *object, const char *key, Premise **obstacles,
                    uint32_t *count);

/* Index in draft->variables of the variable that the member names, or NONE. */
uint32_t read_variable(Draft *draft, const JsonValue *object, const char *key);

/* True when the variable can be an end of a relation of these types, joined by '|'. */
bool variable_fits(const Variable *variable, const char *types);

/* The kinds of conditions that the member "conditions" names, as bits; 0 without it. */
uint32_t read_grant_conditions(Draft *draft, const JsonValue *entry);

/* "a; b", or the one that is not NULL. */
const char *join_notes(Arena *arena, const char *a, const char *b);

#endif
