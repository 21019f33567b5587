/* Gives back free pages, and pages of the program that only starting needed. */
#include "service/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void footprint_configure(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 128 * 1024);
	(void)mallopt(M_ARENA_MAX, 1);
}

void footprint_trim(void)
{
	(void)malloc_trim(0);
}

static int drop_object(struct dl_phdr_info *info, size_t size, void *data)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)data;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_filesz;
		/* Only what cannot have been written to: the file still holds it as it is. */
		if (p->p_type != PT_LOAD || p->p_flags & PF_W)
			continue;
		from = (from + page - 1) / page * page;
		to = to / page * page;
		if (from < to)
			(void)madvise((void *)from, to - from, MADV_DONTNEED); /* NOLINT */
	}
	return 0;
}

void footprint_drop_startup(void)
{
	(void)dl_iterate_phdr(drop_object, NULL);
}
