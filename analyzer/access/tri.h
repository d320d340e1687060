#ifndef ACCESS_TRI_H
#define ACCESS_TRI_H

/*
 * Kleene's three-valued logic: unknown is "true or false, the export does not say".  An answer is
 * true or false only where every value the unknown ones might have gives that same answer.
 * Ordered so that "and" is the smaller and "or" the larger of two.
 */
typedef enum Tri { TRI_FALSE, TRI_UNKNOWN, TRI_TRUE } Tri;

static inline Tri tri_and(Tri a, Tri b)
{
    return a < b ? a : b;
}

static inline Tri tri_or(Tri a, Tri b)
{
    return a > b ? a : b;
}

static inline Tri tri_not(Tri a)
{
    return a == TRI_TRUE ? TRI_FALSE : a == TRI_FALSE ? TRI_TRUE : TRI_UNKNOWN;
}

#endif
