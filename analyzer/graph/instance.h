#ifndef GRAPH_INSTANCE_H
#define GRAPH_INSTANCE_H

#include "access/access.h"
#include "rules/rules.h"

#include <stdint.h>

/*
 * The facts of the techniques: every way in which the variables of a clause can be filled from the
 * snapshot so that its relation and property premises hold.  What is left of the clause are the
 * permissions, policies and capabilities that an attacker must bring.
 */

/* A value of a variable: a scope (resources are scopes), or a principal with the top bit set. */
typedef uint32_t Term;
#define TERM_PRINCIPAL UINT32_C(0x80000000)

static inline bool term_is_principal(Term term)
{
    return term != NONE && (term & TERM_PRINCIPAL) != 0;
}

static inline uint32_t term_index(Term term)
{
    return term & ~TERM_PRINCIPAL;
}

/* One fact behind an instance, for evidence. */
typedef struct Fact {
    uint32_t record;  /* Snapshot.records, or NONE when the fact is that something is absent */
    uint32_t premise; /* in the clause: premises, then voids, then weakens */
    Term subject;
    const char *value; /* property value found, or NULL when it is missing */
} Fact;

typedef struct Instance {
    uint32_t clause;
    uint32_t first_term; /* InstanceTable.terms: one per variable of the clause; NONE: not bound
                            (the variable belongs to another component) */
    uint32_t first_fact; /* InstanceTable.facts */
    uint16_t fact_count;
    uint8_t component; /* of the clause; see ClauseShape */
    uint8_t certainty; /* CERTAIN or ASSUMED */
} Instance;

/*
 * The variables of a clause fall into components that no relation joins: creating a compute needs
 * some workspace and, unrelated to it, some identity.  Components are filled independently, so
 * that the instances are their sum and not their product.  The one that holds the conclusion's
 * variable is component 0.
 */
typedef struct ClauseShape {
    uint32_t component_count;
    uint8_t *component_of; /* per variable */
    uint32_t
        *first_instance; /* per component; component_count + 1 entries, InstanceTable.instances */
} ClauseShape;

typedef struct InstanceTable {
    ARRAY(Instance)
    instances; /* by clause, component, then tree order of the first typed variable */
    ARRAY(Term) terms;
    ARRAY(Fact) facts;
    ClauseShape *shapes; /* per clause */
    uint32_t clause_count;
    Arena arena;
} InstanceTable;

struct Relations;

/* Linear in the resources that the clauses speak of, times the relations each has. */
void instances_find(InstanceTable *table, const Access *access, const Rules *rules,
                    const struct Relations *relations);
void instances_free(InstanceTable *table);

/*
 * A way to fill a clause for one conclusion, of which at most one property is another than it
 * should be, or forbids it.  Variables that no relation joins to the conclusion's are NONE.
 */
typedef struct NearInstance {
    const Term *terms;     /* per variable of the clause */
    const Premise *failed; /* the property, of the premises or the voids; NULL: all hold */
    bool failed_is_void;   /* it should not hold, but does */
    uint32_t failed_record;
    const char *failed_value; /* NULL: not set */
    Certainty certainty;
} NearInstance;

/* Calls `visit` for every such way to the conclusion.  What it is given lives during the call. */
void instances_near(const InstanceTable *table, const Access *access, const Rules *rules,
                    const struct Relations *relations, uint32_t clause, Term conclusion,
                    void (*visit)(void *context, const NearInstance *way), void *context);

/* The kind of a principal as rule files spell it: "user", "group", "service-principal",
   "managed-identity", "unknown". */
const char *principal_kind_word(PrincipalKind kind);

static inline Term instance_term(const InstanceTable *table, const Instance *instance,
                                 uint32_t variable)
{
    return table->terms.items[instance->first_term + variable];
}

#endif
