#include "access/certainty.h"

const char *certainty_name(Certainty certainty)
{
    static const char *const names[] = {"certain", "conditional", "eligible",
                                        "assumed", "no",          "unknown"};
    return names[certainty];
}
