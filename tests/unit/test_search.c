#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/search.h"
#include "hand_graph.h"

/*
 * Dijkstra over edges and conjunctions against plain relaxation until nothing changes, and the ways
 * against the edges they consist of.
 */
#define ONE_STEP    (UINT64_C(1) << DISTANCE_STEP_SHIFT)
#define NOT_REACHED UINT64_MAX

/* One run of one search: what was asked. */
typedef struct Run {
    const PrivilegeGraph *graph;
    const uint32_t *starts;
    uint32_t start_count;
    Certainty level;
    uint32_t forbidden; /* edge, or NONE */
} Run;

static bool counts(const Run *run, uint32_t edge)
{
    return run->graph->edges.items[edge].certainty <= run->level && edge != run->forbidden;
}

static uint64_t edge_length(const Edge *edge)
{
    return 1 + (edge->technique == NONE ? 0 : ONE_STEP + ((uint64_t)(edge->technique + 1) << 24));
}

static bool relax(uint64_t *distance, uint64_t offered)
{
    if (offered >= *distance)
        return false;
    *distance = offered;
    return true;
}

/* Its premises together and one edge, or NOT_REACHED. */
static uint64_t conjunction_distance(const PrivilegeGraph *graph, const Conjunction *conjunction,
                                     const uint64_t *distances)
{
    uint64_t sum = 1;
    for (uint32_t p = 0; p < conjunction->premise_count; p++) {
        uint64_t premise = distances[graph->premises.items[conjunction->first_premise + p]];
        if (premise == NOT_REACHED)
            return NOT_REACHED;
        sum += premise;
    }
    return sum;
}

static void slow_distances(const Run *run, uint64_t *distances)
{
    const PrivilegeGraph *graph = run->graph;
    for (uint32_t i = 0; i < graph->nodes.count; i++)
        distances[i] = NOT_REACHED;
    for (uint32_t i = 0; i < run->start_count; i++)
        distances[run->starts[i]] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t e = 0; e < graph->edges.count; e++) {
            const Edge *edge = &graph->edges.items[e];
            if (counts(run, e) && distances[edge->from] != NOT_REACHED)
                changed |= relax(&distances[edge->to], distances[edge->from] + edge_length(edge));
        }
        for (uint32_t c = 0; c < graph->conjunctions.count; c++) {
            const Conjunction *conjunction = &graph->conjunctions.items[c];
            uint64_t distance = conjunction_distance(graph, conjunction, distances);
            changed |= relax(&distances[conjunction->node], distance);
        }
    }
}

/* Of all edges on a shortest way to the node: the earliest technique, then the lowest node. */
static uint32_t preferred_edge(const Run *run, const uint64_t *distances, uint32_t node)
{
    const Edge *edges = run->graph->edges.items;
    uint32_t best = NONE;
    for (uint32_t e = 0; e < run->graph->edges.count; e++) {
        uint64_t before = distances[edges[e].from];
        if (!counts(run, e) || edges[e].to != node || before == NOT_REACHED ||
            before + edge_length(&edges[e]) != distances[node])
            continue;
        if (best == NONE || edges[e].technique < edges[best].technique ||
            (edges[e].technique == edges[best].technique && edges[e].from < edges[best].from))
            best = e;
    }
    return best;
}

static void assert_labels(Search *search, const Run *run, const uint64_t *distances)
{
    const PrivilegeGraph *graph = run->graph;
    bool *reached = memory_allocate(graph->nodes.count, sizeof *reached);
    slow_reach(graph, run->starts, run->start_count, run->level, run->forbidden, reached);
    for (uint32_t node = 0; node < graph->nodes.count; node++) {
        const SearchLabel *label = search_label(search, node);
        assert_int_equal(label != NULL, reached[node]);
        if (!label)
            continue;
        assert_int_equal(label->distance, distances[node]);
        bool has_edge = distances[node] && graph->nodes.items[node].kind != NODE_ALL;
        assert_int_equal(label->edge, has_edge ? preferred_edge(run, distances, node) : NONE);
    }
    free(reached);
}

/* Conjunctions whose premises are all there are there too. */
static void settle(const PrivilegeGraph *graph, bool *here)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t c = 0; c < graph->conjunctions.count; c++) {
            const Conjunction *conjunction = &graph->conjunctions.items[c];
            bool all = true;
            for (uint32_t p = 0; p < conjunction->premise_count; p++)
                all &= here[graph->premises.items[conjunction->first_premise + p]];
            if (all && !here[conjunction->node])
                changed = here[conjunction->node] = true;
        }
    }
}

