#include "draw/route.h"

#include "base/array.h"

#include <math.h>
#include <string.h>

enum {
    TRACK_PITCH = 9,
    TRACK_LEFT = 14,  /* room between a column and the first track right of it */
    TRACK_RIGHT = 24, /* and between the last track and the next column: corner and arrow head */
    LANE_TOP = 16,
    LANE_PITCH = 9,
    MOST_ROUNDS = 200,
    OVERLAP_COST = 1000 /* two lines on top of each other are worse than any crossing */
};

#define STRAIGHT_ENOUGH 2.0 /* ends that differ less are joined by a straight line */
#define TOO_CLOSE       4.0 /* horizontal parts nearer than this look like one line */

/* Different y; in the arena. */
typedef struct Heights {
    double *ys;
    uint32_t count;
    uint32_t capacity;
} Heights;

/* A vertical line in a gutter. */
typedef struct Track {
    uint32_t gutter;
    uint32_t source;
    Style style;
    uint32_t to_column; /* of a riser; NONE for a bus */
    Heights lefts;      /* of the horizontal parts that join it from the left */
    Heights rights;
    double top;
    double bottom;
    double x;
} Track;

typedef struct Lane {
    uint32_t source;
    Style style;
    uint32_t from_column;
    uint32_t to_column;
    double from_y;
    double least_y;
    double y;
} Lane;

typedef struct Path {
    uint32_t bus; /* track, or NONE: straight */
    uint32_t lane;
    uint32_t riser;
} Path;

struct Plan {
    const Wire *wires;
    uint32_t wire_count;
    Path *paths; /* by wire */
    Track *tracks;
    uint32_t track_count;
    Lane *lanes;
    uint32_t lane_count;
    uint32_t **orders; /* by gutter: its tracks from left to right */
    uint32_t *order_counts;
    uint32_t column_count;
};

static bool is_straight(const Wire *wire)
{
    return wire->to_column == wire->from_column + 1 &&
           fabs(wire->from_y - wire->to_y) < STRAIGHT_ENOUGH;
}

static bool skips_columns(const Wire *wire)
{
    return wire->to_column > wire->from_column + 1;
}

static double lowest_between(const double *bottoms, uint32_t first, uint32_t end)
{
    double lowest = bottoms[first];
    for (uint32_t i = first; i < end; i++)
        lowest = fmax(lowest, bottoms[i]);
    return lowest;
}

static uint32_t find_lane(const Plan *plan, const Wire *wire)
{
    for (uint32_t i = 0; i < plan->lane_count; i++) {
        const Lane *lane = &plan->lanes[i];
        if (lane->source == wire->source && lane->style == wire->style &&
            lane->to_column == wire->to_column)
            return i;
    }
    return NONE;
}

/* Short lanes lie above long ones, and of equal ones that of the upper source above. */
static bool lies_above(const Lane *a, const Lane *b)
{
    uint32_t span_a = a->to_column - a->from_column;
    uint32_t span_b = b->to_column - b->from_column;
    return span_a != span_b ? span_a < span_b : a->from_y < b->from_y;
}

static bool share_gutter(const Lane *a, const Lane *b)
{
    return a->from_column < b->to_column && b->from_column < a->to_column;
}

static void sort_lanes(Plan *plan)
{
    for (uint32_t i = 1; i < plan->lane_count; i++)
        for (uint32_t j = i; j > 0 && lies_above(&plan->lanes[j], &plan->lanes[j - 1]); j--) {
            Lane lane = plan->lanes[j];
            plan->lanes[j] = plan->lanes[j - 1];
            plan->lanes[j - 1] = lane;
        }
}

/* Each as high as the ones before it allow. */
static void place_lanes(Plan *plan)
{
    for (uint32_t i = 0; i < plan->lane_count; i++) {
        Lane *lane = &plan->lanes[i];
        lane->y = lane->least_y;
        for (uint32_t j = 0; j < i; j++) {
            const Lane *other = &plan->lanes[j];
            if (share_gutter(lane, other) && fabs(lane->y - other->y) < LANE_PITCH) {
                lane->y = other->y + LANE_PITCH;
                j = UINT32_MAX; /* moved: look at all of them again */
            }
        }
    }
}

static void plan_lanes(Arena *arena, Plan *plan, const double *bottoms)
{
    plan->lanes = arena_allocate(arena, plan->wire_count, sizeof *plan->lanes);
    for (uint32_t i = 0; i < plan->wire_count; i++) {
        const Wire *wire = &plan->wires[i];
        if (!skips_columns(wire) || find_lane(plan, wire) != NONE)
            continue;
        double least = lowest_between(bottoms, wire->from_column + 1, wire->to_column) + LANE_TOP;
        plan->lanes[plan->lane_count++] = (Lane){.source = wire->source,
                                                 .style = wire->style,
                                                 .from_column = wire->from_column,
                                                 .to_column = wire->to_column,
                                                 .from_y = wire->from_y,
                                                 .least_y = least};
    }
    sort_lanes(plan);
    place_lanes(plan);
    for (uint32_t i = 0; i < plan->wire_count; i++)
        plan->paths[i].lane =
            skips_columns(&plan->wires[i]) ? find_lane(plan, &plan->wires[i]) : NONE;
}

