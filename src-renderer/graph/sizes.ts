/** Sizes of the picture, in px at zoom 1. Cards have fixed sizes: a value that changes never moves its neighbour. */
export const CARD_WIDTH = 256
export const MASTER_HEIGHT = 104
export const CARD_HEIGHT = 82
/** Between two columns: room for the numbers on a link. */
export const COLUMN_GAP = 112
export const COLUMN = CARD_WIDTH + COLUMN_GAP
export const ROW_GAP = 30
export const ROW = CARD_HEIGHT + ROW_GAP
export const SENTINEL_WIDTH = 188
export const SENTINEL_HEIGHT = 34
export const SENTINEL_ROW = 66
export const SENTINEL_GAP = 54
/** Sentence below the Sentinels. */
export const VERDICT_HEIGHT = 56
export const GROUP_CARD_WIDTH = 272
export const GROUP_CARD_HEIGHT = 112
export const FRAME_PAD = 28
export const FRAME_TITLE = 30
export const GROUP_GAP = 36
/** More leaves than this below one server stand in several columns. */
export const LEAVES_IN_ONE_COLUMN = 12
