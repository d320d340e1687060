#include "draw/graph_ids.h"

#include "base/array.h"
#include "base/intern.h"
#include "base/memory.h"

#include <graphviz/cgraph.h>
#include <stdlib.h>

/*
 * Even numbers are named, odd ones are not; 0 is nobody.  cgraph looks at the bytes before a name
 * to see what kind it is, so the names it gets back must be strings of its own.
 */
typedef struct Numbers {
    Agraph_t *graph;
    Interner names;
    ARRAY(char *) own_names; /* by index in names; freed with the graph */
    IDTYPE next_unnamed;
} Numbers;

static void *open_numbers(Agraph_t *graph, Agdisc_t *discipline)
{
    (void)discipline;
    Numbers *numbers = memory_allocate(1, sizeof *numbers);
    numbers->graph = graph;
    numbers->names = interner_new(CASE_MATTERS);
    numbers->next_unnamed = 1;
    return numbers;
}

static long number_of(void *state, int kind, char *name, IDTYPE *number, int create)
{
    Numbers *numbers = state;
    (void)kind;
    if (!name) {
        *number = numbers->next_unnamed;
        numbers->next_unnamed += 2;
        return 1;
    }
    uint32_t index = create ? intern(&numbers->names, name) : interner_find(&numbers->names, name);
    if (create && index == numbers->own_names.count)
        ARRAY_PUSH(&numbers->own_names, agstrdup(numbers->graph, name));
    *number = index == NONE ? 0 : 2 * ((IDTYPE)index + 1);
    return 1;
}

/* Nobody chooses numbers himself. */
static long refuse_number(void *state, int kind, IDTYPE number)
{
    (void)state;
    (void)kind;
    (void)number;
    return 0;
}

/* A name keeps its number until the graph is closed. */
static void keep_number(void *state, int kind, IDTYPE number)
{
    (void)state;
    (void)kind;
    (void)number;
}

static char *name_of(void *state, int kind, IDTYPE number)
{
    const Numbers *numbers = state;
    (void)kind;
    return number > 0 && number % 2 == 0 ? numbers->own_names.items[number / 2 - 1] : NULL;
}

static void close_numbers(void *state)
{
    Numbers *numbers = state;
    interner_free(&numbers->names);
    ARRAY_FREE(&numbers->own_names);
    free(numbers);
}

static void note_object(void *state, int kind, void *object)
{
    (void)state;
    (void)kind;
    (void)object;
}

struct Agdisc_s *graph_ids(void)
{
    static Agiddisc_t ids = {open_numbers, number_of,     refuse_number, keep_number,
                             name_of,      close_numbers, note_object};
    static Agdisc_t discipline = {.id = &ids};
    return &discipline;
}
