#include "graph/caller_directory.h"
Certainty directory_role_held(const Builder *b, uint32_t principal, const Premise *premise,
                              uint32_t place, bool is_user, uint32_t *record)
{
    (void)b;
    (void)principal;
    (void)premise;
    (void)place;
    (void)is_user;
    (void)record;
    return NO;
}
Certainty app_role_held(const Builder *b, uint32_t principal, const Premise *premise,
                        uint32_t *record)
{
    (void)b;
    (void)principal;
    (void)premise;
    (void)record;
    return NO;
}
bool directory_holds_anything(const Builder *b, uint32_t principal, const Premise *premise)
{
    (void)b;
    (void)principal;
    (void)premise;
    return false;
}
bool given_role_meets(const Rules *rules, bool app, const TextList *given, const TextList *wanted)
{
    (void)rules;
    (void)app;
    (void)given;
    (void)wanted;
    return false;
}