static uint32_t find_track(const Plan *plan, const Track *like)
{
    for (uint32_t i = 0; i < plan->track_count; i++) {
        const Track *track = &plan->tracks[i];
        if (track->gutter == like->gutter && track->source == like->source &&
            track->style == like->style && track->to_column == like->to_column)
            return i;
    }
    return NONE;
}

static void add_height(Arena *arena, Heights *heights, double y)
{
    for (uint32_t i = 0; i < heights->count; i++)
        if (heights->ys[i] == y)
            return;
    if (heights->count == heights->capacity) {
        uint32_t capacity = heights->capacity ? 2 * heights->capacity : 4;
        double *ys = arena_allocate(arena, capacity, sizeof *ys);
        if (heights->count > 0)
            memcpy(ys, heights->ys, heights->count * sizeof *ys);
        heights->ys = ys;
        heights->capacity = capacity;
    }
    heights->ys[heights->count++] = y;
}

/* The track like this one, made if it is new, with one more part on either side. */
static uint32_t join_track(Arena *arena, Plan *plan, Track like, double left_y, double right_y)
{
    uint32_t index = find_track(plan, &like);
    if (index == NONE) {
        like.top = fmin(left_y, right_y);
        like.bottom = fmax(left_y, right_y);
        index = plan->track_count++;
        plan->tracks[index] = like;
    }
    Track *track = &plan->tracks[index];
    track->top = fmin(track->top, fmin(left_y, right_y));
    track->bottom = fmax(track->bottom, fmax(left_y, right_y));
    add_height(arena, &track->lefts, left_y);
    add_height(arena, &track->rights, right_y);
    return index;
}

static void plan_tracks(Arena *arena, Plan *plan)
{
    plan->tracks = arena_allocate(arena, 2 * (size_t)plan->wire_count, sizeof *plan->tracks);
    for (uint32_t i = 0; i < plan->wire_count; i++) {
        const Wire *wire = &plan->wires[i];
        Path *path = &plan->paths[i];
        path->bus = path->riser = NONE;
        if (is_straight(wire))
            continue;
        Track like = {.gutter = wire->from_column,
                      .source = wire->source,
                      .style = wire->style,
                      .to_column = NONE};
        double turn_y = path->lane == NONE ? wire->to_y : plan->lanes[path->lane].y;
        path->bus = join_track(arena, plan, like, wire->from_y, turn_y);
        if (path->lane == NONE)
            continue;
        like.gutter = wire->to_column - 1;
        like.to_column = wire->to_column;
        path->riser = join_track(arena, plan, like, turn_y, wire->to_y);
    }
}

/* What it costs to stand `left` somewhere left of `right`. */
static uint32_t cost_of_pair(const Track *left, const Track *right)
{
    uint32_t cost = 0;
    for (uint32_t i = 0; i < left->rights.count; i++)
        cost += left->rights.ys[i] > right->top && left->rights.ys[i] < right->bottom;
    for (uint32_t i = 0; i < right->lefts.count; i++)
        cost += right->lefts.ys[i] > left->top && right->lefts.ys[i] < left->bottom;
    for (uint32_t i = 0; i < left->rights.count; i++)
        for (uint32_t j = 0; j < right->lefts.count; j++)
            if (fabs(left->rights.ys[i] - right->lefts.ys[j]) < TOO_CLOSE)
                cost += OVERLAP_COST;
    return cost;
}

/*
 * Moves one track at a time to its cheapest place until nothing gets cheaper.  costs[a * count + b]
 * is the price of a left of b.
 */
static bool move_to_cheapest(uint32_t *order, uint32_t count, const uint32_t *costs, uint32_t from)
{
    int64_t change = 0;
    int64_t best = 0;
    uint32_t best_place = from;
    uint32_t moved = order[from];
    for (uint32_t to = from; to-- > 0;) { /* leftwards: moved comes to stand left of order[to] */
        change += (int64_t)costs[moved * count + order[to]] - costs[order[to] * count + moved];
        if (change < best) {
            best = change;
            best_place = to;
        }
    }
    change = 0;
    for (uint32_t to = from + 1; to < count; to++) {
        change += (int64_t)costs[order[to] * count + moved] - costs[moved * count + order[to]];
        if (change < best) {
            best = change;
            best_place = to;
        }
    }
    if (best_place < from)
        memmove(order + best_place + 1, order + best_place, (from - best_place) * sizeof *order);
    else
        memmove(order + from, order + from + 1, (best_place - from) * sizeof *order);
    order[best_place] = moved;
    return best < 0;
}

