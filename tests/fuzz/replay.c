/* Runs a fuzzer's corpus as a test: every file of the directories named, and the empty input. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

static int replay_file(const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	uint8_t *data = malloc(INPUT_MAX);
	if (!data)
		abort();
	size_t size = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	uint8_t *exact = malloc(size ? size : 1); /* so that ASan sees one byte too far */
	if (!exact)
		abort();
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	free(data);
	return 0;
}

static int replay_directory(const char *dir, int *count)
{
	DIR *d = opendir(dir);
	if (!d) {
		perror(dir);
		return 1;
	}
	int failed = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		failed |= replay_file(dir, e->d_name);
		(*count)++;
	}
	closedir(d);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0, count = 0;
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		failed |= replay_directory(argv[i], &count);
	printf("%d inputs replayed\n", count);
	return failed || count == 0;
}
