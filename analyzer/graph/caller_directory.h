#ifndef GRAPH_CALLER_DIRECTORY_H
#define GRAPH_CALLER_DIRECTORY_H
#include "graph/builder.h"
Certainty directory_role_held(const Builder *b, uint32_t principal, const Premise *premise,
                              uint32_t place, bool is_user, uint32_t *record);
Certainty app_role_held(const Builder *b, uint32_t principal, const Premise *premise,
                        uint32_t *record);
bool directory_holds_anything(const Builder *b, uint32_t principal, const Premise *premise);
bool given_role_meets(const Rules *rules, bool app, const TextList *given, const TextList *wanted);
#endif
