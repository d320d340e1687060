#ifndef REPORT_PICTURE_STEPS_H
#define REPORT_PICTURE_STEPS_H

#include "report/picture.h"

/*
 * How the steps of a chain look in every picture.
 */

/* The card of what a step leads to, without an id: an identity, a resource, or a power won
   ("becomes Owner of sub-ml-prod").  In no box. */
Card step_card(Picture *picture, const Step *step);

/* How one gets there; `certainly` is the style of a step that is certain or assumed. */
CardStrip step_strip(Picture *picture, const Step *step, PictureStyle certainly);

/* The start of a chain or picture, without an id. */
Card start_card(Picture *picture, uint32_t start);

#endif