/* Walks the way from the starts: every edge begins where the ones before it have led. */
static void assert_way_leads_to(const Way *way, const Run *run, uint32_t node)
{
    const PrivilegeGraph *graph = run->graph;
    bool *here = memory_allocate(graph->nodes.count, sizeof *here);
    bool *used = memory_allocate(graph->edges.count, sizeof *used);
    for (uint32_t i = 0; i < run->start_count; i++)
        here[run->starts[i]] = true;
    for (uint32_t i = 0; i < way->count; i++) {
        uint32_t edge = way->edges[i];
        assert_true(counts(run, edge));
        assert_false(used[edge]);
        settle(graph, here);
        assert_true(here[graph->edges.items[edge].from]);
        here[graph->edges.items[edge].to] = used[edge] = true;
    }
    settle(graph, here);
    assert_true(here[node]);
    if (way->count && graph->nodes.items[node].kind != NODE_ALL)
        assert_int_equal(graph->edges.items[way->edges[way->count - 1]].to, node);
    free(here);
    free(used);
}

/* Every edge of the way is needed: without it the others do not lead to the node. */
static void assert_way_has_no_detour(const Way *way, const Run *run, uint32_t node)
{
    const PrivilegeGraph *graph = run->graph;
    bool *here = memory_allocate(graph->nodes.count, sizeof *here);
    for (uint32_t left_out = 0; left_out < way->count; left_out++) {
        memset(here, 0, graph->nodes.count);
        for (uint32_t i = 0; i < run->start_count; i++)
            here[run->starts[i]] = true;
        for (uint32_t i = 0; i < way->count; i++) {
            const Edge *edge = &graph->edges.items[way->edges[i]];
            settle(graph, here);
            if (i != left_out && here[edge->from])
                here[edge->to] = true;
        }
        settle(graph, here);
        assert_false(here[node]);
    }
    free(here);
}

/* A node that two branches share is gone through once, so a way is at most as long as its label. */
static void assert_way_length(const Way *way, const Run *run, uint64_t distance)
{
    uint64_t length = 0;
    for (uint32_t i = 0; i < way->count; i++)
        length += edge_length(&run->graph->edges.items[way->edges[i]]);
    assert_true(length <= distance);
    if (!run->graph->conjunctions.count)
        assert_int_equal(length, distance);
}

static void assert_ways(Search *search, const Run *run)
{
    for (uint32_t node = 0; node < run->graph->nodes.count; node++) {
        const SearchLabel *label = search_label(search, node);
        if (!label)
            continue;
        Way way = {0};
        search_way(search, node, &way);
        assert_way_leads_to(&way, run, node);
        assert_way_has_no_detour(&way, run, node);
        assert_way_length(&way, run, label->distance);
        free(way.edges);
    }
}

/* ---- on random graphs ---- */

enum { MOST_OWN = 3 };

static PrivilegeGraph small_graph(Random *random)
{
    uint32_t plain = 2 + random_below(random, 14);
    uint32_t conjunctions = random_below(random, 2) ? random_below(random, plain) : 0;
    return random_graph(random,
                        (GraphShape){plain, conjunctions, plain + random_below(random, 2 * plain)});
}

static uint32_t plain_starts(Random *random, const PrivilegeGraph *graph, uint32_t *starts)
{
    uint32_t plain = graph->nodes.count - graph->conjunctions.count;
    uint32_t count = 1 + random_below(random, MOST_OWN);
    for (uint32_t i = 0; i < count; i++)
        starts[i] = random_below(random, plain);
    return count;
}

static bool is_forbidden(const void *context, const Edge *edge)
{
    return edge == context;
}

/* The same search serves all runs: nothing of an earlier one may remain. */
static void random_graphs_agree(void **state)
{
    (void)state;
    Random random = {7};
    for (int i = 0; i < 1500; i++) {
        PrivilegeGraph graph = small_graph(&random);
        Search *search = search_new(&graph);
        uint64_t *distances = memory_allocate(graph.nodes.count, sizeof *distances);
        for (uint32_t r = 0; r < 2 * CERTAINTY_LEVELS; r++) {
            uint32_t starts[MOST_OWN];
            uint32_t count = plain_starts(&random, &graph, starts);
            Run run = {&graph, starts, count, (Certainty)(r % CERTAINTY_LEVELS), NONE};
            if (r >= CERTAINTY_LEVELS && graph.edges.count) {
                run.forbidden = random_below(&random, graph.edges.count);
                search_run_without(search, starts, count, run.level, is_forbidden,
                                   &graph.edges.items[run.forbidden]);
            } else {
                search_run(search, starts, count, run.level);
            }
            slow_distances(&run, distances);
            assert_labels(search, &run, distances);
            assert_ways(search, &run);
        }
        free(distances);
        search_free(search);
        privilege_graph_free(&graph);
    }
}

static void assert_same_ways(Search *a, Search *b, uint32_t node)
{
    Way first = {0};
    Way second = {0};
    search_way(a, node, &first);
    search_way(b, node, &second);
    assert_int_equal(first.count, second.count);
    if (first.count)
        assert_memory_equal(first.edges, second.edges, first.count * sizeof *first.edges);
    free(first.edges);
    free(second.edges);
}

/* A search that has served other starts before gives the same ways as a new one, whatever the
   order in which the starts are named. */
