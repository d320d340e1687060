#ifndef GRAPH_GIFTS_H
#define GRAPH_GIFTS_H

#include "graph/builder.h"

/*
 * Permissions that can be given to callers under a condition or with membership of a group, as
 * rights that hold over the scope tree, apart from those that somebody holds already: whoever is to
 * be given one need not have any.  What gives everything is not among them; see needs.h.
 *
 * gifts_find comes when all that gives is known but what gives everything; gifts_use notes where
 * a gift is wanted; build_gifts, at the end, leads the gifts there.
 */

void gifts_find(Builder *builder);

/* For a premise without conditions on the grant. */
AskedRights gifts_asked(Builder *builder, const Premise *premise);

/* Can one of the rights come to be given at the need's place?  Notes that it is wanted there. */
bool gifts_use(Builder *builder, AskedRights asked, uint32_t need);

void build_gifts(Builder *builder);

/* The uses of one gift's right, once they are led: [*first, *first + returned) of
   Builder.gift_uses. */
uint32_t uses_of_gift(const Builder *builder, uint32_t right, uint32_t *first);

/* May callers of every class be given it? */
bool gift_is_for_any_class(const Right *right);

void gifts_free(Builder *builder);

#endif
