/* Runs the test files that are linked with it: those named by its arguments, or all. */
#include <stdio.h>
#include <string.h>

#define TEST_FILE(name) int name(void);
#include TEST_FILES
#undef TEST_FILE

static const struct {
	const char *name;
	int (*run)(void);
} files[] = {
#define TEST_FILE(name) {#name, name},
#include TEST_FILES
};

static int run_file(const char *name)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].name, name) == 0)
			return files[i].run();
	(void)fprintf(stderr, "no test file of the name %s; there are:\n", name);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)fprintf(stderr, "  %s\n", files[i].name);
	return 1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed += run_file(argv[i]);
	for (size_t i = 0; argc < 2 && i < sizeof(files) / sizeof(files[0]); i++)
		failed += files[i].run();
	return failed > 0;
}
