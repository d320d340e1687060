#ifndef DRAW_GRAPH_IDS_H
#define DRAW_GRAPH_IDS_H

struct Agdisc_s;

/*
 * How cgraph numbers what it is given: in order of arrival.  By itself it takes the address of the
 * name, and lists clusters by number, so that their order in DOT and SVG would hang on the state of
 * the heap.  Pass it to agopen.
 */
struct Agdisc_s *graph_ids(void);

#endif
