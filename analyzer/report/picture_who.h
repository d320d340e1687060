#ifndef REPORT_PICTURE_WHO_H
#define REPORT_PICTURE_WHO_H

#include "analysis/questions.h"
#include "report/picture.h"

/*
 * Who can reach the target: the target at the right, everybody who gets there at the left, by the
 * number of steps.  Each is drawn once, with its next step on its own chain; many that take the
 * same step are one stack.
 */
void picture_who(Picture *picture, const Report *report, const TargetQuestion *question,
                 const WhoAnswer *answer);

#endif
