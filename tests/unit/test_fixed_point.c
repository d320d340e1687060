#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/fixed_point.h"
#include "base/threads.h"
#include "hand_graph.h"

/*
 * All starts at once, by blocks of bits, against one start at a time by forward chaining: every
 * node at its best level, no other node, in the promised order.
 */
enum { MOST_STARTS = 1400, MOST_START_NODES = 3 };

typedef struct Case {
    PrivilegeGraph graph;
    FixedPoint fixed_point;
    uint32_t nodes[MOST_STARTS][MOST_START_NODES];
    StartNodes starts[MOST_STARTS];
    Reached reached[MOST_STARTS];
    uint32_t start_count;
} Case;

static void random_starts(Case *test, Random *random, uint32_t count)
{
    test->start_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t own = random_below(random, MOST_START_NODES + 1); /* none at all, too */
        for (uint32_t n = 0; n < own; n++)
            test->nodes[i][n] = random_below(random, test->graph.nodes.count);
        test->starts[i] = (StartNodes){test->nodes[i], own};
    }
}

static void work_on_block(void *context, uint32_t block)
{
    Case *test = context;
    uint32_t first = block * BLOCK_STARTS;
    uint32_t left = test->start_count - first;
    uint32_t count = left < BLOCK_STARTS ? left : BLOCK_STARTS;
    ReachedBlock *reached = reached_block_new(&test->fixed_point);
    reached_block_find(reached, test->starts + first, count);
    reached_block_hand_out(reached, count, test->reached + first);
    reached_block_free(reached);
}

/* From the nodes of the starts, so that the rest is folded away; or from any. */
static void compute_from(Case *test, uint32_t threads, bool from_any)
{
    uint32_t begins[MOST_STARTS * MOST_START_NODES];
    uint32_t begin_count = 0;
    for (uint32_t i = 0; i < test->start_count; i++)
        for (uint32_t n = 0; n < test->starts[i].count; n++)
            begins[begin_count++] = test->starts[i].nodes[n];
    fixed_point_prepare(&test->fixed_point, &test->graph, NULL, from_any ? NULL : begins,
                        begin_count);
    uint32_t blocks = (test->start_count + BLOCK_STARTS - 1) / BLOCK_STARTS;
    threads_for_each(threads, blocks, work_on_block, test);
}

static void compute(Case *test, uint32_t threads)
{
    compute_from(test, threads, false);
}

static void free_case(Case *test)
{
    for (uint32_t i = 0; i < test->start_count; i++)
        free(test->reached[i].items);
    fixed_point_free(&test->fixed_point);
    privilege_graph_free(&test->graph);
}

/* The best level of every node for one start, or CERTAINTY_LEVELS. */
static void slow_levels(const PrivilegeGraph *graph, const StartNodes *start, uint8_t *levels)
{
    bool *reached = memory_allocate(graph->nodes.count, sizeof *reached);
    memset(levels, CERTAINTY_LEVELS, graph->nodes.count);
    for (uint32_t level = CERTAINTY_LEVELS; level--;) {
        slow_reach(graph, start->nodes, start->count, (Certainty)level, NONE, reached);
        for (uint32_t node = 0; node < graph->nodes.count; node++)
            if (reached[node])
                levels[node] = (uint8_t)level;
    }
    free(reached);
}

static void assert_start(const Case *test, uint32_t start, uint8_t *levels)
{
    const Reached *reached = &test->reached[start];
    slow_levels(&test->graph, &test->starts[start], levels);
    for (uint32_t i = 0; i < reached->count; i++) {
        const ReachedNode *item = &reached->items[i];
        assert_in_range(item->node, 0, test->graph.nodes.count - 1);
        assert_int_equal(item->certainty, levels[item->node]);
        if (i) {
            const ReachedNode *last = item - 1;
            assert_true(last->certainty < item->certainty ||
                        (last->certainty == item->certainty && last->node < item->node));
        }
    }
    uint32_t expected = 0; /* nodes do not repeat: each has one level, and the order is strict */
    for (uint32_t node = 0; node < test->graph.nodes.count; node++)
        expected += levels[node] < CERTAINTY_LEVELS;
    assert_int_equal(reached->count, expected);
}

