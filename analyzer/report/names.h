#ifndef REPORT_NAMES_H
#define REPORT_NAMES_H

#include "analysis/analysis.h"

/*
 * What principals, scopes and starts are called: ids for machines, names and kinds for people.
 * Nothing is cleaned yet: every writer cleans for its own medium.  Texts live as long as the
 * analysis, or as long as the Names.
 */
typedef struct Names Names;

Names *names_new(const Analysis *analysis);
void names_free(Names *names);

/* ---- principals ---- */

/* The object id, else the ARM id of an identity whose object id is nowhere. */
const char *id_of_principal(const Analysis *analysis, uint32_t principal);
const char *name_of_principal(const Analysis *analysis, uint32_t principal);
const char *kind_of_principal(const Analysis *analysis, uint32_t principal); /* "Entra group" */

/* ---- scopes ---- */

const char *id_of_scope(const Analysis *analysis, uint32_t scope);
/* "rg-fraud", "sub-ml-prod", "the whole tenant" */
const char *name_of_scope(const Names *names, uint32_t scope);
/* "resource group", "subscription", "key vault" */
const char *kind_of_scope(const Names *names, uint32_t scope);
/* The words of a resource type; for a type without an entry its last part: "vaults/keys". */
const char *words_of_type(const Names *names, Id type, uint32_t count);
/* "storage", "vaults", ...; "other" */
const char *family_of_type(const Names *names, Id type);

/* ---- starts ---- */

const char *id_of_start(const Analysis *analysis, uint32_t start);
const char *name_of_start(const Names *names, uint32_t start);
const char *start_kind_name(StartKind kind);                   /* "user-assigned" */
const char *kind_of_start(const Names *names, uint32_t start); /* "user-assigned identity" */

/* ---- both ---- */

const char *id_of_entity(const Names *names, Entity entity);
const char *name_of_entity(const Names *names, Entity entity);

#endif