static void repeating_gives_the_same_ways(void **state)
{
    (void)state;
    Random random = {8};
    for (int i = 0; i < 300; i++) {
        PrivilegeGraph graph = small_graph(&random);
        uint32_t starts[MOST_OWN];
        uint32_t others[MOST_OWN];
        uint32_t count = plain_starts(&random, &graph, starts);
        uint32_t other_count = plain_starts(&random, &graph, others);
        Search *fresh = search_new(&graph);
        Search *used = search_new(&graph);
        search_run(fresh, starts, count, ASSUMED);
        search_run(used, others, other_count, CONDITIONAL);
        for (uint32_t s = 0; s < count; s++)
            others[s] = starts[count - 1 - s];
        search_run(used, others, count, ASSUMED);
        for (uint32_t node = 0; node < graph.nodes.count; node++)
            if (search_label(fresh, node))
                assert_same_ways(fresh, used, node);
        search_free(fresh);
        search_free(used);
        privilege_graph_free(&graph);
    }
}

/* ---- by hand ---- */

/*
 * Steps count before edges: three edges without a step are nearer than one step.
 *
 *     start -> a -> b -> end          start =step=> end
 */
static void steps_count_before_edges(void **state)
{
    (void)state;
    PrivilegeGraph graph = {0};
    for (int i = 0; i < 4; i++)
        hand_node(&graph);
    hand_edge(&graph, 0, 3, CERTAIN, 0);
    for (uint32_t i = 0; i < 3; i++)
        hand_edge(&graph, i, i + 1, CERTAIN, NONE);
    hand_graph_finish(&graph);
    Search *search = search_new(&graph);
    search_run(search, (uint32_t[]){0}, 1, CERTAIN);
    assert_int_equal(search_label(search, 3)->distance, 3);
    Way way = {0};
    search_way(search, 3, &way);
    assert_int_equal(way.count, 3);
    free(way.edges);
    search_free(search);
    privilege_graph_free(&graph);
}

/*
 * Levels of a ladder: each next node needs both sides of the rung below, and so is twice as far as
 * it.  After 40 rungs the steps no longer fit into a label: the ways must still be right and short.
 *
 *     node ==> left  ---+
 *      \                all --> node ==> ...
 *       ====> right ----+
 */
static uint32_t add_ladder(PrivilegeGraph *graph, uint32_t node, uint32_t rungs)
{
    for (uint32_t i = 0; i < rungs; i++) {
        uint32_t sides[] = {hand_node(graph), hand_node(graph)};
        uint32_t next = hand_node(graph);
        hand_edge(graph, node, sides[0], CERTAIN, 1);
        hand_edge(graph, node, sides[1], CERTAIN, 2);
        hand_edge(graph, hand_conjunction(graph, sides, 2), next, CERTAIN, 0);
        /* and back: a label that is overwritten late would lead in a circle */
        hand_edge(graph, next, node, CERTAIN, 0);
        node = next;
    }
    return node;
}

static void distances_that_double_do_not_run_over(void **state)
{
    (void)state;
    enum { RUNGS = 200 };
    PrivilegeGraph graph = {0};
    uint32_t start = hand_node(&graph);
    uint32_t end = add_ladder(&graph, start, RUNGS);
    hand_graph_finish(&graph);
    Search *search = search_new(&graph);
    Run run = {&graph, &start, 1, CERTAIN, NONE};
    search_run(search, &start, 1, CERTAIN);
    for (uint32_t node = 0; node < graph.nodes.count; node++)
        assert_non_null(search_label(search, node));
    Way way = {0};
    search_way(search, end, &way);
    assert_int_equal(way.count, 3 * RUNGS);
    assert_way_leads_to(&way, &run, end);
    free(way.edges);
    search_free(search);
    privilege_graph_free(&graph);
}

/* Conjunctions of conjunctions that share all they need: explained once, not once per path. */
static void shared_premises_are_explained_once(void **state)
{
    (void)state;
    enum { DEPTH = 60 };
    PrivilegeGraph graph = {0};
    uint32_t start = hand_node(&graph);
    uint32_t pair[] = {hand_node(&graph), hand_node(&graph)};
    hand_edge(&graph, start, pair[0], CERTAIN, 0);
    hand_edge(&graph, start, pair[1], CERTAIN, 1);
    for (int i = 0; i < DEPTH; i++) {
        uint32_t premises[] = {pair[0], pair[1], start};
        pair[0] = hand_conjunction(&graph, premises, 2);
        pair[1] = hand_conjunction(&graph, premises, 3);
    }
    hand_graph_finish(&graph);
    Search *search = search_new(&graph);
    search_run(search, &start, 1, CERTAIN);
    Way way = {0};
    search_way(search, pair[1], &way);
    assert_int_equal(way.count, 2);
    free(way.edges);
    search_free(search);
    privilege_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs_agree),
        cmocka_unit_test(repeating_gives_the_same_ways),
        cmocka_unit_test(steps_count_before_edges),
        cmocka_unit_test(distances_that_double_do_not_run_over),
        cmocka_unit_test(shared_premises_are_explained_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