/* Order of the given tracks, from left to right. */
static void order_tracks(const Plan *plan, uint32_t *order, uint32_t count)
{
    uint32_t *costs = memory_allocate((size_t)count * count, sizeof *costs);
    uint32_t *places = memory_allocate(count, sizeof *places);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = i;
        for (uint32_t j = 0; j < count; j++)
            costs[i * count + j] =
                i == j ? 0 : cost_of_pair(&plan->tracks[order[i]], &plan->tracks[order[j]]);
    }
    bool improved = count > 1;
    for (uint32_t round = 0; improved && round < MOST_ROUNDS; round++) {
        improved = false;
        for (uint32_t i = 0; i < count; i++)
            improved |= move_to_cheapest(places, count, costs, i);
    }
    for (uint32_t i = 0; i < count; i++)
        places[i] = order[places[i]];
    memcpy(order, places, count * sizeof *order);
    free(costs);
    free(places);
}

/*
 * Begins with the order that suits lines going down: the lower the source, the further left its
 * bus.  Ties stay as the wires came.
 */
static void plan_orders(Arena *arena, Plan *plan)
{
    plan->orders = arena_allocate(arena, plan->column_count, sizeof *plan->orders);
    plan->order_counts = arena_allocate(arena, plan->column_count, sizeof *plan->order_counts);
    for (uint32_t gutter = 0; gutter < plan->column_count; gutter++) {
        uint32_t *order = arena_allocate(arena, plan->track_count, sizeof *order);
        uint32_t count = 0;
        for (uint32_t i = 0; i < plan->track_count; i++) {
            if (plan->tracks[i].gutter != gutter)
                continue;
            uint32_t place = count++;
            for (; place > 0 && plan->tracks[order[place - 1]].top < plan->tracks[i].top; place--)
                order[place] = order[place - 1];
            order[place] = i;
        }
        if (count > 1)
            order_tracks(plan, order, count);
        plan->orders[gutter] = order;
        plan->order_counts[gutter] = count;
    }
}

Plan *route_plan(Arena *arena, const Wire *wires, uint32_t wire_count, const double *bottoms,
                 uint32_t column_count)
{
    Plan *plan = arena_allocate(arena, 1, sizeof *plan);
    plan->wires = wires;
    plan->wire_count = wire_count;
    plan->column_count = column_count;
    plan->paths = arena_allocate(arena, wire_count, sizeof *plan->paths);
    plan_lanes(arena, plan, bottoms);
    plan_tracks(arena, plan);
    plan_orders(arena, plan);
    return plan;
}

double route_gutter_width(const Plan *plan, uint32_t column)
{
    uint32_t count = plan->order_counts[column];
    uint32_t width = TRACK_LEFT + TRACK_RIGHT + TRACK_PITCH * (count - 1);
    return count == 0 ? 0 : width + width % 2;
}

double route_lowest(const Plan *plan, double otherwise)
{
    double lowest = otherwise;
    for (uint32_t i = 0; i < plan->lane_count; i++)
        lowest = i == 0 ? plan->lanes[i].y : fmax(lowest, plan->lanes[i].y);
    return lowest;
}

void route_place(Plan *plan, const double *lefts, const double *rights)
{
    for (uint32_t gutter = 0; gutter + 1 < plan->column_count; gutter++) {
        double room = lefts[gutter + 1] - rights[gutter];
        double spare = room - route_gutter_width(plan, gutter);
        for (uint32_t i = 0; i < plan->order_counts[gutter]; i++)
            plan->tracks[plan->orders[gutter][i]].x =
                rights[gutter] + TRACK_LEFT + spare / 2 + TRACK_PITCH * (double)i;
    }
}

static void add_point(Route *route, double x, double y)
{
    route->points[route->count++] = (Point){x, y};
}

Route route_wire(const Plan *plan, uint32_t wire, double from_x, double to_x)
{
    const Wire *ends = &plan->wires[wire];
    const Path *path = &plan->paths[wire];
    Route route = {.count = 0};
    add_point(&route, from_x, ends->from_y);
    if (path->bus == NONE) {
        add_point(&route, to_x, ends->from_y);
        return route;
    }
    double bus_x = plan->tracks[path->bus].x;
    add_point(&route, bus_x, ends->from_y);
    if (path->lane != NONE) {
        double lane_y = plan->lanes[path->lane].y;
        double riser_x = plan->tracks[path->riser].x;
        add_point(&route, bus_x, lane_y);
        add_point(&route, riser_x, lane_y);
        add_point(&route, riser_x, ends->to_y);
    } else {
        add_point(&route, bus_x, ends->to_y);
    }
    add_point(&route, to_x, ends->to_y);
    return route;
}
