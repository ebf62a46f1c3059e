/*
 * Some room that is kept for when there is none: state/reserve, a few MB of nothing. On a disk
 * without a free byte the catalog cannot even be opened, for its log, and so nothing could be
 * removed by the rules; what makes room gives the reserve up first. Private to the mirror.
 *
 * Neither can fail: without the reserve the catalog says that the disk is full.
 */
#ifndef MIRROR_RESERVE_H
#define MIRROR_RESERVE_H

/* state: the descriptor of the state folder. If less than it is free, it goes: 1; else 0. */
int reserve_give(int state);
/*
 * If it is not there, or not whole, it is made: after it was given, as large as there is room, so that
 * it is there the next time; else only where there is plenty.
 */
void reserve_keep(int state, int given);

#endif
