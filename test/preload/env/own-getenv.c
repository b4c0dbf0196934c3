/* A program with a getenv and a setenv of its own, as bash has: no one else may call them. */
#include <stdlib.h>

char *getenv(const char *name)
{
    (void)name;
    abort();
}

int setenv(const char *name, const char *value, int overwrite)
{
    (void)name, (void)value, (void)overwrite;
    abort();
}

int main(void)
{
    return 0;
}