static void assert_case(const Case *test)
{
    uint8_t *levels = memory_allocate(test->graph.nodes.count, 1);
    for (uint32_t i = 0; i < test->start_count; i++)
        assert_start(test, i, levels);
    free(levels);
}

static void small_random_graphs_agree(void **state)
{
    (void)state;
    static Case test;
    Random random = {1};
    for (int i = 0; i < 4000; i++) {
        uint32_t plain = 2 + random_below(&random, 12);
        memset(&test, 0, sizeof test);
        test.graph = random_graph(&random, (GraphShape){plain, random_below(&random, plain),
                                                        random_below(&random, 2 * plain)});
        random_starts(&test, &random, 1 + random_below(&random, 8));
        compute_from(&test, 1, i % 4 == 0);
        assert_case(&test);
        free_case(&test);
    }
}

/* More starts than a block has bits, the last block partly filled, blocks on several threads. */
static void many_starts_fill_several_blocks(void **state)
{
    (void)state;
    static Case test;
    Random random = {2};
    test.graph = random_graph(&random, (GraphShape){150, 60, 260});
    random_starts(&test, &random, 2 * BLOCK_STARTS + 300);
    compute(&test, 3);
    assert_case(&test);
    free_case(&test);
}

static void a_block_may_be_exactly_full(void **state)
{
    (void)state;
    static Case test;
    Random random = {3};
    test.graph = random_graph(&random, (GraphShape){40, 20, 60});
    random_starts(&test, &random, BLOCK_STARTS);
    compute(&test, 1);
    assert_case(&test);
    free_case(&test);
}

/*
 * Each conjunction needs the start and what the one after it in the list leads to, the last one the
 * start and its neighbour: they settle one by one, against the order in which they are looked at.
 *
 *     start ---+--------+
 *     next ----+-> all -+-> n ---> ... all -> n
 */
static void nested_conjunctions_have_no_depth_limit(void **state)
{
    (void)state;
    enum { DEPTH = 300 };
    static Case test;
    PrivilegeGraph *graph = &test.graph;
    uint32_t start = hand_node(graph);
    uint32_t first = start + 1;
    for (int i = 0; i <= DEPTH; i++)
        hand_node(graph);
    hand_edge(graph, start, first + DEPTH, CERTAIN, NONE);
    for (uint32_t i = 0; i < DEPTH; i++) {
        uint32_t premises[] = {start, first + i + 1};
        uint32_t all = hand_conjunction(graph, premises, 2);
        hand_edge(graph, all, first + i, i == DEPTH / 2 ? ELIGIBLE : CERTAIN, 0);
    }
    hand_graph_finish(graph);
    test.nodes[0][0] = start;
    test.starts[0] = (StartNodes){test.nodes[0], 1};
    test.start_count = 1;
    compute(&test, 1);
    assert_int_equal(test.reached[0].count, graph->nodes.count);
    assert_case(&test);
    free_case(&test);
}

/* Two starts that each have one premise do not meet: bits of different starts never mix. */
static void premises_of_different_starts_do_not_meet(void **state)
{
    (void)state;
    static Case test;
    PrivilegeGraph *graph = &test.graph;
    uint32_t premises[] = {hand_node(graph), hand_node(graph)};
    uint32_t end = hand_node(graph);
    hand_edge(graph, hand_conjunction(graph, premises, 2), end, CERTAIN, 0);
    hand_graph_finish(graph);
    for (uint32_t i = 0; i < 2; i++)
        test.starts[i] = (StartNodes){&premises[i], 1};
    test.starts[2] = (StartNodes){premises, 2};
    test.start_count = 3;
    compute(&test, 1);
    assert_int_equal(test.reached[0].count, 1);
    assert_int_equal(test.reached[1].count, 1);
    assert_int_equal(test.reached[2].count, 4);
    free_case(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_random_graphs_agree),
        cmocka_unit_test(many_starts_fill_several_blocks),
        cmocka_unit_test(a_block_may_be_exactly_full),
        cmocka_unit_test(nested_conjunctions_have_no_depth_limit),
        cmocka_unit_test(premises_of_different_starts_do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
