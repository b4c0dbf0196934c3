/* An LD_PRELOAD of the application's own, which uses the environment as it starts. */
#include <stdlib.h>

__attribute__((constructor)) static void enter(void)
{
    setenv("OTHER_PRELOAD", "here", 1);
}
