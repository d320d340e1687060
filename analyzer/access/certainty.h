#ifndef ACCESS_CERTAINTY_H
#define ACCESS_CERTAINTY_H

/*
 * An answer is never just yes or no.  Ordered, best first: a step is as certain as its worst
 * premise (the larger value), a conclusion as its best chain (the smaller one).
 */
typedef enum Certainty {
    CERTAIN,     /* every premise is in the snapshot */
    CONDITIONAL, /* holds only if a condition that cannot be decided offline is true */
    ELIGIBLE,    /* needs an eligible (PIM) assignment to be activated first */
    ASSUMED,     /* needs something the snapshot does not say; the note says what */
    NO,          /* the contrary is established */
    UNKNOWN      /* could not be established either way: a kind of record is missing */
} Certainty;

enum { CERTAINTY_LEVELS = 4 }; /* CERTAIN .. ASSUMED: something holds */

const char *certainty_name(Certainty certainty); /* "certain", "conditional", ... */

static inline Certainty certainty_worse(Certainty a, Certainty b)
{
    return a > b ? a : b;
}

#endif
