#ifndef ACCESS_DECIDE_H
#define ACCESS_DECIDE_H

#include "access/internal.h"

/*
 * One question while it is being answered; shared by decide.c (the order of the reasoning),
 * vault.c (key-vault access policies), missing.c (what was not exported), explain.c and admitted.c
 * (the sentences), for nobody else.
 */
typedef struct Asking {
    const Access *access;
    const Question *question;
    Decision *decision;
    const char *scope_text; /* what is asked about, as far as possible in the export's spelling */
    ScopeTarget target;
    Ask ask;
    ConditionContext known;     /* what the user knows, over ... */
    ConditionContext from_role; /* ... what --role and --to say, over ... */
    ConditionContext from_scope;
    GivenAttributes given;
    ScopeAttributes attributes;
} Asking;

/* A grant that bears on the question, and how far it goes. */
typedef struct Candidate {
    HeldGrant held;
    Certainty contained; /* CERTAIN or ASSUMED */
    Tri given;           /* with the conditions */
} Candidate;

/* ---- the sentences (explain.c, admitted.c) ---- */

/* Pointers stay valid until the next call: push the records at once. */
Reason *because(Asking *asking, Certainty certainty, const char *text);
Reason *blocked_by(Asking *asking, Certainty certainty, const char *missing, const char *text);
void reason_record(Reason *reason, uint32_t record); /* NONE and what does not fit are left out */

const RoleAssignment *assignment_of(const Asking *asking, const Grant *grant);
void explain_grant(Asking *asking, const Candidate *candidate, Certainty certainty);
void explain_unmet(Asking *asking, const Candidate *candidate);
void explain_ignored(Asking *asking, const Candidate *candidate, const char *vault);
void explain_unknown_role(Asking *asking, const RoleAssignment *assignment, uint32_t scope,
                          uint32_t through);
void explain_window(Asking *asking, const RoleAssignment *assignment);
void explain_obstacle(Asking *asking, uint32_t index, Tri stopped);

/* "resource group rg-ml", "subscription Production", "kv-ml"; lives as long as the decision. */
const char *scope_words(const Asking *asking, uint32_t scope);
const char *role_words(const Asking *asking, const RoleAssignment *assignment);

/* "", ", through group ml-ops"; the records of the membership go to `reason` when it is given. */
const char *through_words(const Asking *asking, uint32_t group);
void record_membership(const Asking *asking, uint32_t group, Reason *reason);

/* The roles that a delegation condition admits: " that admits AcrPull and Reader"; "" when the
   question is not about giving roles or names one. */
const char *admitted_words(const Asking *asking, const Grant *grant);

/* Is the principal asked about the other one, or in it? */
bool is_me(const Asking *asking, uint32_t principal);

/* ---- what was not exported (missing.c) ---- */

/* Does the grant, held by anybody, give the action at the scope asked about? */
bool weigh(const Asking *asking, const Grant *grant, Candidate *candidate);

/* Adds to blocked_by every missing kind of record that could turn a no into a yes. */
void find_missing(Asking *asking);

/* Group members were never exported and nothing tells the principal's groups; a group that holds
   something here could be one of them. */
bool memberships_are_open(const Asking *asking);

/* ---- key vaults (vault.c) ---- */

typedef enum VaultModel {
    VAULT_NONE,  /* the question is not about the data of a vault */
    VAULT_ROLES, /* role assignments decide */
    VAULT_POLICIES,
    VAULT_OPEN /* the vault's properties were not exported */
} VaultModel;

typedef struct Vault {
    VaultModel model;
    uint32_t resource; /* NONE: not in the snapshot */
    uint32_t record;   /* that tells the model, or NONE */
    const char *name;
} Vault;

Vault vault_of_question(const Asking *asking);

/* Does some permission word of the policy allow the data action? */
bool policy_allows(const AccessPolicy *policy, const char *action);

#endif
