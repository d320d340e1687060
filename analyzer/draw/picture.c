#include "draw/picture.h"

const char *const PICTURE_KIND_WORDS[PICTURE_KIND_COUNT] = {
    [PICTURE_IDENTITY] = "identity", [PICTURE_CHAIN] = "chain",     [PICTURE_OVERVIEW] = "overview",
    [PICTURE_DIFF] = "diff",         [PICTURE_REVERSE] = "reverse",
};

const char *const SILHOUETTE_WORDS[SILHOUETTE_COUNT] = {
    [SILHOUETTE_IDENTITY] = "identity", [SILHOUETTE_FOCAL] = "focal",
    [SILHOUETTE_RESOURCE] = "resource", [SILHOUETTE_GAIN] = "gain",
    [SILHOUETTE_STACK] = "stack",       [SILHOUETTE_EVIDENCE] = "evidence",
    [SILHOUETTE_MATRIX] = "matrix",
};

void picture_visit_items(const Elements *elements, void (*visit)(void *context, uint32_t item),
                         void *context)
{
    for (uint32_t i = 0; i < elements->count; i++) {
        if (elements->items[i].box)
            picture_visit_items(&elements->items[i].box->elements, visit, context);
        else
            visit(context, elements->items[i].item);
    }
}
