/* Which of the cloud's two interfaces a cluster speaks. */
#pragma once

enum edition {
	EDITION_LAKEHOUSE, /* 2021-12-01 */
	EDITION_WAREHOUSE, /* 2019-03-15: cannot make backups, so it prunes only */
	EDITION_COUNT,
};
