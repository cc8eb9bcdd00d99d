/* The stragglers on the status page: who is left, why, and what to tell or do. */
#ifndef TG_REPORT_STRAGGLER_FRAME_H
#define TG_REPORT_STRAGGLER_FRAME_H

#include "frame.h"
#include "straggler_list.h"

/** Adds the part of the page; nothing where no stragglers are kept. */
void tg_straggler_frame(tg_frame_t *frame, const tg_straggler_list_t *list);

#endif
