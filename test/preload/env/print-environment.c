/* Prints its environment, each variable ended by a NUL; with arguments it becomes that program instead. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments)
{
    if (count > 1) {
        execv(arguments[1], arguments + 1);
        return 127;
    }
    for (char **variable = environ; *variable; variable++)
        fwrite(*variable, 1, strlen(*variable) + 1, stdout);
    return 0;
}
