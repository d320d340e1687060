#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/components.h"
#include "hand_graph.h"

/*
 * Strong components of one certainty level against the definition: the closure of "leads to", by
 * following every edge from every node.
 */
enum { MOST_NODES = 24 };

typedef struct Closure {
    bool leads[MOST_NODES][MOST_NODES]; /* by edges of the level, or by none */
} Closure;

static void closure_find(Closure *closure, const PrivilegeGraph *graph, Certainty level)
{
    uint32_t count = graph->nodes.count;
    memset(closure, 0, sizeof *closure);
    for (uint32_t i = 0; i < count; i++)
        closure->leads[i][i] = true;
    for (uint32_t e = 0; e < graph->edges.count; e++)
        if (graph->edges.items[e].certainty <= level)
            closure->leads[graph->edges.items[e].from][graph->edges.items[e].to] = true;
    for (uint32_t between = 0; between < count; between++)
        for (uint32_t from = 0; from < count; from++)
            for (uint32_t to = 0; closure->leads[from][between] && to < count; to++)
                closure->leads[from][to] |= closure->leads[between][to];
}

static void assert_components_are_cycles(const Components *c, const PrivilegeGraph *graph,
                                         Certainty level)
{
    Closure closure;
    closure_find(&closure, graph, level);
    for (uint32_t a = 0; a < graph->nodes.count; a++)
        for (uint32_t b = 0; b < graph->nodes.count; b++)
            assert_int_equal(c->of_node[a] == c->of_node[b],
                             closure.leads[a][b] && closure.leads[b][a]);
}

static void assert_members_are_complete(const Components *c, uint32_t node_count)
{
    assert_int_equal(c->first_member[0], 0);
    assert_int_equal(c->first_member[c->count], node_count);
    for (uint32_t i = 0; i < c->count; i++) {
        assert_true(c->first_member[i] < c->first_member[i + 1]);
        for (uint32_t m = c->first_member[i]; m < c->first_member[i + 1]; m++) {
            assert_int_equal(c->of_node[c->members[m]], i);
            assert_true(m == c->first_member[i] || c->members[m - 1] < c->members[m]);
        }
    }
}

/* `next` is exactly the edges between components, each once, all to higher numbers. */
static void assert_next_is_exact(const Components *c, const PrivilegeGraph *graph, Certainty level)
{
    bool expected[MOST_NODES][MOST_NODES] = {{false}};
    for (uint32_t e = 0; e < graph->edges.count; e++) {
        const Edge *edge = &graph->edges.items[e];
        if (edge->certainty > level)
            continue;
        assert_true(c->of_node[edge->from] <= c->of_node[edge->to]);
        if (c->of_node[edge->from] != c->of_node[edge->to])
            expected[c->of_node[edge->from]][c->of_node[edge->to]] = true;
    }
    assert_int_equal(c->first_next[0], 0);
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t n = c->first_next[i]; n < c->first_next[i + 1]; n++) {
            assert_true(expected[i][c->next[n]]);
            expected[i][c->next[n]] = false; /* a repeat would fail */
        }
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t j = 0; j < c->count; j++)
            assert_false(expected[i][j]);
}

static void assert_components(const PrivilegeGraph *graph, Certainty level)
{
    Components c;
    components_find(&c, graph, level);
    assert_components_are_cycles(&c, graph, level);
    assert_members_are_complete(&c, graph->nodes.count);
    assert_next_is_exact(&c, graph, level);
    Components again;
    components_find(&again, graph, level);
    assert_int_equal(c.count, again.count);
    assert_memory_equal(c.of_node, again.of_node, graph->nodes.count * sizeof *c.of_node);
    components_free(&again);
    components_free(&c);
    assert_null(c.of_node);
}

static void random_graphs_fold_as_defined(void **state)
{
    (void)state;
    Random random = {20261122};
    for (int i = 0; i < 1500; i++) {
        uint32_t plain = 1 + random_below(&random, MOST_NODES - 4);
        /* From almost no edges to almost all in cycles. */
        PrivilegeGraph graph =
            random_graph(&random, (GraphShape){plain, random_below(&random, 5),
                                               random_below(&random, 3 * plain)});
        for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
            assert_components(&graph, (Certainty)level);
        privilege_graph_free(&graph);
    }
}

/*
 *     0 <-> 1 -> 2 -> 3        1 -> 2 is only assumed, 3 -> 0 conditional: below ASSUMED the cycle
 *     ^              |         is cut and three components stay
 *     +--------------+
 */
static void a_level_counts_only_edges_up_to_it(void **state)
{
    (void)state;
    PrivilegeGraph graph = {0};
    for (int i = 0; i < 4; i++)
        hand_node(&graph);
    hand_edge(&graph, 0, 1, CERTAIN, NONE);
    hand_edge(&graph, 1, 0, CERTAIN, NONE);
    hand_edge(&graph, 1, 2, ASSUMED, NONE);
    hand_edge(&graph, 2, 3, CERTAIN, NONE);
    hand_edge(&graph, 3, 0, CONDITIONAL, NONE);
    hand_graph_finish(&graph);
    static const uint32_t expected[CERTAINTY_LEVELS] = {3, 3, 3, 1};
    static const uint32_t expected_next[CERTAINTY_LEVELS] = {1, 2, 2, 0};
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        Components c;
        components_find(&c, &graph, (Certainty)level);
        assert_int_equal(c.count, expected[level]);
        assert_int_equal(c.first_next[c.count], expected_next[level]);
        components_free(&c);
    }
    privilege_graph_free(&graph);
}

static void a_graph_without_nodes_has_no_components(void **state)
{
    (void)state;
    PrivilegeGraph graph = {0};
    hand_graph_finish(&graph);
    Components c;
    components_find(&c, &graph, CERTAIN);
    assert_int_equal(c.count, 0);
    components_free(&c);
    privilege_graph_free(&graph);
}

/* A path of 200,000 nodes that ends in a cycle back to its middle. */
static void long_chains_need_no_stack(void **state)
{
    (void)state;
    enum { LENGTH = 200000 };
    PrivilegeGraph graph = {0};
    for (uint32_t i = 0; i < LENGTH; i++)
        hand_node(&graph);
    for (uint32_t i = 0; i + 1 < LENGTH; i++)
        hand_edge(&graph, i, i + 1, CERTAIN, NONE);
    hand_edge(&graph, LENGTH - 1, LENGTH / 2, CERTAIN, NONE);
    hand_graph_finish(&graph);
    Components c;
    components_find(&c, &graph, CERTAIN);
    assert_int_equal(c.count, LENGTH / 2 + 1);
    for (uint32_t i = 0; i < LENGTH; i++)
        assert_int_equal(c.of_node[i], i < LENGTH / 2 ? i : LENGTH / 2);
    components_free(&c);
    privilege_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs_fold_as_defined),
        cmocka_unit_test(a_level_counts_only_edges_up_to_it),
        cmocka_unit_test(a_graph_without_nodes_has_no_components),
        cmocka_unit_test(long_chains_need_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
