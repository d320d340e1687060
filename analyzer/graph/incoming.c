#include "graph/incoming.h"

#include "base/memory.h"

#include <stdlib.h>

Incoming incoming_new(const PrivilegeGraph *graph)
{
    Incoming in = {memory_allocate(graph->nodes.count + 2, sizeof(uint32_t)),
                   memory_allocate(graph->edges.count, sizeof(uint32_t))};
    for (uint32_t e = 0; e < graph->edges.count; e++)
        in.first[graph->edges.items[e].to + 2]++;
    for (uint32_t n = 2; n < graph->nodes.count + 2; n++)
        in.first[n] += in.first[n - 1];
    for (uint32_t e = 0; e < graph->edges.count; e++)
        in.order[in.first[graph->edges.items[e].to + 1]++] = e;
    return in;
}

void incoming_free(Incoming *in)
{
    free(in->first);
    free(in->order);
    *in = (Incoming){0};
}
